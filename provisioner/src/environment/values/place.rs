//! Where in AWS: region, account, and the names AWS gave to things this file refers to.

use super::rejection::{Rejection, text_type};
use crate::partition::Partition;

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

impl Region {
    /// The partition it is in, as ARNs name it: `aws-cn`.
    pub(crate) fn partition(&self) -> &'static str {
        Partition::of(&self.0).name
    }
}

/// The parts of `arn:partition:service:region:account:resource`.
struct Arn<'a> {
    partition: &'a str,
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
            partition,
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

    /// A region is in one partition only, so that ARNs which name another stand for nothing.
    fn in_its_partition(&self) -> Result<(), Rejection> {
        let there = Partition::of(self.region).name;
        if self.partition == there {
            return Ok(());
        }
        Err(Rejection::new(
            format!(
                "{} is in the partition {there}, whose ARNs begin with `arn:{there}:`",
                self.region
            ),
            format!("write `arn:{there}:{}:{}:...`", self.service, self.region),
        ))
    }
}

/// Whether a text has so many characters, each of them a letter, a digit or one of these.
fn made_of(text: &str, length: std::ops::RangeInclusive<usize>, others: &str) -> bool {
    length.contains(&text.len())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || others.contains(c))
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
    /// It must be in the load balancer's region and account (ELBv2 CreateListener, `CertificateNotFound` otherwise). What it may
    /// contain: ACM DescribeCertificate, `CertificateArn`.
    CertificateArn, pattern: "^arn:aws[a-z-]*:acm:[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}:[0-9]{12}:certificate(/[A-Za-z0-9_+=,.@-]+)+$", length: 20..=2048
}

impl CertificateArn {
    fn check(text: &str) -> Result<(), Rejection> {
        let named = |resource: &str| {
            let parts = resource
                .strip_prefix("certificate/")
                .map(|id| id.split('/'));
            parts.is_some_and(|mut parts| parts.all(|part| made_of(part, 1..=2048, "_+=,.@-")))
        };
        let found = Arn::parse(text)
            .filter(|arn| arn.service == "acm" && named(arn.resource) && text.len() <= 2048);
        if let Some(arn) = found {
            return arn.in_its_partition();
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
    /// It must be in the alarm's region (CloudWatch PutMetricAlarm, `AlarmActions`). Its name has 256 characters at most (SNS
    /// CreateTopic, `Name`).
    TopicArn, pattern: "^arn:aws[a-z-]*:sns:[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}:[0-9]{12}:[A-Za-z0-9_-]{1,256}$", length: 20..=1024
}

impl TopicArn {
    fn check(text: &str) -> Result<(), Rejection> {
        let found = Arn::parse(text)
            .filter(|arn| arn.service == "sns" && made_of(arn.resource, 1..=256, "_-"));
        if let Some(arn) = found {
            return arn.in_its_partition();
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
    /// A Secrets Manager ARN may end in `:JSON_KEY::` to take one key of a JSON secret; then it needs quotes. The names are those
    /// that the two services take (CreateSecret and PutParameter, `Name`), so that none holds what a policy would take for a
    /// wildcard or a variable.
    SecretArn, pattern: "^arn:aws[a-z-]*:(secretsmanager:[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]{1,519}(:[^:]*:[^:]*:[^:]*)?|ssm:[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}:[0-9]{12}:parameter(/[A-Za-z0-9_.-]+){1,15})$", length: 20..=2048
}

/// The store a secret is kept in; each asks for another permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretStore {
    /// `secretsmanager:GetSecretValue`.
    SecretsManager,
    /// `ssm:GetParameters`.
    ParameterStore,
}

impl SecretArn {
    fn check(text: &str) -> Result<(), Rejection> {
        let found = Arn::parse(text).filter(|arn| match arn.service {
            "secretsmanager" => is_secret(arn.resource) && text.len() <= 2048,
            "ssm" => is_parameter(arn.resource) && text.len() <= LONGEST_PARAMETER,
            _ => false,
        });
        if let Some(arn) = found {
            return arn.in_its_partition();
        }
        Err(Rejection::new(
            // The value is not repeated: it may be the secret itself.
            "this is not the ARN of a secret",
            "write the ARN of a Secrets Manager secret (arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME, with \
             :JSON_KEY:: behind it for one key of its JSON) or of an SSM parameter (arn:aws:ssm:REGION:ACCOUNT:parameter/NAME)",
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

/// Characters of a parameter's ARN (Systems Manager PutParameter, `Name`).
const LONGEST_PARAMETER: usize = 1011;

/// `secret:NAME`, or `secret:NAME:JSON_KEY:VERSION_STAGE:VERSION_ID` with all three colons, whatever is left out between them:
/// ECS starts no task with another number of them.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html>
fn is_secret(resource: &str) -> bool {
    let parts: Vec<&str> = resource.split(':').collect();
    let name = |name: &str| made_of(name, 1..=512 + "-AbCdEf".len(), "/_+=.@-");
    match parts.as_slice() {
        ["secret", secret] => name(secret),
        // Secrets Manager GetSecretValue, `VersionStage` and `VersionId`; ECS takes one of the two.
        ["secret", secret, _, stage, id] => {
            name(secret)
                && stage.len() <= 256
                && (id.is_empty() || (32..=64).contains(&id.len()))
                && (stage.is_empty() || id.is_empty())
        }
        _ => false,
    }
}

/// `parameter/NAME`, where the name has up to fifteen levels (Systems Manager PutParameter, `Name`).
fn is_parameter(resource: &str) -> bool {
    let Some(name) = resource.strip_prefix("parameter/") else {
        return false;
    };
    let levels: Vec<&str> = name.split('/').collect();
    levels.len() <= 15
        && levels
            .iter()
            .all(|level| made_of(level, 1..=LONGEST_PARAMETER, "_.-"))
}

text_type! {
    /// A permission boundary: a managed policy that says what the environment's roles may do at most, whatever their own say.
    ///
    /// A name stands for the policy of that name that `hcctl bootstrap` made; any other is named by its ARN.
    BoundaryPolicy, pattern: "^([A-Za-z0-9_+=,.@-]{1,128}|arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/([A-Za-z0-9_+=,.@/-]{1,510}/)?[A-Za-z0-9_+=,.@-]{1,128})$", length: 1..=688
}

impl BoundaryPolicy {
    fn check(text: &str) -> Result<(), Rejection> {
        // IAM CreatePolicy: 128 characters of a policy's name, 512 of its path with the slashes around it.
        let name = |text: &str| made_of(text, 1..=128, "_+=,.@-");
        let path = |text: &str| made_of(text, 1..=510, "_+=,.@/-");
        let fits = match text.strip_prefix("arn:") {
            None => name(text),
            Some(rest) => {
                let parts: Vec<&str> = rest.splitn(5, ':').collect();
                let [partition, "iam", "", account, resource] = parts.as_slice() else {
                    return Err(not_a_boundary(text));
                };
                partition.starts_with("aws")
                    && (*account == "aws" || AccountId::check(account).is_ok())
                    && resource.strip_prefix("policy/").is_some_and(|policy| {
                        policy
                            .rsplit_once('/')
                            .map_or_else(|| name(policy), |(above, last)| path(above) && name(last))
                    })
            }
        };
        if fits {
            Ok(())
        } else {
            Err(not_a_boundary(text))
        }
    }

    /// The partition named in it, where it is an ARN.
    pub(crate) fn partition(&self) -> Option<&str> {
        self.0.strip_prefix("arn:")?.split(':').next()
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
