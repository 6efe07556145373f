//! Where a container's secret is kept: by ARN, or by its name in one of the two stores.

use super::place::{SecretArn, SecretStore};
use super::rejection::{Rejection, text_type};
use crate::partition::Partition;

text_type! {
    /// A secret, given to a container by ECS: `ssm:/PATH/NAME` for a parameter in Parameter Store, `secretsmanager:NAME` or
    /// `secretsmanager:NAME:JSON_KEY` for a secret in Secrets Manager, or the ARN of either, in quotes if it ends in a colon.
    ///
    /// A name stands for what is in the file's region and in the account that is worked in. Behind the JSON key may stand a
    /// version's stage: `secretsmanager:NAME:JSON_KEY:AWSPREVIOUS`.
    SecretSource, pattern: "^(arn:aws[a-z-]*:(secretsmanager|ssm):.+|ssm:([A-Za-z0-9_.-]+|(/[A-Za-z0-9_.-]+){1,15})|secretsmanager:[A-Za-z0-9/_+=.@-]{1,512}(:[^:]*){0,2})$", length: 5..=2048
}

/// A secret by its name, and what of it is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named<'a> {
    /// A parameter, by its name.
    Parameter(&'a str),
    /// A secret in Secrets Manager.
    Secret {
        /// Its name.
        name: &'a str,
        /// The key of its JSON; empty for all of it.
        key: &'a str,
        /// The stage of the version; empty for the current one.
        stage: &'a str,
    },
}

/// What the names of parameters in a file begin with.
const PARAMETER: &str = "ssm:";
/// The same of secrets.
const SECRET: &str = "secretsmanager:";

impl SecretSource {
    fn check(text: &str) -> Result<(), Rejection> {
        if text.starts_with("arn:") {
            return text.parse::<SecretArn>().map(drop);
        }
        let fits = match named(text) {
            // The ARN's own rule, with a place as long as the longest.
            Some(Named::Parameter(name)) => {
                let levels: Vec<&str> = name.trim_start_matches('/').split('/').collect();
                let one_slash =
                    !name.starts_with("//") && (levels.len() == 1 || name.starts_with('/'));
                let level =
                    |level: &&str| !level.is_empty() && level.chars().all(|c| plain(c, "_.-"));
                one_slash && levels.len() <= 15 && name.len() <= 900 && levels.iter().all(level)
            }
            Some(Named::Secret { name, key, stage }) => {
                (1..=512).contains(&name.len())
                    && name.chars().all(|c| plain(c, "/_+=.@-"))
                    && stage.len() <= 256
                    && [key, stage]
                        .iter()
                        .all(|part| part.chars().all(|c| c.is_ascii_graphic() && c != ':'))
                    && text.len() <= 1_900
            }
            None => false,
        };
        if fits {
            return Ok(());
        }
        Err(Rejection::new(
            // The value is not repeated: it may be the secret itself.
            "this names no secret",
            "write `ssm:/PATH/NAME` for a parameter (`hcctl secret set` makes one), `secretsmanager:NAME` or \
             `secretsmanager:NAME:JSON_KEY` for a secret in Secrets Manager, or the ARN of either",
        ))
    }

    /// The same by the ARN that stands in the file, if one does.
    pub fn arn(&self) -> Option<SecretArn> {
        self.0
            .starts_with("arn:")
            .then(|| self.0.parse().ok())
            .flatten()
    }

