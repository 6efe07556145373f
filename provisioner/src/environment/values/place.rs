//! Where in AWS: region, account, and the names AWS gave to things this file refers to.

use super::rejection::{Rejection, text_type};

text_type! {
    /// An AWS region, such as `us-east-1`.
    ///
    /// Its form is checked here; whether it exists and is enabled for the account, only AWS knows.
    Region, pattern: "^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$", length: 8..=32
}

impl Region {
    fn check(text: &str) -> Result<(), Rejection> {
        let remedy = "write a region such as `us-east-1` or `eu-central-1`";
        let zone = text.trim_end_matches(|c: char| c.is_ascii_lowercase());
        if zone.len() + 1 == text.len() && region_form(zone) {
            return Err(Rejection::new(
                format!("`{text}` is an availability zone, not a region"),
                format!("write `{zone}`"),
            ));
        }
        if !region_form(text) || !(8..=32).contains(&text.len()) {
            return Err(Rejection::new(
                format!("`{}` is not an AWS region", text.escape_debug()),
                remedy,
            ));
        }
        Ok(())
    }
}

pub(super) fn region_form(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [area, directions @ .., number] = parts.as_slice() else {
        return false;
    };
    let lower = |s: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_lowercase());
    (2..=4).contains(&area.len())
        && lower(area)
        && !directions.is_empty()
        && directions.iter().all(|d| lower(d))
        && (1..=2).contains(&number.len())
        && number.chars().all(|c| c.is_ascii_digit())
}

text_type! {
    /// An AWS account's number: twelve digits, in quotes because it may begin with a zero.
    AccountId, pattern: "^[0-9]{12}$", length: 12..=12
}

impl AccountId {
    fn check(text: &str) -> Result<(), Rejection> {
        if text.len() == 12 && text.chars().all(|c| c.is_ascii_digit()) {
            return Ok(());
        }
        Err(Rejection::new(
            format!("`{}` is not an AWS account number", text.escape_debug()),
            "write its twelve digits in quotes, without hyphens: \"123456789012\"",
        ))
    }
}

/// The parts of `arn:partition:service:region:account:resource`.
struct Arn<'a> {
    service: &'a str,
    region: &'a str,
    account: &'a str,
    resource: &'a str,
}

impl<'a> Arn<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let arn = parts.next()?;
        let partition = parts.next()?;
        let found = Self {
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        };
        let whole = arn == "arn"
            && partition.starts_with("aws")
            && region_form(found.region)
            && AccountId::check(found.account).is_ok()
            && !found.resource.is_empty()
            && text.chars().all(|c| c.is_ascii_graphic());
        whole.then_some(found)
    }
}

