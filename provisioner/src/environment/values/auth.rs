//! Who may call: the issuer and the audience of the tokens that services accept.

use super::rejection::{Rejection, text_type};

text_type! {
    /// The `iss` of accepted tokens, to the letter: an https URL, whose final `/` counts (OpenID Connect Discovery 1.0, section 3).
    Issuer, pattern: "^https://[A-Za-z0-9.-]+(:[0-9]+)?(/[!-~]*)?$", length: 9..=512
}

impl Issuer {
    fn check(text: &str) -> Result<(), Rejection> {
        let refused = |reason: &str| {
            Err(Rejection::new(
                format!("`{}` {reason}", text.escape_debug()),
                "write the issuer's https URL as its tokens name it, such as https://auth.example.com/",
            ))
        };
        let Some(rest) = text.strip_prefix("https://") else {
            return refused("is not an https URL");
        };
        if text.contains(['?', '#']) {
            return refused("has a query or a fragment, which an issuer cannot have");
        }
        let authority = rest.split('/').next().unwrap_or_default();
        let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
        let host_ok = !host.is_empty()
            && !host.starts_with(['.', '-'])
            && host
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || ".-".contains(c));
        let port_ok = port.parse::<u16>().is_ok_and(|p| p > 0);
        let graphic = text.chars().all(|c| c.is_ascii_graphic());
        if host_ok && port_ok && graphic && text.len() <= 512 {
            Ok(())
        } else {
            refused("is not the URL of an issuer")
        }
    }
}

text_type! {
    /// The `aud` of accepted tokens.
    Audience, pattern: "^[!-~]+$", length: 1..=256
}

impl Audience {
    fn check(text: &str) -> Result<(), Rejection> {
        if (1..=256).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic()) {
            return Ok(());
        }
        Err(Rejection::new(
            format!("`{}` is not an audience", text.escape_debug()),
            "write the name or URL by which the issuer knows these services, such as healthcare-api",
        ))
    }
}