    /// The name that stands in the file, if one does.
    pub fn named(&self) -> Option<Named<'_>> {
        named(&self.0)
    }

    /// Where it is kept.
    pub fn store(&self) -> SecretStore {
        match (self.arn(), self.named()) {
            (Some(arn), _) => arn.store(),
            (None, Some(Named::Parameter(_))) => SecretStore::ParameterStore,
            _ => SecretStore::SecretsManager,
        }
    }

    /// What policies name, as far as it can be told without asking: of a secret's ARN AWS alone knows the last six characters, for
    /// which `??????` stands.
    pub fn resource(&self, region: &str, account: &str) -> String {
        let place = |service: &str| {
            let partition = Partition::of(region).name;
            format!("arn:{partition}:{service}:{region}:{account}")
        };
        match (self.arn(), self.named()) {
            (Some(arn), _) => arn.resource(),
            (None, Some(Named::Parameter(name))) => {
                format!(
                    "{}:parameter/{}",
                    place("ssm"),
                    name.trim_start_matches('/')
                )
            }
            (None, Some(Named::Secret { name, .. })) => {
                format!("{}:secret:{name}-??????", place("secretsmanager"))
            }
            (None, None) => self.0.clone(),
        }
    }

    /// What ECS takes as `valueFrom`, where the secret has this ARN.
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html>
    pub fn value_from(&self, resource: &str) -> String {
        match (self.arn(), self.named()) {
            (Some(arn), _) => arn.to_string(),
            (None, Some(Named::Secret { key, stage, .. }))
                if !(key.is_empty() && stage.is_empty()) =>
            {
                format!("{resource}:{key}:{stage}:")
            }
            _ => resource.to_owned(),
        }
    }
}

impl From<SecretArn> for SecretSource {
    fn from(arn: SecretArn) -> Self {
        Self(arn.to_string())
    }
}

fn plain(c: char, others: &str) -> bool {
    c.is_ascii_alphanumeric() || others.contains(c)
}

fn named(text: &str) -> Option<Named<'_>> {
    if let Some(name) = text.strip_prefix(PARAMETER) {
        return Some(Named::Parameter(name));
    }
    let mut parts = text.strip_prefix(SECRET)?.splitn(3, ':');
    Some(Named::Secret {
        name: parts.next().unwrap_or_default(),
        key: parts.next().unwrap_or_default(),
        stage: parts.next().unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_what_ecs_and_policies_take() {
        let of = |text: &str| {
            let source: SecretSource = text.parse().unwrap();
            let resource = source.resource("us-east-1", "123456789012");
            let found = resource.replace("??????", "AbCdEf");
            (resource, source.value_from(&found))
        };
        let ssm = "arn:aws:ssm:us-east-1:123456789012:parameter";
        let secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret";
        for (text, resource, value) in [
            (
                "ssm:/shop/dev/KEY",
                format!("{ssm}/shop/dev/KEY"),
                format!("{ssm}/shop/dev/KEY"),
            ),
            ("ssm:maps", format!("{ssm}/maps"), format!("{ssm}/maps")),
            (
                "secretsmanager:shop/db",
                format!("{secret}:shop/db-??????"),
                format!("{secret}:shop/db-AbCdEf"),
            ),
            (
                "secretsmanager:shop/db:password",
                format!("{secret}:shop/db-??????"),
                format!("{secret}:shop/db-AbCdEf:password::"),
            ),
            (
                "secretsmanager:shop/db::AWSPREVIOUS",
                format!("{secret}:shop/db-??????"),
                format!("{secret}:shop/db-AbCdEf::AWSPREVIOUS:"),
            ),
        ] {
            assert_eq!(of(text), (resource, value), "{text}");
        }
        let china: SecretSource = "ssm:/a/b".parse().unwrap();
        let china = china.resource("cn-north-1", "123456789012");
        assert_eq!(
            china,
            "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/a/b"
        );
    }

    #[test]
    fn what_names_no_secret_is_refused_and_not_repeated() {
        for text in [
            "hunter2",
            "ssm:",
            "ssm:a/b",
            "ssm://a",
            "ssm:/a//b",
            "ssm:/a b",
            "ssm:/a*",
            "secretsmanager:",
            "secretsmanager:a b",
            "secretsmanager:a:b:c:d",
            "secretsmanager:a?",
            "vault:a",
            "arn:aws:s3:::bucket",
        ] {
            let error = text.parse::<SecretSource>().unwrap_err();
            assert!(!error.reason.contains(text), "{text}: {error}");
        }
    }
}
