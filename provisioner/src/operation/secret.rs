//! Secrets: those that the file names, looked at before anything is made; those that hcctl keeps, set, listed and removed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use hcctl_engine::plan::PlanError;
use hcctl_engine::{Address, Fault};

use super::{Ask, CommandError, Context, Kind, suggest};
use crate::aws::{Aws, fault};
use crate::blueprint::Kept;
use crate::deploy::check::Objection;
use crate::deploy::{Live, live};
use crate::environment::{Named, SecretSource};
use crate::journal::{self, Journal, Planned};
use crate::secret::own::{self, Own, Removed, Set};
use crate::secret::{Found, look};

/// What was found of the secrets that the file names, by what it says.
pub type Secrets = BTreeMap<SecretSource, Found>;

/// Looks at the secrets of the file; makes no call where it names none.
///
/// # Errors
///
/// A fault of the calls that it takes.
pub(super) async fn of_file(context: &Context, aws: &Aws) -> Result<Secrets, Fault> {
    let services = context.environment.services.values();
    let sources = services.flat_map(crate::environment::Service::all_secrets);
    look(aws, sources.collect()).await
}

/// What the topology needs to know of them.
pub(super) fn kept(secrets: &Secrets) -> BTreeMap<SecretSource, Kept> {
    let kept = |found: &Found| Kept {
        arn: found.arn.clone(),
        key: found.key.clone(),
    };
    let all = secrets.iter();
    all.map(|(source, found)| (source.clone(), kept(found)))
        .collect()
}

/// The secrets of the file that no task could be given, as reasons against a plan: ECS would start nothing.
pub(super) fn refusals(context: &Context, secrets: &Secrets) -> Vec<PlanError> {
    let mut all = Vec::new();
    for (service, it) in &context.environment.services {
        for (place, source) in it.named_secrets() {
            let trouble = secrets
                .get(&source)
                .and_then(|found| found.trouble.as_ref());
            let Some(trouble) = trouble else { continue };
            all.push(PlanError::Conflict {
                address: Address::new("task_definition", service.as_str()),
                reason: format!(
                    "{} ({}: services.{service}.{place})",
                    trouble.text(&source),
                    context.file.display()
                ),
                remedy: trouble.remedy(&context.aws, &source),
            });
        }
    }
    all
}

/// What stands in the way of new tasks of a service: secrets of its present task definition that none could be given.
///
/// # Errors
///
/// A fault of the calls that it takes.
pub(super) async fn objections(aws: &Aws, live: &Live) -> Result<Vec<Objection>, Fault> {
    let mut named: Vec<(String, SecretSource)> = Vec::new();
    let own = live.definition.secrets.iter();
    named.extend(
        own.filter_map(|(name, from)| Some((format!("secrets.{name}"), from.parse().ok()?))),
    );
    for (sidecar, container) in &live.definition.sidecars {
        let all = container["secrets"].as_array();
        for one in all.into_iter().flatten() {
            let (name, from) = (one["name"].as_str(), one["valueFrom"].as_str());
            let source = from.and_then(|from| from.parse().ok());
            if let (Some(name), Some(source)) = (name, source) {
                named.push((format!("sidecars.{sidecar}.secrets.{name}"), source));
            }
        }
    }
    let sources: BTreeSet<SecretSource> = named.iter().map(|(_, source)| source.clone()).collect();
    let found = look(aws, sources).await?;
    let objection = |(place, source): &(String, SecretSource)| {
        let trouble = found.get(source)?.trouble.as_ref()?;
        Some(Objection {
            service: live.name.clone(),
            what: format!("{} (services.{}.{place})", trouble.text(source), live.name),
            remedy: trouble.remedy(aws, source),
        })
    };
    Ok(named.iter().filter_map(objection).collect())
}

/// The services of the file whose tasks began before a secret of theirs was changed, with those secrets; makes no call where no
/// service that runs names any.
///
/// # Errors
///
/// A fault of the calls that it takes.
pub(super) async fn stale(
    context: &Context,
    aws: &Aws,
    secrets: &Secrets,
) -> Result<BTreeMap<String, Vec<String>>, Fault> {
    let mut all = BTreeMap::new();
    if secrets.is_empty() {
        return Ok(all);
    }
    let lives = crate::deploy::live::all(aws).await?;
    for (service, it) in &context.environment.services {
        let named = it.named_secrets();
        let Some(live) = lives.get(service.as_str()).filter(|_| !named.is_empty()) else {
            continue;
        };
        let Some(oldest) = oldest(aws, live).await? else {
            continue;
        };
        let changed = named.into_iter().filter(|(_, source)| {
            let changed = secrets.get(source).and_then(|found| found.changed);
            changed.is_some_and(|changed| changed > oldest)
        });
        let changed: Vec<String> = changed.map(|(place, _)| place).collect();
        if !changed.is_empty() {
            all.insert(service.to_string(), changed);
        }
    }
    Ok(all)
}

