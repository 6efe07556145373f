//! How large documents become that AWS limits by their size, as far as the file decides it.
//!
//! What makes the documents is the blueprint's business; here are the parts that the file's values take in them, and how much the
//! rest takes. `tests/it/sizes.rs` holds the sums against the documents that are made.

use std::collections::BTreeSet;

use super::defaults;
use super::model::{Environment, Service};
use super::sidecar::Sidecar;
use super::values::container::Word;
use super::values::name::ServiceName;
use super::values::place::SecretStore;
use super::values::secret::SecretSource;
use crate::partition::Partition;

/// Bytes of a task definition ("Amazon ECS service quotas", Task definition size limit; it cannot be raised).
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html>
pub const TASK_DEFINITION: usize = 65_536;
/// Characters of all inline policies of one role, white space aside (it cannot be raised).
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length>
pub const ROLE_POLICIES: usize = 10_240;
/// Characters of a managed policy, white space aside, in the same table.
pub const MANAGED_POLICY: usize = 6_144;

/// Characters of a command that `RunTask` takes in place of a container's own, in JSON with its quotes; the container's name and the
/// brackets are left aside.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskOverride.html>
pub const OVERRIDES: usize = 8_192 - 256;

/// Digits of an account's number.
const ACCOUNT: usize = 12;
/// `@sha256:` with its digits, or `:` with a tag of the most characters that a registry takes: what stands behind a repository.
const LONGEST_REFERENCE: usize = 129;

/// Bytes of the request that registers a service's task definition, at most: an image by the longest tag, and every number
/// with its most digits.
pub fn task_definition(environment: &Environment, name: &ServiceName, service: &Service) -> usize {
    /// All that is the same for every service of every file, with the most digits of each number.
    const FRAME: usize = 1_219;
    let partition = Partition::of(environment.region.as_str());
    let prefix = environment.prefix().len();
    let table = service.table.as_ref();
    let table = table.map(|table| variable("TABLE", &format!("{}-{table}", environment.prefix())));
    let auth = environment.auth.as_ref().map(|auth| {
        variable("AUTH_ISSUER", auth.issuer.as_str())
            + variable("AUTH_AUDIENCE", auth.audience.as_str())
    });
    let tags = environment.tags.own.iter();
    let tags: usize = tags
        .map(|(key, value)| {
            quoted(key.as_str()) + quoted(value.as_str()) + r#"{"key":,"value":},"#.len()
        })
        .sum();
    // Each factor is the number of members that hold it: the family, two roles, the image, the log group; and so on.
    FRAME
        + LONGEST_REFERENCE
        + 5 * prefix
        + 6 * name.as_str().len()
        + 3 * environment.region.as_str().len()
        + 2 * partition.name.len()
        + partition.dns_suffix.len()
        + environment.project.as_str().len()
        + 2 * environment.name.as_str().len()
        + table.unwrap_or_default()
        + auth.unwrap_or_default()
        + tags
        + settings(service)
        + secrets(environment, service)
        + shape(environment, service)
        + calls(environment, name, service)
}

/// Bytes of where a service finds those that it calls, and of the name by which it is called itself.
fn calls(environment: &Environment, name: &ServiceName, service: &Service) -> usize {
    let urls = service.calls.iter().map(|callee| {
        let url = format!("http://{callee}:65535");
        variable(&callee.url_variable(), &url)
    });
    let queue = |variable_name: &str, name: &ServiceName| {
        let region = environment.region.as_str();
        let suffix = Partition::of(region).dns_suffix;
        let path = format!("{}-{name}-queue.fifo", environment.prefix());
        let digits = "0".repeat(ACCOUNT);
        let url = format!("https://sqs.{region}.{suffix}/{digits}/{path}");
        variable(variable_name, &url)
    };
    let own_queue = service.queue.as_ref().map(|_| queue("QUEUE_URL", name));
    let sent = service.sends_to.iter();
    let queues: usize = sent
        .map(|to| queue(&to.queue_variable(), to))
        .chain(own_queue)
        .sum();
    let own = r#","name":,"appProtocol":"http""#.len() + quoted(name.as_str());
    queues + urls.sum::<usize>() + if environment.is_called(name) { own } else { 0 }
}

