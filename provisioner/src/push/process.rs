//! Running a program: its lines as they come, its last ones for when it fails, and its end when somebody asks for it.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{Either, join, select};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::process::Command;
use tokio::sync::watch;

/// How many of a program's last lines are kept.
const KEPT: usize = 25;
/// What a program gets to end by itself once it was asked to.
const GRACE: Duration = Duration::from_secs(10);

/// Asks running programs to end.
#[derive(Debug)]
pub struct Stopper(watch::Sender<u8>);

/// Whether programs are to end.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<u8>);

impl Stopper {
    /// With the ear that listens to it.
    pub fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(0);
        (Self(sender), Stop(receiver))
    }

    /// The first time programs are asked to end, the second time they are ended.
    pub fn stop(&self) {
        self.0.send_modify(|times| *times = times.saturating_add(1));
    }
}

impl Stop {
    /// Whether anybody has asked.
    pub fn asked(&self) -> bool {
        *self.0.borrow() > 0
    }

    /// Returns once it was asked for so many times; never where nobody can ask any more.
    async fn times(&self, times: u8) {
        let mut asked = self.0.clone();
        if asked.wait_for(|asked| *asked >= times).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// How a program is called.
pub(super) struct Call {
    program: &'static str,
    args: Vec<OsString>,
    dir: Option<PathBuf>,
    env: Vec<(&'static str, OsString)>,
    input: Option<String>,
}

impl Call {
    /// A program with its arguments, and nothing on its standard input.
    pub(super) fn new(program: &'static str, args: &[&str]) -> Self {
        Self {
            program,
            args: args.iter().map(OsString::from).collect(),
            dir: None,
            env: Vec::new(),
            input: None,
        }
    }

    /// The same in a directory.
    pub(super) fn at(mut self, dir: &Path) -> Self {
        self.dir = Some(dir.to_owned());
        self
    }

    /// The same with variables of its own.
    pub(super) fn with(mut self, env: &[(&'static str, OsString)]) -> Self {
        self.env.extend_from_slice(env);
        self
    }

    /// The same with a text on its standard input.
    pub(super) fn reads(mut self, input: &str) -> Self {
        self.input = Some(input.to_owned());
        self
    }
}

/// Why a program did not do what it was called for.
#[derive(Debug)]
pub(super) enum Ended {
    /// There is no such program.
    Missing,
    /// It cannot be started.
    Unstartable(io::Error),
    /// It failed.
    Failed {
        /// How: `exit code 1`, `signal 9`.
        how: String,
        /// The last lines that it wrote.
        said: Vec<String>,
    },
    /// Somebody asked for its end.
    Stopped,
}

/// Runs a program to its end; `on_line` gets what it writes to either stream.
pub(super) async fn run(
    call: Call,
    stop: &Stop,
    on_line: &(dyn Fn(&str) + Sync),
) -> Result<(), Ended> {
    if stop.asked() {
        return Err(Ended::Stopped);
    }
    let mut child = command(&call).spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Ended::Missing,
        _ => Ended::Unstartable(error),
    })?;
    let group = child.id();
    let said = Mutex::new(VecDeque::new());
    let keep = |line: &str| {
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.len() == KEPT {
            said.pop_front();
        }
        said.push_back(line.to_owned());
        on_line(line);
    };
    let (input, out, err) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let streams = async {
        let feed = async {
            if let (Some(text), Some(mut stdin)) = (&call.input, input) {
                // A program that does not read says why by itself.
                let _ = stdin.write_all(text.as_bytes()).await;
            }
        };
        join(feed, join(lines(out, &keep), lines(err, &keep))).await;
    };
    let life = async {
        let (wait, streams) = (std::pin::pin!(child.wait()), std::pin::pin!(streams));
        match select(wait, streams).await {
            Either::Left((status, streams)) => {
                // What it started may hold its streams for longer than it lives.
                let _ = tokio::time::timeout(Duration::from_secs(2), streams).await;
                status
            }
            Either::Right(((), wait)) => wait.await,
        }
    };
    let mut life = std::pin::pin!(life);
    let status = tokio::select! {
        status = &mut life => status,
        () = stop.times(1) => {
            signal("TERM", group).await;
            tokio::select! {
                _ = &mut life => {}
                () = patience(stop) => {
                    signal("KILL", group).await;
                    let _ = life.await;
                }
            }
            return Err(Ended::Stopped);
        }
    };
    let status = status.map_err(Ended::Unstartable)?;
    if status.success() {
        return Ok(());
    }
    let said = std::mem::take(&mut *said.lock().unwrap_or_else(PoisonError::into_inner));
    Err(Ended::Failed {
        how: how(status),
        said: said.into(),
    })
}

/// Runs a program to its end and answers what it wrote.
pub(super) async fn output(call: Call, stop: &Stop) -> Result<Vec<String>, Ended> {
    let lines = Mutex::new(Vec::new());
    let keep = |line: &str| {
        let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(line.to_owned());
    };
    run(call, stop, &keep).await?;
    Ok(lines.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn command(call: &Call) -> Command {
    let mut command = Command::new(call.program);
    command.args(&call.args);
    command.envs(call.env.iter().map(|(name, value)| (name, value)));
    if let Some(dir) = &call.dir {
        command.current_dir(dir);
    }
    command.stdin(if call.input.is_some() {
        Stdio::piped()
    } else {
        Stdio::null()
    });
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.kill_on_drop(true);
    // A group of its own: a terminal's Ctrl-C comes to hcctl, which then ends the program with all that it started.
    #[cfg(unix)]
    command.process_group(0);
    command
}

async fn lines(stream: Option<impl AsyncRead + Unpin>, on_line: &(dyn Fn(&str) + Sync)) {
    let Some(stream) = stream else { return };
    let mut reader = BufReader::new(stream);
    let mut bytes = Vec::new();
    while reader
        .read_until(b'\n', &mut bytes)
        .await
        .is_ok_and(|read| read > 0)
    {
        let text = String::from_utf8_lossy(&bytes);
        // A line that is written over counts as it stands in the end.
        let last = text.trim_end().rsplit('\r').next().unwrap_or_default();
        // Nothing that a terminal would obey.
        let plain: String = last.chars().filter(|c| !c.is_control()).collect();
        if !plain.trim().is_empty() {
            on_line(&plain);
        }
        bytes.clear();
    }
}

async fn patience(stop: &Stop) {
    tokio::select! {
        () = tokio::time::sleep(GRACE) => {}
        () = stop.times(2) => {}
    }
}

/// Sends a signal to a program and all that it started. The shell does it: the standard library cannot.
#[cfg(unix)]
async fn signal(name: &str, group: Option<u32>) {
    let Some(group) = group else { return };
    let line = format!("kill -{name} -{group}");
    let mut kill = Command::new("/bin/sh");
    kill.args(["-c", &line]).stdin(Stdio::null());
    kill.stdout(Stdio::null()).stderr(Stdio::null());
    let _ = kill.status().await;
}

/// Elsewhere the program is ended when its handle is dropped.
#[cfg(not(unix))]
async fn signal(_name: &str, _group: Option<u32>) {}

fn how(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("signal {signal}");
    }
    match status.code() {
        Some(code) => format!("exit code {code}"),
        None => "no exit code".to_owned(),
    }
}
