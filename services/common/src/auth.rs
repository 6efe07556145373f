//! Who the caller is: bearer JWTs (RFC 6750, RFC 9068), verified against the issuer's keys.
//!
//! One algorithm, one issuer, one audience; `exp`, `nbf` and `iat`'s friends are checked with a minute of clock skew. A token
//! that verified once is remembered by its hash until it expires or the keys change. Must not know what scopes guard.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use jsonwebtoken::{Validation, decode, decode_header, get_current_timestamp};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::action::Need;
use crate::problem::{Kind, Problem};
use crate::settings::Issuer;

mod fetch;
mod keys;
use keys::Keys;

/// How far clocks may differ, in seconds.
const SKEW: u64 = 60;
const REMEMBERED: usize = 4096;
const LONGEST_TOKEN: usize = 8 * 1024;

/// A caller, known by a verified token or, where the service is open, by nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The token's `sub`; `None` where the service is open.
    pub subject: Option<Arc<str>>,
    read: bool,
    write: bool,
}

impl Caller {
    /// Everyone, where the service is open.
    pub const ANYONE: Self = Self {
        subject: None,
        read: true,
        write: true,
    };

    /// 403 (RFC 6750, `insufficient_scope`) unless the token's scopes cover the need.
    pub fn may(&self, need: Need) -> Result<(), Problem> {
        let may = match need {
            Need::Nothing => true,
            Need::Read => self.read,
            Need::Write => self.write,
        };
        if may {
            return Ok(());
        }
        let challenge = HeaderValue::from_static("Bearer error=\"insufficient_scope\"");
        Err(Problem::new(Kind::Forbidden).with(header::WWW_AUTHENTICATE, challenge))
    }
}

/// The caller's account, for handlers; absent where the service is open. What the caller may do is settled before.
#[derive(Clone, Debug)]
pub struct Subject(pub Option<Arc<str>>);

impl<S: Sync> FromRequestParts<S> for Subject {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(parts
            .extensions
            .get::<Self>()
            .cloned()
            .unwrap_or(Self(None)))
    }
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
    /// RFC 8693: words in one string.
    #[serde(default)]
    scope: Option<Value>,
    /// The same under the name some issuers use.
    #[serde(default)]
    scp: Option<Value>,
}

struct Remembered {
    caller: Caller,
    expires: u64,
    generation: u64,
}

/// The check at the door.
pub struct Door {
    resource: &'static str,
    guarded: Option<Guarded>,
}

struct Guarded {
    keys: Keys,
    validation: Validation,
    known: RwLock<HashMap<[u8; 32], Remembered>>,
}

impl Door {
    /// Lets everyone in.
    pub fn open() -> Self {
        Self {
            resource: "",
            guarded: None,
        }
    }

    /// Lets in who shows a token of this issuer, with scopes `{resource}:read` and `{resource}:write`.
    pub fn guarded(resource: &'static str, issuer: &Issuer) -> Self {
        let mut validation = Validation::new(issuer.algorithm);
        validation.set_issuer(&[&issuer.url]);
        validation.set_audience(&[&issuer.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.leeway = SKEW;
        validation.validate_nbf = true;
        let guarded = Guarded {
            keys: Keys::new(issuer),
            validation,
            known: RwLock::default(),
        };
        Self {
            resource,
            guarded: Some(guarded),
        }
    }

    /// Who the caller is, where that is known without asking anyone: the service is open, or the token was verified before.
    pub fn known(&self, headers: &HeaderMap) -> Option<Caller> {
        let Some(guarded) = &self.guarded else {
            return Some(Caller::ANYONE);
        };
        let token = bearer(headers).ok()??;
        let caller = guarded.remembered(&Sha256::digest(token).into())?;
        guarded.keys.keep_fresh();
        Some(caller)
    }

    /// Who the caller is: 401 where that cannot be told, 503 where the issuer's keys were never reached.
    pub async fn caller(&self, headers: &HeaderMap) -> Result<Caller, Problem> {
        let Some(guarded) = &self.guarded else {
            return Ok(Caller::ANYONE);
        };
        let Some(token) = bearer(headers)? else {
            let challenge = HeaderValue::from_static("Bearer");
            return Err(
                Problem::new(Kind::Unauthenticated).with(header::WWW_AUTHENTICATE, challenge)
            );
        };
        let name: [u8; 32] = Sha256::digest(token).into();
        if let Some(caller) = guarded.remembered(&name) {
            guarded.keys.keep_fresh();
            return Ok(caller);
        }
        let (remembered, caller) = guarded.verify(token, self.resource).await?;
        let mut known = guarded
            .known
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(name, remembered);
        Ok(caller)
    }
}

impl Guarded {
    fn remembered(&self, name: &[u8; 32]) -> Option<Caller> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let found = known.get(name)?;
        let valid = found.generation == self.keys.generation()
            && get_current_timestamp() < found.expires.saturating_add(SKEW);
        valid.then(|| found.caller.clone())
    }

    async fn verify(&self, token: &str, resource: &str) -> Result<(Remembered, Caller), Problem> {
        let head = decode_header(token).map_err(|_| invalid())?;
        let typed = head.typ.as_deref().is_none_or(|typ| {
            typ.eq_ignore_ascii_case("jwt") || typ.eq_ignore_ascii_case("at+jwt")
        });
        // RFC 7515, section 4.1.11: who does not understand an extension marked critical must refuse. We understand none.
        if !typed || head.crit.is_some() || !self.validation.algorithms.contains(&head.alg) {
            return Err(invalid());
        }
        let (key, generation) = self
            .keys
            .find(head.kid.as_deref())
            .await?
            .ok_or_else(invalid)?;
        let claims = decode::<Claims>(token, &key, &self.validation)
            .map_err(|_| invalid())?
            .claims;
        if claims.sub.is_empty() || claims.sub.len() > 256 {
            return Err(invalid());
        }
        let granted = |right: &str| {
            let wanted = format!("{resource}:{right}");
            [&claims.scope, &claims.scp]
                .into_iter()
                .flatten()
                .any(|scopes| match scopes {
                    Value::String(words) => words.split(' ').any(|word| word == wanted),
                    Value::Array(words) => words.iter().any(|word| word.as_str() == Some(&wanted)),
                    _ => false,
                })
        };
        let caller = Caller {
            subject: Some(claims.sub.as_str().into()),
            read: granted("read"),
            write: granted("write"),
        };
        Ok((
            Remembered {
                caller: caller.clone(),
                expires: claims.exp,
                generation,
            },
            caller,
        ))
    }
}

/// The token of the one `Authorization` header, which must be a bearer's.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() || value.len() > LONGEST_TOKEN {
        return Err(invalid());
    }
    let (scheme, token) = value
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or_else(invalid)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(Some(token.trim()))
    } else {
        Err(invalid())
    }
}

/// One answer for every bad token: which check failed helps only who forges.
fn invalid() -> Problem {
    let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
    Problem::new(Kind::Unauthenticated).with(header::WWW_AUTHENTICATE, challenge)
}