/// When the oldest task of a service that runs was made: secrets are read between that and its start.
async fn oldest(aws: &Aws, live: &Live) -> Result<Option<SystemTime>, Fault> {
    let call = aws
        .ecs
        .list_tasks()
        .cluster(&live.cluster)
        .service_name(&live.aws_name)
        .max_results(100);
    let answer = call.send().await.map_err(fault("ecs:ListTasks"))?;
    let arns = answer.task_arns.unwrap_or_default();
    if arns.is_empty() {
        return Ok(None);
    }
    let call = aws.ecs.describe_tasks().cluster(&live.cluster);
    let answer = call.set_tasks(Some(arns)).send().await;
    let answer = answer.map_err(fault("ecs:DescribeTasks"))?;
    let made = answer.tasks().iter().filter_map(|task| task.created_at());
    Ok(made.min().and_then(|at| SystemTime::try_from(*at).ok()))
}

/// A secret, as `list` tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// What the file says of it, or would say.
    pub source: String,
    /// Its name, where hcctl keeps it.
    pub name: Option<String>,
    /// The number of its version, of a parameter.
    pub version: Option<i64>,
    /// When its value was changed last, where that is known.
    pub changed: Option<SystemTime>,
    /// Where the file names it, such as `services.cart.secrets.KEY`.
    pub used: Vec<String>,
    /// Why no task can be given it.
    pub trouble: Option<String>,
}

/// The secrets that hcctl keeps for the environment, and those that its file names beside them.
///
/// # Errors
///
/// A fault of the calls that it takes.
pub async fn list(context: &Context) -> Result<Vec<Listed>, CommandError> {
    context.guard().await?;
    let aws = context.aws.fresh();
    let (own, named) = tokio::try_join!(own::list(&aws), of_file(context, &aws))?;
    let path = own::path(&aws.scope);
    let mut all: BTreeMap<String, Listed> = BTreeMap::new();
    for Own {
        name,
        version,
        changed,
        ..
    } in own
    {
        let source = format!("ssm:{path}{name}");
        let listed = Listed {
            source: source.clone(),
            name: Some(name),
            version: Some(version),
            changed,
            used: Vec::new(),
            trouble: None,
        };
        all.insert(source, listed);
    }
    for (source, found) in &named {
        // The same parameter by its ARN is the same secret.
        let key = own_name(&aws, source)
            .map_or_else(|| source.to_string(), |name| format!("ssm:{path}{name}"));
        let one = all.entry(key.clone()).or_insert_with(|| Listed {
            name: own_name(&aws, source),
            source: key,
            version: found.version,
            changed: found.changed,
            used: Vec::new(),
            trouble: None,
        });
        one.trouble = found.trouble.as_ref().map(|trouble| trouble.text(source));
        one.used.extend(places(context, source));
    }
    Ok(all.into_values().collect())
}

/// The name of a secret that is one of those that hcctl keeps for the environment.
fn own_name(aws: &Aws, source: &SecretSource) -> Option<String> {
    let path = own::path(&aws.scope);
    if let Some(Named::Parameter(name)) = source.named() {
        return name.strip_prefix(&path).map(str::to_owned);
    }
    let arn = source.arn()?;
    let here = arn.region().as_str() == aws.scope.region;
    let (_, name) = arn.as_str().split_once(":parameter")?;
    name.strip_prefix(&path).filter(|_| here).map(str::to_owned)
}

/// Where the file names a secret.
fn places(context: &Context, source: &SecretSource) -> Vec<String> {
    let services = context.environment.services.iter();
    let all = services.flat_map(|(service, it)| {
        let named = it.named_secrets().into_iter();
        named.map(move |(place, named)| (format!("services.{service}.{place}"), named))
    });
    all.filter(|(_, named)| named == source)
        .map(|(place, _)| place)
        .collect()
}

/// Where the file names a secret that hcctl keeps.
fn uses(context: &Context, name: &str) -> Vec<String> {
    let services = context.environment.services.values();
    let sources: BTreeSet<SecretSource> = services
        .flat_map(crate::environment::Service::all_secrets)
        .collect();
    let own = |source: &&SecretSource| own_name(&context.aws, source).as_deref() == Some(name);
    sources
        .iter()
        .filter(own)
        .flat_map(|source| places(context, source))
        .collect()
}

/// What came of setting one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its name.
    pub name: String,
    /// What to write in the file.
    pub source: String,
    /// The number of its version: 1 for a new one.
    pub version: i64,
    /// Where the file names it.
    pub used: Vec<String>,
}

/// Refuses a name that no parameter of the environment can have.
///
/// # Errors
///
/// Such a name.
pub fn check_name(context: &Context, name: &str) -> Result<(), CommandError> {
    match own::refused(&context.aws.scope, name) {
        None => Ok(()),
        Some((reason, remedy)) => Err(CommandError::new(Kind::Config, reason).hint(remedy)),
    }
}

