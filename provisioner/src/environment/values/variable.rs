//! Environment variables of a container: their names, and what gives a secret away.

use super::rejection::{Rejection, text_type};

/// Set by hcctl for every container.
const RESERVED: [&str; 6] = [
    "PORT",
    "APP_ENV",
    "AWS_REGION",
    "TABLE",
    "AUTH_ISSUER",
    "AUTH_AUDIENCE",
];

/// With what the names begin that ECS sets for the SDKs in every container: another value would cut the container off from
/// its role's credentials or from its own description.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html>
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html>
const RESERVED_BY_ECS: [&str; 5] = [
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_CREDENTIALS_",
    "AWS_EXECUTION_ENV",
    "ECS_AGENT_URI",
    "ECS_CONTAINER_METADATA_URI",
];

/// Parts of a name that announce a secret.
const SECRET_WORDS: [&str; 13] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "CREDENTIAL",
    "API_KEY",
    "APIKEY",
    "PRIVATE_KEY",
    "ACCESS_KEY",
    "SIGNING_KEY",
    "ENCRYPTION_KEY",
    "ECS_ENGINE_AUTH_DATA",
];

/// Endings that say the value is about a secret without being one: `TOKEN_TTL_SECONDS`, `DB_PASSWORD_FILE`, `TOKEN_URL`.
const HARMLESS_ENDINGS: [&str; 20] = [
    "_ARN",
    "_COUNT",
    "_ENABLED",
    "_ENDPOINT",
    "_FILE",
    "_HEADER",
    "_HOST",
    "_ISSUER",
    "_LENGTH",
    "_LIMIT",
    "_MAX",
    "_MINUTES",
    "_NAME",
    "_PATH",
    "_PARALLELISM",
    "_SECONDS",
    "_TTL",
    "_TYPE",
    "_URI",
    "_URL",
];

/// Beginnings of well-known access tokens.
const TOKEN_PREFIXES: [&str; 29] = [
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "glptt-",
    "xoxa-",
    "xoxb-",
    "xoxp-",
    "xoxs-",
    "xapp-",
    "sk_live_",
    "sk_test_",
    "rk_live_",
    "rk_test_",
    "whsec_",
    "sk-ant-",
    "sk-proj-",
    "npm_",
    "pypi-",
    "dop_v1_",
    "shpat_",
    "hvs.",
    "AIza",
    "SG.",
    "AGE-SECRET-KEY-",
    "eyJhbGciOi",
];

/// Text in the JSON schema. Numbers and true or false are taken as they are written.
#[derive(schemars::JsonSchema)]
#[schemars(untagged, inline)]
#[expect(dead_code, reason = "it stands for its schema only")]
pub(crate) enum Setting {
    Text(String),
    Number(f64),
    Switch(bool),
}

text_type! {
    /// The name of an environment variable: letters, digits and `_`, not beginning with a digit.
    VariableName, pattern: "^[A-Za-z_][A-Za-z0-9_]*$", length: 1..=255
}

impl VariableName {
    fn check(text: &str) -> Result<(), Rejection> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let name = (1..=255).contains(&text.len())
            && text.chars().all(allowed)
            && !text.starts_with(|c: char| c.is_ascii_digit());
        if !name {
            return Err(Rejection::new(
                format!(
                    "`{}` is not the name of an environment variable",
                    text.escape_debug()
                ),
                "write letters, digits and `_`, such as RUST_LOG",
            ));
        }
        if RESERVED.contains(&text) {
            return Err(Rejection::new(
                format!("{text} is set by hcctl"),
                remedy_for_reserved(text),
            ));
        }
        if RESERVED_BY_ECS.iter().any(|start| text.starts_with(start)) {
            return Err(Rejection::new(
                format!("{text} is set by ECS, for the SDKs in the container"),
                "remove it, or choose another name",
            ));
        }
        Ok(())
    }

    /// Why a plain setting of this name and value must not stand in the file (Security Hub ECS.8), if so.
    pub(crate) fn betrays_secret(&self, value: &str) -> Option<String> {
        betrays_secret(self.as_str(), value)
    }
}

/// Why a value under a name must not stand in a file, if so.
pub(crate) fn betrays_secret(name: &str, value: &str) -> Option<String> {
    if announces_secret(&name.to_ascii_uppercase().replace('-', "_")) {
        return Some(format!("{name} is a secret by its name"));
    }
    looks_secret(value).map(|what| format!("the value of {name} looks like {what}"))
}

