//! The lease: one writer per environment, known by name, never for ever.
//!
//! One object per environment in the account's bucket, taken with `If-None-Match: *`, renewed and released with
//! `If-Match`. A lease that was not renewed in time is taken over with a notice; a holder that lost its lease learns it
//! at the next renewal and starts no further step. `plan` never takes it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hcctl_engine::Fault;
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

use crate::aws::Aws;
use crate::aws::bucket::When;

/// How long a lease lasts without renewal.
const LASTS: Duration = Duration::from_secs(90);
/// How often it is renewed.
const RENEWED: Duration = Duration::from_secs(30);

/// Who holds the lease.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The caller's ARN.
    pub owner: String,
    /// The machine.
    pub host: String,
    /// The process on it.
    pub process: u32,
    /// The pipeline run's URL, where there is one.
    pub run: Option<String>,
    /// The command, such as `apply`.
    pub command: String,
    /// When it was taken, in seconds since 1970.
    pub taken: u64,
    /// When it ends unless it is renewed, in seconds since 1970.
    pub expires: u64,
}

impl Holder {
    /// Seconds until the lease ends; negative once it has.
    pub fn seconds_left(&self) -> i64 {
        i64::try_from(self.expires).unwrap_or(i64::MAX) - i64::try_from(now()).unwrap_or(i64::MAX)
    }

    /// One line for a person.
    pub fn describe(&self) -> String {
        let run = self
            .run
            .as_ref()
            .map(|run| format!(", {run}"))
            .unwrap_or_default();
        format!(
            "{} of {} on {} (process {}{run})",
            self.command, self.owner, self.host, self.process
        )
    }
}

/// Why the lease was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else works on the environment.
    #[error("the lease is held by {}", .0.describe())]
    Held(Box<Holder>),
    /// A call failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A lease that is held and kept alive until it is released.
#[derive(Debug)]
pub struct Lease {
    aws: Aws,
    key: String,
    state: Arc<Mutex<State>>,
    keeper: JoinHandle<()>,
    /// Whose expired lease was taken over.
    pub taken_over: Option<Holder>,
}

#[derive(Debug)]
struct State {
    etag: String,
    lost: Option<String>,
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs())
}

fn key(aws: &Aws) -> String {
    format!("{}/{}/lease.json", aws.scope.project, aws.scope.environment)
}

fn encode(holder: &Holder) -> Vec<u8> {
    serde_json::to_vec_pretty(holder).unwrap_or_default()
}

/// Who holds the environment's lease now, if anybody does.
pub async fn holder(aws: &Aws) -> Result<Option<(Holder, String)>, Fault> {
    let object = match aws.get_object(&key(aws)).await {
        Err(fault) if fault.is("NoSuchBucket") => None,
        object => object?,
    };
    let Some(object) = object else {
        return Ok(None);
    };
    let holder = serde_json::from_slice(&object.body);
    let holder = holder.map_err(|error| {
        Fault::own("the lease", format!("{} cannot be read: {error}", key(aws)))
    })?;
    Ok(Some((holder, object.etag)))
}

/// Breaks the lease that is the version `etag`.
pub async fn break_lease(aws: &Aws, etag: &str) -> Result<(), Fault> {
    aws.delete_object(&key(aws), etag).await
}

impl Lease {
    /// Takes the environment's lease for `command`, taking over one that has ended.
    pub async fn take(aws: &Aws, command: &str) -> Result<Self, LockError> {
        let mut mine = Holder {
            owner: aws.identity().await?.arn.clone(),
            host: host(),
            process: std::process::id(),
            run: run_url(),
            command: command.to_owned(),
            taken: now(),
            expires: now() + LASTS.as_secs(),
        };
        let key = key(aws);
        let mut taken_over = None;
        let etag = loop {
            if let Some(etag) = aws.put_object(&key, encode(&mine), When::Absent).await? {
                break etag;
            }
            let Some((theirs, etag)) = holder(aws).await? else {
                continue;
            };
            if theirs.seconds_left() > 0 {
                return Err(LockError::Held(Box::new(theirs)));
            }
            mine.taken = now();
            mine.expires = now() + LASTS.as_secs();
            if let Some(etag) = aws.put_object(&key, encode(&mine), When::Is(&etag)).await? {
                taken_over = Some(theirs);
                break etag;
            }
        };
        let state = Arc::new(Mutex::new(State { etag, lost: None }));
        let keeper = tokio::spawn(keep(aws.clone(), key.clone(), mine, Arc::clone(&state)));
        Ok(Self {
            aws: aws.clone(),
            key,
            state,
            keeper,
            taken_over,
        })
    }

    /// Why the lease is not held any more, where that is so.
    pub fn lost(&self) -> Option<String> {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .lost
            .clone()
    }

    /// Gives the lease back.
    pub async fn release(self) -> Result<(), Fault> {
        self.keeper.abort();
        let (etag, lost) = {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            (state.etag.clone(), state.lost.is_some())
        };
        if lost {
            Ok(())
        } else {
            self.aws.delete_object(&self.key, &etag).await
        }
    }
}

/// Renews the lease until it is lost.
async fn keep(aws: Aws, key: String, mut mine: Holder, state: Arc<Mutex<State>>) {
    loop {
        tokio::time::sleep(RENEWED).await;
        let etag = state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .etag
            .clone();
        let ends = mine.expires;
        mine.expires = now() + LASTS.as_secs();
        let renewed = aws.put_object(&key, encode(&mine), When::Is(&etag)).await;
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        match renewed {
            Ok(Some(etag)) => state.etag = etag,
            Ok(None) => {
                state.lost = Some("the lease was broken or taken over by somebody else".to_owned());
                return;
            }
            // A call that fails leaves what is left of the lease.
            Err(fault) if now() >= ends => {
                state.lost = Some(format!("the lease could not be renewed: {fault}"));
                return;
            }
            Err(_) => mine.expires = ends,
        }
    }
}

fn host() -> String {
    let from_env = std::env::var("HOSTNAME")
        .ok()
        .filter(|name| !name.is_empty());
    let from_file = || {
        std::fs::read_to_string("/etc/hostname")
            .ok()
            .map(|name| name.trim().to_owned())
    };
    from_env
        .or_else(from_file)
        .unwrap_or_else(|| "unknown host".to_owned())
}

/// The URL of the GitHub Actions run that this is part of.
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/variables>
fn run_url() -> Option<String> {
    let var = |name| std::env::var(name).ok();
    let (server, repository) = (var("GITHUB_SERVER_URL")?, var("GITHUB_REPOSITORY")?);
    Some(format!(
        "{server}/{repository}/actions/runs/{}",
        var("GITHUB_RUN_ID")?
    ))
}