/// Gives a secret its first or its next value, by `key` where one is named.
///
/// # Errors
///
/// A name or a value that Parameter Store does not take, a stranger's parameter of this name, a fault of the calls that it takes.
pub async fn set(
    context: &Context,
    name: &str,
    value: &str,
    key: Option<&str>,
) -> Result<Stored, CommandError> {
    check_name(context, name)?;
    check_value(value)?;
    context.guard().await?;
    let aws = &context.aws;
    let journal = Journal::begin(aws, COMMAND, planned(name, "set")).await?;
    let outcome = own::set(aws, name, value, key).await;
    end(aws, journal, outcome.is_ok()).await?;
    let version = match outcome? {
        Set::Version(version) => version,
        Set::Foreign => return Err(foreign(context, name)),
    };
    Ok(Stored {
        source: format!("ssm:{}{name}", own::path(&aws.scope)),
        used: uses(context, name),
        name: name.to_owned(),
        version,
    })
}

/// The verb, in the journal.
const COMMAND: &str = "secret";

fn planned(name: &str, did: &str) -> Planned {
    Planned::Secret {
        secret: name.to_owned(),
        did: did.to_owned(),
    }
}

async fn end(aws: &Aws, journal: Journal, done: bool) -> Result<(), Fault> {
    let outcome = if done {
        journal::Outcome::Done
    } else {
        journal::Outcome::Failed
    };
    journal.end(aws, outcome).await
}

fn foreign(context: &Context, name: &str) -> CommandError {
    let path = own::path(&context.aws.scope);
    let message = format!(
        "the parameter {path}{name} is there and does not say that it is of {}; nothing was changed",
        context.environment.name
    );
    CommandError::new(Kind::Refused, message)
        .hint(format!(
            "name it as it is, `ssm:{path}{name}`: what fills it may go on to do so"
        ))
        .hint("or choose another name, or have it removed by whoever it belongs to")
}

/// What Parameter Store takes.
fn check_value(value: &str) -> Result<(), CommandError> {
    if value.is_empty() {
        let error = CommandError::new(
            Kind::Config,
            "the value is empty, and Parameter Store keeps no empty value",
        );
        return Err(error
            .hint("give it on standard input: printf %s \"$VALUE\" | hcctl secret set ENV NAME"));
    }
    if value.len() > own::MOST {
        let message = format!(
            "the value has {} bytes, and a parameter of the standard tier takes {}",
            value.len(),
            own::MOST
        );
        return Err(CommandError::new(Kind::Config, message).hint(
            "keep what is that long in Secrets Manager, which takes 64 KiB, and name it as `secretsmanager:NAME`",
        ));
    }
    Ok(())
}

/// Removes a secret that no service names any more; with `force`, one that is named too.
///
/// # Errors
///
/// One that the file names, one that is not there or is a stranger's, that nobody agreed, a fault of the calls that it takes.
pub async fn remove(
    context: &Context,
    name: &str,
    force: bool,
    ask: &impl Ask,
) -> Result<(), CommandError> {
    check_name(context, name)?;
    let used = uses(context, name);
    if !used.is_empty() && !force {
        let message = format!(
            "{} still names {name} ({}), and no new task could start without it; nothing was changed",
            context.file.display(),
            used.join(", ")
        );
        return Err(CommandError::new(Kind::Refused, message)
            .hint(format!(
                "remove it from the file first, and apply: {}",
                context.again("apply")
            ))
            .hint("to remove it all the same: --force"));
    }
    context.guard().await?;
    let running = if force {
        Vec::new()
    } else {
        running(context, name).await?
    };
    if !running.is_empty() {
        let message = format!(
            "what runs of {} still reads {name}, and no new task could start without it; nothing was changed",
            running.join(" and ")
        );
        return Err(CommandError::new(Kind::Refused, message)
            .hint(format!(
                "apply the file, which does not name it any more: {}",
                context.again("apply")
            ))
            .hint("to remove it all the same: --force"));
    }
    let question = format!(
        "Remove the secret {name} of {}? Its value cannot be brought back.",
        context.environment.name
    );
    ask.confirm(&question, None)?;
    let aws = &context.aws;
    let journal = Journal::begin(aws, COMMAND, planned(name, "removed")).await?;
    let outcome = own::remove(aws, name).await;
    let gone = matches!(outcome, Ok(Removed::Gone));
    end(aws, journal, gone).await?;
    match outcome? {
        Removed::Gone => Ok(()),
        Removed::Foreign => Err(foreign(context, name)),
        Removed::Missing => {
            let own = own::list(aws).await?;
            let what = format!("{} has no secret", context.environment.name);
            let there = own.iter().map(|one| one.name.as_str());
            Err(suggest::unknown(Kind::Refused, &what, name, there))
        }
    }
}

/// The services whose running task definition reads a parameter of ours.
async fn running(context: &Context, name: &str) -> Result<Vec<String>, CommandError> {
    let aws = context.aws.fresh();
    let end = format!(":parameter{}{name}\"", own::path(&aws.scope));
    let all = live::all(&aws).await?;
    let reads = |live: &&Live| {
        serde_json::to_string(&live.definition).is_ok_and(|text| text.contains(&end))
    };
    let reading = all.values().filter(reads);
    Ok(reading.map(|live| live.name.clone()).collect())
}