/// Where, in characters, the first key of a line ends whose name announces a secret: what follows must not be shown.
pub(crate) fn secret_key_end(line: &str) -> Option<usize> {
    let upper = line.to_ascii_uppercase();
    upper.match_indices(':').find_map(|(colon, _)| {
        let before = upper[..colon].trim_end_matches(['"', '\'', ' ']);
        let key = before
            .rsplit(|c: char| !(c.is_alphanumeric() || "_-".contains(c)))
            .next()
            .unwrap_or_default();
        // The section itself holds ARNs.
        (announces_secret(key) && key != "SECRETS").then(|| before.chars().count())
    })
}

/// Whether a name has one of the words at the end of one of its own: `DB_PASSWORD` and `DBPASSWORD`, but not `TOKENIZER`, and not
/// `MAX_TOKENS`, which counts them.
fn announces_secret(upper: &str) -> bool {
    let ends = |word: &str| {
        upper.match_indices(word).any(|(at, word)| {
            let rest = &upper[at + word.len()..];
            let rest = rest
                .strip_prefix('S')
                .filter(|_| word != "TOKEN")
                .unwrap_or(rest);
            !rest.starts_with(|c: char| c.is_ascii_alphabetic())
        })
    };
    SECRET_WORDS.iter().any(|word| ends(word))
        && !HARMLESS_ENDINGS.iter().any(|end| upper.ends_with(end))
}

fn remedy_for_reserved(name: &str) -> &'static str {
    match name {
        "PORT" => "write `port:` at the service, and remove this",
        "TABLE" => "write `table:` at the service, and remove this",
        "AUTH_ISSUER" | "AUTH_AUDIENCE" => "write `auth:` at the top of the file, and remove this",
        "AWS_REGION" => "it is the file's `region:`; remove this",
        _ => "it is the environment's name; remove this",
    }
}

/// What kind of secret a value looks like.
pub(crate) fn looks_secret(value: &str) -> Option<&'static str> {
    if value.contains("-----BEGIN") && value.contains("PRIVATE KEY-----") {
        return Some("a private key");
    }
    if value
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(access_key)
    {
        return Some("an AWS access key");
    }
    let parts = value.split(|c: char| c.is_whitespace() || "\"',;=()[]{}".contains(c));
    if value.split_whitespace().chain(parts).any(token) {
        return Some("an access token");
    }
    if value.contains("https://hooks.slack.com/services/T") {
        return Some("a webhook that whoever knows it may use");
    }
    if url_with_password(value) {
        return Some("a URL with a password");
    }
    None
}

/// A beginning of those, and enough behind it that no word is one.
fn token(word: &str) -> bool {
    word.len() >= 20
        && TOKEN_PREFIXES.iter().any(|start| word.starts_with(start))
        && word.chars().any(|c| c.is_ascii_digit())
        && word.chars().all(|c| c.is_ascii_graphic())
}

/// `AKIA` or `ASIA` and sixteen more capitals and digits (IAM "Unique identifiers").
fn access_key(word: &str) -> bool {
    word.len() == 20
        && (word.starts_with("AKIA") || word.starts_with("ASIA"))
        && word
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

/// `scheme://user:password@host`, anywhere in a value.
fn url_with_password(value: &str) -> bool {
    value.split("://").skip(1).any(with_password)
}

/// What follows the scheme of a URL.
fn with_password(rest: &str) -> bool {
    let authority = rest
        .split(|c: char| c.is_whitespace() || "/?#,;".contains(c))
        .next()
        .unwrap_or_default();
    authority
        .rsplit_once('@')
        .and_then(|(user, _)| user.split_once(':'))
        .is_some_and(|(_, password)| !password.is_empty() && !password.starts_with("${"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_announces_a_secret_where_a_word_of_it_ends_in_one() {
        let secrets = [
            "DB_PASSWORD",
            "DBPASSWORD",
            "PASSWORD_2",
            "API_TOKEN",
            "APITOKEN",
            "AWS_CREDENTIALS",
            "CLIENT_SECRET",
            "SECRET_KEY_BASE",
            "STRIPE_API_KEY",
            "API_KEYS",
        ];
        let plain = [
            "MAX_TOKENS",
            "TOKENIZER",
            "TOKENIZERS_PARALLELISM",
            "TOKEN_LIMIT",
            "PASSWORDLESS",
            "AUTH_TOKEN_HEADER",
            "SECRETARY",
            "SECRET_COUNT",
            "TOKEN_TTL_SECONDS",
        ];
        for name in secrets {
            assert!(announces_secret(name), "{name}");
        }
        for name in plain {
            assert!(!announces_secret(name), "{name}");
        }
    }
}