macro_rules! arn_type {
    ($(#[$meta:meta])* $name:ident, pattern: $pattern:literal, length: $length:expr) => {
        text_type! { $(#[$meta])* $name, pattern: $pattern, length: $length }

        impl $name {
            /// The region named in it.
            pub fn region(&self) -> Region {
                Region(self.0.split(':').nth(3).unwrap_or_default().to_owned())
            }

            /// The account named in it.
            pub fn account(&self) -> AccountId {
                AccountId(self.0.split(':').nth(4).unwrap_or_default().to_owned())
            }
        }
    };
}

arn_type! {
    /// A certificate in AWS Certificate Manager, by ARN.
    ///
    /// It must be in the load balancer's region and account (ELBv2 CreateListener, `CertificateNotFound` otherwise).
    CertificateArn, pattern: "^arn:aws[a-z-]*:acm:[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}:[0-9]{12}:certificate/.+$", length: 20..=2048
}

impl CertificateArn {
    fn check(text: &str) -> Result<(), Rejection> {
        let found = Arn::parse(text)
            .is_some_and(|arn| arn.service == "acm" && arn.resource.starts_with("certificate/"));
        if found {
            return Ok(());
        }
        Err(Rejection::new(
            format!(
                "`{}` is not the ARN of an ACM certificate",
                text.escape_debug()
            ),
            "write arn:aws:acm:REGION:ACCOUNT:certificate/ID as `aws acm list-certificates` shows it, or null for none",
        ))
    }
}

arn_type! {
    /// An SNS topic, by ARN, that alarms are sent to.
    ///
    /// It must be in the alarm's region (CloudWatch PutMetricAlarm, `AlarmActions`).
    TopicArn, pattern: "^arn:aws[a-z-]*:sns:[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}:[0-9]{12}:[A-Za-z0-9_-]+$", length: 20..=1024
}

impl TopicArn {
    fn check(text: &str) -> Result<(), Rejection> {
        let name = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
        let found = Arn::parse(text)
            .is_some_and(|arn| arn.service == "sns" && arn.resource.chars().all(name));
        if found {
            return Ok(());
        }
        Err(Rejection::new(
            format!("`{}` is not the ARN of an SNS topic", text.escape_debug()),
            "write arn:aws:sns:REGION:ACCOUNT:NAME as `aws sns list-topics` shows it",
        ))
    }
}

arn_type! {
    /// A secret in Secrets Manager, or a parameter in Systems Manager, by ARN (ECS `Secret.valueFrom`).
    ///
    /// A Secrets Manager ARN may end in `:JSON_KEY::` to take one key of a JSON secret; then it needs quotes.
    SecretArn, pattern: "^arn:aws[a-z-]*:(secretsmanager:[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}:[0-9]{12}:secret:|ssm:[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}:[0-9]{12}:parameter/).+$", length: 20..=2048
}

/// The store a secret is kept in; each asks for another permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretStore {
    /// `secretsmanager:GetSecretValue`.
    SecretsManager,
    /// `ssm:GetParameters`.
    ParameterStore,
}

impl SecretArn {
    fn check(text: &str) -> Result<(), Rejection> {
        let found = Arn::parse(text).is_some_and(|arn| match arn.service {
            "secretsmanager" => {
                arn.resource.len() > "secret:".len() && arn.resource.starts_with("secret:")
            }
            "ssm" => {
                arn.resource.len() > "parameter/".len() && arn.resource.starts_with("parameter/")
            }
            _ => false,
        });
        if found {
            return Ok(());
        }
        Err(Rejection::new(
            // The value is not repeated: it may be the secret itself.
            "this is not the ARN of a secret",
            "write the ARN of a Secrets Manager secret (arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME) \
             or of an SSM parameter (arn:aws:ssm:REGION:ACCOUNT:parameter/NAME)",
        ))
    }

    /// Where the secret is kept.
    pub fn store(&self) -> SecretStore {
        match self.0.split(':').nth(2) {
            Some("ssm") => SecretStore::ParameterStore,
            _ => SecretStore::SecretsManager,
        }
    }

    /// The ARN that IAM policies name: without the JSON key, version stage and version id that may follow a secret's name.
    pub fn resource(&self) -> String {
        match self.store() {
            SecretStore::ParameterStore => self.0.clone(),
            SecretStore::SecretsManager => self.0.split(':').take(7).collect::<Vec<_>>().join(":"),
        }
    }
}

text_type! {
    /// A permission boundary: a managed policy that says what the environment's roles may do at most, whatever their own say.
    ///
    /// A name stands for the policy of that name that `hcctl bootstrap` made; any other is named by its ARN.
    BoundaryPolicy, pattern: "^([A-Za-z0-9_+=,.@-]+|arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/([!-~]+/)?[A-Za-z0-9_+=,.@-]+)$", length: 1..=640
}

impl BoundaryPolicy {
    fn check(text: &str) -> Result<(), Rejection> {
        let name = |text: &str| {
            !text.is_empty()
                && text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c))
        };
        // IAM's quotas: 128 characters of a policy's name, 512 of its path.
        let fits = match text.strip_prefix("arn:") {
            None => name(text) && text.len() <= 640,
            Some(rest) => {
                let parts: Vec<&str> = rest.splitn(5, ':').collect();
                let [partition, "iam", "", account, resource] = parts.as_slice() else {
                    return Err(not_a_boundary(text));
                };
                partition.starts_with("aws")
                    && (*account == "aws" || AccountId::check(account).is_ok())
                    && resource
                        .strip_prefix("policy/")
                        .and_then(|path| path.rsplit('/').next())
                        .is_some_and(name)
                    && text.chars().all(|c| c.is_ascii_graphic())
                    && text.len() <= 640
            }
        };
        if fits {
            Ok(())
        } else {
            Err(not_a_boundary(text))
        }
    }

    /// The account named in it, where it is an ARN of an account's own policy.
    pub fn account(&self) -> Option<AccountId> {
        let account = self.0.strip_prefix("arn:")?.split(':').nth(3)?;
        (account != "aws").then(|| AccountId(account.to_owned()))
    }
}

fn not_a_boundary(text: &str) -> Rejection {
    Rejection::new(
        format!(
            "`{}` is neither a policy's name nor its ARN",
            text.escape_debug()
        ),
        "write the name that `hcctl bootstrap` shows, or arn:aws:iam::ACCOUNT:policy/NAME",
    )
}
