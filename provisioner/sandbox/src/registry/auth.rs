//! Signing in: HTTP Basic with what `GetAuthorizationToken` gave out.
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use http::header::{AUTHORIZATION, HOST};
use serde::{Deserialize, Serialize};

use super::refusal::{Code, Refusal};
use crate::sandbox::Sandbox;

/// What a password says. Anybody may have one here, as any credentials will do, so it proves nothing.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SignedIn {
    pub(super) region: String,
    pub(super) key: String,
    /// Seconds since 1970.
    expiration: u64,
}

/// A password to a region's registry until a moment, in milliseconds since 1970.
pub(crate) fn password(region: &str, key: &str, until: u64) -> String {
    let says = SignedIn {
        region: region.to_owned(),
        key: key.to_owned(),
        expiration: until / 1_000,
    };
    STANDARD.encode(serde_json::to_vec(&says).unwrap_or_default())
}

/// Who a request is from.
pub(super) fn check<B>(request: &Request<B>, sandbox: &Sandbox) -> Result<SignedIn, Refusal> {
    let header = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let host = header(HOST).unwrap_or("127.0.0.1");
    let realm = format!("http://{host}/");
    let Some(sent) = header(AUTHORIZATION) else {
        return Err(Refusal::challenge(&realm, "Not Authorized"));
    };
    let signed_in = read(sent).ok_or_else(|| {
        Refusal::challenge(
            &realm,
            "The password is none that GetAuthorizationToken gave out",
        )
    })?;
    let now = sandbox.look(|world| world.now());
    if signed_in.expiration <= now / 1_000 {
        let message = "Your authorization token has expired. Reauthenticate and try again.";
        return Err(Refusal::new(Code::Denied, message));
    }
    Ok(signed_in)
}

fn read(header: &str) -> Option<SignedIn> {
    let (scheme, text) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok()?;
    let password = pair.strip_prefix("AWS:")?;
    serde_json::from_slice(&STANDARD.decode(password).ok()?).ok()
}
