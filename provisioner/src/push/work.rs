//! The work itself: look whether the tag is there, build, push, ask the registry what it has.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream;
use tokio::time::{Instant, interval_at};

use super::keys::Keys;
use super::order::{Event, Failure, How, Job, Landed, Order, Outcome};
use super::process::{self, Call, Ended, Stop};
use super::registry::{self, Registry};
use super::{EngineName, dockerfile, engine};
use crate::aws::Aws;

/// Builds at a time. Each keeps every processor busy by itself.
const AT_ONCE: usize = 2;
/// How often a program that goes on is told of.
const BUSY: Duration = Duration::from_secs(30);

/// Told of everything that happens.
pub(super) type Tell<'a> = &'a (dyn Fn(&Job, &Event<'_>) + Sync);

/// Somebody asked for the end.
pub(super) fn interrupted() -> Failure {
    Failure {
        interrupted: true,
        ..Failure::new("interrupted")
    }
}

/// Pushes every image of an order that is not there yet. One that fails stops no other.
pub async fn push(aws: &Aws, order: &Order, stop: &Stop, tell: Tell<'_>) -> Vec<Outcome> {
    let looks = order.jobs.iter().map(async |job| {
        let mut uri = None;
        let seen = look(aws, job, &order.tag, &mut uri, tell).await;
        (uri, seen)
    });
    let looks = join_all(looks).await;
    // An engine and a password only where something is to be made.
    let first = looks.iter().find(|(_, seen)| matches!(seen, Ok(None)));
    let bench = match first {
        Some(_) => Bench::ready(aws, order, stop, tell).await,
        None => Err(Failure::default()),
    };
    let bench = &bench;
    let ends = order.jobs.iter().zip(looks).enumerate();
    let ends = ends.map(|(index, (job, (uri, seen)))| async move {
        let result = match (seen, bench) {
            (Ok(Some(landed)), _) => Ok(landed),
            (Err(failure), _) => Err(failure),
            (Ok(None), Err(failure)) => Err(failure.clone()),
            (Ok(None), Ok(bench)) => bench.make(job).await,
        };
        if let Err(failure) = &result {
            tell(job, &Event::Failed(failure));
        }
        let job = job.clone();
        (index, Outcome { job, uri, result })
    });
    let mut ends: Vec<_> = stream::iter(ends).buffer_unordered(AT_ONCE).collect().await;
    ends.sort_by_key(|(index, _)| *index);
    ends.into_iter().map(|(_, outcome)| outcome).collect()
}

/// The image that the tag has already; also learns where the repository is.
pub(super) async fn look(
    aws: &Aws,
    job: &Job,
    tag: &str,
    uri: &mut Option<String>,
    tell: Tell<'_>,
) -> Result<Option<Landed>, Failure> {
    *uri = registry::uri(aws, &job.repository).await?;
    if uri.is_none() {
        let reason = format!("there is no repository {} yet", job.repository);
        return Err(
            Failure::new(reason).hint(format!("make it: hcctl apply {}", aws.scope.environment))
        );
    }
    let Some(digest) = registry::digest(aws, &job.repository, tag).await? else {
        return Ok(None);
    };
    tell(job, &Event::There { digest: &digest });
    let how = How::There;
    Ok(Some(Landed { digest, how }))
}

/// Everything that making an image needs.
struct Bench<'a> {
    aws: &'a Aws,
    order: &'a Order,
    stop: &'a Stop,
    tell: Tell<'a>,
    engine: EngineName,
    registry: Registry,
    keys: Keys,
}

impl<'a> Bench<'a> {
    /// Finds an engine and signs in: before the first build, because that may take long and this may fail.
    async fn ready(
        aws: &'a Aws,
        order: &'a Order,
        stop: &'a Stop,
        tell: Tell<'a>,
    ) -> Result<Self, Failure> {
        let engine = engine::find(order.engine, stop).await?;
        let token = registry::token(aws).await?;
        let keys = Keys::sign_in(engine, &token, stop).await?;
        Ok(Self {
            aws,
            order,
            stop,
            tell,
            engine,
            registry: token.registry,
            keys,
        })
    }

    async fn make(&self, job: &Job) -> Result<Landed, Failure> {
        let engine = self.engine;
        let image = format!(
            "{}/{}:{}",
            self.registry.host, job.repository, self.order.tag
        );
        self.may_go_on()?;
        (self.tell)(job, &Event::Building { engine });
        let began = Instant::now();
        let file = self.order.root.join(&job.dockerfile);
        let text = std::fs::read_to_string(&file)
            .map_err(|error| Failure::new(format!("cannot read {}: {error}", file.display())))?;
        let arguments =
            dockerfile::arguments(&text, &self.order.tag, &self.order.root, self.stop).await;
        // With the user's own settings: base images may come from registries that they are signed in to.
        let call = engine.build(job, &image, &arguments).at(&self.order.root);
        self.run(job, call)
            .await
            .map_err(|ended| failed(engine, "build", ended))?;
        let took = began.elapsed();
        (self.tell)(job, &Event::Built { took });
        self.may_go_on()?;
        (self.tell)(job, &Event::Pushing);
        let began = Instant::now();
        let call = engine.push(&image, &self.registry).with(&self.keys.env());
        let pushed = self.run(job, call).await;
        let tag = &self.order.tag;
        let seen = registry::digest(self.aws, &job.repository, tag).await;
        match (pushed, seen) {
            (Ok(()), Ok(Some(digest))) => {
                let took = began.elapsed();
                (self.tell)(job, &Event::Pushed { took });
                let how = How::Pushed;
                Ok(Landed { digest, how })
            }
            (Ok(()), Ok(None)) => Err(Failure::new(format!(
                "{engine} says that it pushed {tag}, and ECR does not have it"
            ))
            .hint("run the same command again")),
            (Ok(()), Err(fault)) => Err(fault.into()),
            (Err(ended), Ok(Some(digest))) if !matches!(ended, Ended::Stopped) => {
                let failure = failed(engine, "push", ended);
                let reason = format!(
                    "{}; meanwhile somebody else pushed {tag} ({digest})",
                    failure.reason
                );
                Err(Failure { reason, ..failure }.hint("deploy that image, or choose another tag"))
            }
            (Err(ended), _) => Err(failed(engine, "push", ended)),
        }
    }

    fn may_go_on(&self) -> Result<(), Failure> {
        if self.stop.asked() {
            return Err(interrupted());
        }
        match self.order.until {
            Some(until) if Instant::now() >= until => Err(Failure::new(
                "not started: the time limit (--timeout) is reached",
            )),
            _ => Ok(()),
        }
    }

    async fn run(&self, job: &Job, call: Call) -> Result<(), Ended> {
        let began = Instant::now();
        let last = Mutex::new(String::new());
        let on_line = |line: &str| {
            (self.tell)(job, &Event::Line(line));
            line.clone_into(&mut last.lock().unwrap_or_else(PoisonError::into_inner));
        };
        let mut end = std::pin::pin!(process::run(call, self.stop, &on_line));
        let mut ticks = interval_at(began + BUSY, BUSY);
        loop {
            tokio::select! {
                ended = &mut end => return ended,
                _ = ticks.tick() => {
                    let line = last.lock().unwrap_or_else(PoisonError::into_inner).clone();
                    let since = began.elapsed();
                    (self.tell)(job, &Event::Busy { since, line: &line });
                }
            }
        }
    }
}

fn failed(engine: EngineName, verb: &str, ended: Ended) -> Failure {
    match ended {
        Ended::Stopped => interrupted(),
        Ended::Missing => Failure::new(format!("{engine} is not on PATH any more")),
        Ended::Unstartable(error) => {
            Failure::new(format!("{engine} {verb} cannot be started: {error}"))
        }
        Ended::Failed { how, said } => {
            Failure::new(format!("{engine} {verb} ended with {how}")).said(said)
        }
    }
}
