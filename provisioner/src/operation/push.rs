//! Building each service's image and pushing it to its repository.

use std::path::PathBuf;

use tokio::time::Instant;

use super::{Ask, CommandError, Context, Events, Interrupts, Kind};
use crate::push::{
    EngineName, Event, Failure, How, Job, Order, Outcome, Platform, Stopper, valid_tag,
};
use crate::resources::image::{OWN, Role};

/// What is to be pushed.
#[derive(Clone, Debug)]
pub struct Request {
    /// The tag.
    pub tag: String,
    /// The services; all of the file where none is named.
    pub services: Vec<String>,
    /// Where the Dockerfiles are.
    pub root: PathBuf,
    /// The container engine; the first that answers where none is named.
    pub engine: Option<EngineName>,
    /// Whether a record is published in the image's stead: nothing is built for a simulated account.
    pub record: bool,
}

/// Refuses what is no tag for an image, before anything is read.
///
/// # Errors
///
/// Why it is none.
pub fn check_tag(tag: &str) -> Result<(), CommandError> {
    if !valid_tag(tag) {
        let message = format!("`{}` is not a tag", tag.escape_debug());
        return Err(CommandError::new(Kind::Config, message)
            .hint("at most 128 letters, digits, `_`, `.` and `-`, not beginning with `.` or `-`"));
    }
    if crate::resources::task_definition::is_placeholder(&format!(":{tag}")) {
        let message = format!("`{tag}` stands for no image, before the first deploy");
        return Err(CommandError::new(Kind::Config, message).hint("choose another tag"));
    }
    if tag.starts_with(OWN) {
        let message =
            format!("`{tag}` begins as hcctl's own tags do (`{OWN}`), which say what stays");
        return Err(CommandError::new(Kind::Config, message).hint("choose another tag"));
    }
    if Role::of_tag(tag).is_some() {
        let message =
            format!("`{tag}` is a tag of what is attached to an image, such as a signature");
        return Err(CommandError::new(Kind::Config, message).hint("choose another tag"));
    }
    Ok(())
}

/// What there is to do; everything that can be wrong without a call is found here.
///
/// # Errors
///
/// A service that is not in the file, a Dockerfile that is not there.
pub fn order(context: &Context, request: Request) -> Result<Order, CommandError> {
    let services = context.released(&request.services)?;
    let job = |name: String| {
        let mut services = context.environment.services.iter();
        let service = services.find(|(key, _)| key.as_str() == name);
        let architecture = service.map_or("", |(_, it)| it.architecture.name());
        let platform = Platform::of_ecs(architecture).ok_or_else(|| {
            let message = format!("no image can be built for {architecture}");
            CommandError::new(Kind::Config, message)
        })?;
        Ok(Job {
            repository: context.aws.scope.name(&format!("{name}-service")),
            dockerfile: format!("Dockerfile.{name}"),
            service: name,
            platform,
        })
    };
    let jobs: Result<Vec<Job>, CommandError> = services.into_iter().map(job).collect();
    let order = Order {
        root: request.root,
        tag: request.tag,
        jobs: jobs?,
        engine: request.engine,
        until: context.limit.map(|limit| Instant::now() + limit),
    };
    if !request.record {
        check_dockerfiles(&order)?;
    }
    Ok(order)
}

fn check_dockerfiles(order: &Order) -> Result<(), CommandError> {
    let missing = order.jobs.iter().map(|job| job.dockerfile.as_str());
    let missing: Vec<&str> = missing
        .filter(|name| !order.root.join(name).is_file())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("{} is not in {}", missing.join(", "), order.root.display());
    Err(CommandError::new(Kind::Config, message)
        .hint("write it, name the services that have one with --service, or say where the environments are"))
}

/// Does it, and ends what runs where somebody asks for that.
pub async fn push(
    context: &Context,
    order: &Order,
    tell: &(dyn Fn(&Job, &Event<'_>) + Sync),
    events: &impl Events,
    ask: &impl Ask,
) -> Vec<Outcome> {
    let (stopper, stop) = Stopper::new();
    let mut work = std::pin::pin!(crate::push::push(&context.aws, order, &stop, tell));
    let Ok(mut interrupts) = ask.interrupts() else {
        return work.await;
    };
    let mut words = [
        "interrupted: ending what is under way; again to end it at once",
        "ending it at once",
    ]
    .into_iter();
    loop {
        tokio::select! {
            outcomes = &mut work => return outcomes,
            () = interrupts.next() => {
                stopper.stop();
                words.next().into_iter().for_each(|line| events.say(line));
            }
        }
    }
}

/// What to do with what was pushed. A tag that was there may be older than what runs.
pub fn next(context: &Context, order: &Order, outcomes: &[Outcome]) -> String {
    let pushed = outcomes.iter().filter(|outcome| {
        let landed = outcome.result.as_ref();
        landed.is_ok_and(|landed| landed.how == How::Pushed)
    });
    let pushed: Vec<&str> = pushed.map(|outcome| outcome.job.service.as_str()).collect();
    let tag = &order.tag;
    if pushed.is_empty() {
        return format!(
            "hint: {tag} was pushed before, and stays as it is; a new build needs a new --tag"
        );
    }
    let all = outcomes.len() == context.environment.services.len();
    let only: String = if all {
        String::new()
    } else {
        let each = pushed.iter().map(|name| format!(" --service {name}"));
        each.collect()
    };
    let deploy = context.again("deploy");
    format!("hint: roll it out with: {deploy} --image {tag}{only}")
}

/// How it is to be taken, once the digests were shown.
///
/// # Errors
///
/// What was not pushed, and why.
pub fn verdict(context: &Context, order: &Order, outcomes: &[Outcome]) -> Result<(), CommandError> {
    let mut failures: Vec<(Vec<&str>, &Failure)> = Vec::new();
    for outcome in outcomes {
        let Err(failure) = &outcome.result else {
            continue;
        };
        // One cause that stops several is said once.
        match failures.iter_mut().find(|(_, known)| *known == failure) {
            Some((services, _)) => services.push(&outcome.job.service),
            None => failures.push((vec![&outcome.job.service], failure)),
        }
    }
    if failures.is_empty() {
        return Ok(());
    }
    let interrupted = failures.iter().any(|(_, failure)| failure.interrupted);
    let kind = if interrupted {
        Kind::Interrupted
    } else {
        Kind::Failed
    };
    let mut lines = Vec::new();
    let mut hints: Vec<String> = Vec::new();
    for (services, failure) in &failures {
        lines.push(format!("{}: {}", services.join(", "), failure.reason));
        lines.extend(failure.said.iter().map(|line| format!("    {line}")));
        for hint in &failure.hints {
            if !hints.contains(hint) {
                hints.push(hint.clone());
            }
        }
    }
    let mut error = CommandError::new(kind, lines.join("\n"));
    error.hints = hints;
    if interrupted {
        error = error.hint(format!(
            "go on with: {} --tag {}",
            context.again("push"),
            order.tag
        ));
    }
    Err(error)
}