/// Bytes of what a service says of its container and what the frame does not hold, at most.
fn shape(environment: &Environment, service: &Service) -> usize {
    let listed = |name: &str, words: &[Word]| match words {
        [] => 0,
        words => name.len() + json(words),
    };
    let volumes = service.volumes.iter();
    let volumes: usize = volumes
        .map(|(name, path)| {
            2 * quoted(name.as_str())
                + quoted(path.as_str())
                + r#"{"name":},{"sourceVolume":,"containerPath":,"readOnly":false},"#.len()
        })
        .sum();
    let health = service.container_health.as_ref();
    let health = health.map(|health| {
        r#","healthCheck":{"command":,"interval":300,"timeout":60,"retries":10,"startPeriod":300}"#
            .len()
            + json(&health.command.words())
    });
    let image = service.image.as_ref().map(|image| image.as_str().len());
    let storage = service
        .storage_gib
        .map(|_| r#","ephemeralStorage":{"sizeInGiB":200}"#.len());
    listed(r#","entryPoint":"#, &service.entrypoint)
        + listed(r#","command":"#, &service.command)
        + service
            .user
            .as_str()
            .len()
            .saturating_sub(defaults::user().as_str().len())
        + volumes
        + health.unwrap_or_default()
        + image.unwrap_or_default()
        + storage.unwrap_or_default()
        + json(&service.task).saturating_sub("{}".len())
        + service
            .sidecars
            .values()
            .map(|it| sidecar(environment, it))
            .sum::<usize>()
        + 60 * service.depends_on.len()
}

/// Bytes of a service's own settings in its task definition.
pub(crate) fn settings(service: &Service) -> usize {
    let all = service.env.iter();
    all.map(|(name, value)| variable(name.as_str(), value))
        .sum()
}

/// Bytes of a service's references to secrets in its task definition.
pub(crate) fn secrets(environment: &Environment, service: &Service) -> usize {
    let all = service.secrets.iter();
    all.map(|(name, source)| {
        quoted(name.as_str())
            + quoted(&value_from(environment, source))
            + r#"{"name":,"valueFrom":},"#.len()
    })
    .sum()
}

/// What ECS is given of a secret, in some account.
pub(crate) fn value_from(environment: &Environment, source: &SecretSource) -> String {
    source.value_from(&resource(environment, source))
}

/// What policies name of a secret, in some account.
fn resource(environment: &Environment, source: &SecretSource) -> String {
    source.resource(environment.region.as_str(), &"0".repeat(ACCOUNT))
}

/// Bytes of an environment variable in a task definition.
pub(crate) fn variable(name: &str, value: &str) -> usize {
    quoted(name) + quoted(value) + r#"{"name":,"value":},"#.len()
}

/// Bytes of a sidecar, at most: what its keys take as the file has them, and what hcctl writes beside.
fn sidecar(environment: &Environment, sidecar: &Sidecar) -> usize {
    /// A container with every member, its log group and its region.
    const FRAME: usize = 1_400;
    let secrets = sidecar.secrets.values();
    let secrets = secrets.map(|source| value_from(environment, source).len());
    FRAME + json(sidecar) + secrets.sum::<usize>()
}

/// Bytes of a value in JSON.
fn json(value: &(impl serde::Serialize + ?Sized)) -> usize {
    serde_json::to_string(value).map_or(usize::MAX, |text| text.len())
}

/// Bytes of a text in JSON, which has more for line ends, quotes and the like.
fn quoted(text: &str) -> usize {
    serde_json::Value::from(text).to_string().len()
}

/// Characters of the policy with which ECS starts the tasks of all services, white space aside.
pub fn execution_policy(environment: &Environment) -> usize {
    /// The statements without their resources.
    const FRAME: usize = 323;
    const SECRETS: usize = 74;
    const PARAMETERS: usize = 62;
    let prefix = environment.prefix().len();
    let each = |around: usize| -> usize {
        let names = environment.services.keys();
        listed(names.map(|name| around + prefix + name.as_str().len()))
    };
    let repositories = each(arn(environment, "ecr", "repository/--service"));
    let groups = each(arn(environment, "logs", "log-group:/ecs//:*"));
    FRAME
        + repositories
        + pulled(environment)
            .iter()
            .map(|arn| arn.len() + r#","""#.len())
            .sum::<usize>()
        + groups
        + read(environment, SECRETS, PARAMETERS)
}

/// The repositories of other services and accounts, by ARN, that the file's images are pulled from.
pub fn pulled(environment: &Environment) -> BTreeSet<String> {
    let services = environment.services.values();
    let images = services.flat_map(Service::images);
    images
        .filter_map(super::values::container::ImageUri::repository)
        .map(|(account, region, name)| {
            let partition = Partition::of(region).name;
            format!("arn:{partition}:ecr:{region}:{account}:repository/{name}")
        })
        .collect()
}

/// Characters of the boundary that `hcctl bootstrap` makes for the file, white space aside.
pub fn boundary(environment: &Environment) -> usize {
    /// The statements without what stands for the place, the project and the environment.
    const FRAME: usize = 1_631;
    /// The statement that decrypts, without its place.
    const DECRYPT: usize = 156;
    const SECRETS: usize = 94;
    const PARAMETERS: usize = 85;
    let names = environment.project.as_str().len() + environment.name.as_str().len();
    let pulled: BTreeSet<String> = pulled(environment);
    let brackets = if pulled.is_empty() { 0 } else { 2 };
    let any = environment
        .services
        .values()
        .any(|service| !service.all_secrets().is_empty());
    let region = environment.region.as_str().len();
    let decrypt = if any {
        DECRYPT + arn(environment, "kms", "key/*") + 2 * region
    } else {
        0
    };
    FRAME
        + pulled
            .iter()
            .map(|arn| arn.len() + r#","""#.len())
            .sum::<usize>()
        + brackets
        + 7 * (Partition::of(environment.region.as_str()).name.len()
            + environment.region.as_str().len()
            + ACCOUNT)
        + 4 * environment.prefix().len()
        + names
        + read(environment, SECRETS, PARAMETERS)
        + decrypt
        + environment.services.values().map(allowed).sum::<usize>()
}

/// Characters of the policies written into the role of a service's code, at most.
pub fn task_policy(environment: &Environment, name: &ServiceName, service: &Service) -> usize {
    /// The policy of a service's own queue, and of those that it sends to, without the queues.
    const QUEUE: usize = 220;
    const SENDS: usize = 120;
    /// The policy of a table, whose name stands in it twice.
    const TABLE: usize = 420;
    let table = service.table.as_ref();
    let table = table.map(|table| {
        let name = "table//index/*".len() + environment.prefix().len() + 1 + table.as_str().len();
        TABLE + 2 * (arn(environment, "dynamodb", "") + name)
    });
    let frame = r#"{"Version":"2012-10-17","Statement":[]}"#.len();
    let queue = |name: &ServiceName| {
        let path = format!("{}-{name}-queue.fifo", environment.prefix());
        arn(environment, "sqs", &path) + r#""","#.len()
    };
    let own = service.queue.as_ref().map(|_| QUEUE + queue(name));
    let sends: usize = service.sends_to.iter().map(queue).sum();
    let sends = if sends == 0 { 0 } else { SENDS + sends };
    table.unwrap_or_default() + own.unwrap_or_default() + sends + frame + allowed(service)
}

/// Characters of the statements that the file gives a service, each with a comma.
fn allowed(service: &Service) -> usize {
    let frame = r#"{"Effect":"Allow","Action":[],"Resource":[]},"#.len();
    let words = |texts: &mut dyn Iterator<Item = usize>| listed(texts);
    let all = service.permissions.allow.iter();
    all.map(|one| {
        let mut actions = one.actions.iter().map(|it| it.as_str().len());
        let mut resources = one.resources.iter().map(|it| it.as_str().len());
        frame + words(&mut actions) + words(&mut resources)
    })
    .sum()
}

/// Characters of the statements that read the file's secrets, whose own parts take so many.
fn read(environment: &Environment, secrets: usize, parameters: usize) -> usize {
    let of = |store| {
        let arns = stored(environment, store);
        listed(arns.iter().map(String::len))
    };
    let statement = |frame, resources| if resources == 0 { 0 } else { frame + resources };
    statement(secrets, of(SecretStore::SecretsManager))
        + statement(parameters, of(SecretStore::ParameterStore))
}

/// What of a store the file's services read: the keys of one secret are one resource.
pub(crate) fn stored(environment: &Environment, store: SecretStore) -> BTreeSet<String> {
    let services = environment.services.values();
    let all = services.flat_map(Service::all_secrets);
    all.filter(|source| source.store() == store)
        .map(|source| resource(environment, &source))
        .collect()
}

/// Characters of `"a","b"`.
fn listed(lengths: impl Iterator<Item = usize>) -> usize {
    let total: usize = lengths.map(|length| length + r#""","#.len()).sum();
    total.saturating_sub(1)
}

/// Characters of `arn:PARTITION:SERVICE:REGION:ACCOUNT:REST`.
fn arn(environment: &Environment, service: &str, rest: &str) -> usize {
    let region = environment.region.as_str();
    let partition = Partition::of(region).name;
    "arn:::::".len() + partition.len() + service.len() + region.len() + ACCOUNT + rest.len()
}
