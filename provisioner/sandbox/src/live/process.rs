//! A task's process: a program of this machine, or a container that Podman runs in the foreground.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use super::job::Job;
use super::leftover;

/// The longest line that is kept; a longer one is cut.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html> has 1 MB for an event.
const LONGEST_LINE: usize = 16 * 1024;

/// What happens to a task's process.
#[derive(Debug)]
pub(super) enum Told {
    /// It wrote a line.
    Line(String, String),
    /// It could not be started.
    Failed(String, String),
    /// It runs.
    Up(String),
    /// It has exited, with this code.
    Exited(String, Option<i32>),
}

/// How a task is started.
#[derive(Debug, Clone)]
pub(super) enum How {
    /// A program.
    Program(PathBuf),
    /// A container of Podman's.
    Container(Engine),
}

/// Podman, and what leads it to the sandbox's registry.
#[derive(Debug, Clone)]
pub(super) struct Engine {
    pub(super) program: String,
    /// `127.0.0.1:4566`.
    pub(super) registry: String,
    pub(super) password: String,
    /// Marks the containers of one world.
    pub(super) label: String,
}

/// Where and with what a task is started.
#[derive(Debug, Clone)]
pub(super) struct Start {
    pub(super) how: How,
    pub(super) address: SocketAddr,
    /// Where the sandbox itself is served: its port.
    pub(super) endpoint: u16,
    /// Where notes are kept.
    pub(super) folder: PathBuf,
}

/// A container's name, by its task's ARN.
pub(super) fn container_name(arn: &str) -> String {
    let id = arn.rsplit('/').next().unwrap_or_default();
    format!("hcctl-{id}")
}

impl Start {
    fn command(&self, job: &Job) -> Command {
        match &self.how {
            How::Program(program) => self.program(program, job),
            How::Container(engine) => self.container(engine, job),
        }
    }

    fn program(&self, program: &Path, job: &Job) -> Command {
        let mut command = Command::new(program);
        command.env_clear();
        for name in ["PATH", "TMPDIR", "SystemRoot"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command.envs(ours(job, &format!("http://127.0.0.1:{}", self.endpoint)));
        command.env("HOST", self.address.ip().to_string());
        command.env("PORT", self.address.port().to_string());
        // Two tasks on one address must not meet at a port that nobody asked for.
        command.env("METRICS_PORT", "off");
        command.envs(&job.container.env);
        if job
            .container
            .env
            .get("PORT")
            .is_some_and(|port| port.parse() == Ok(job.container.port.unwrap_or_default()))
        {
            command.env("PORT", self.address.port().to_string());
        }
        command.args(&job.container.command);
        command.current_dir(&self.folder);
        // Ctrl-C in the server's terminal is for the server, which stops its tasks in order.
        #[cfg(unix)]
        command.process_group(0);
        command
    }

    fn container(&self, engine: &Engine, job: &Job) -> Command {
        let container = &job.container;
        let inside = container.port.unwrap_or_else(|| self.address.port());
        let mut args = vec![
            "run".to_owned(),
            "--rm".to_owned(),
            "--pull=never".to_owned(),
            "--no-healthcheck".to_owned(),
            // The container reaches the sandbox, which is on loopback, and is reached on loopback alone.
            "--network=slirp4netns:allow_host_loopback=true".to_owned(),
            format!(
                "--publish={}:{}:{inside}",
                self.address.ip(),
                self.address.port()
            ),
            format!("--name={}", container_name(&job.arn)),
            format!("--label={}", engine.label),
        ];
        if container.read_only {
            args.push("--read-only".to_owned());
        }
        args.extend(
            container
                .drop_capabilities
                .iter()
                .map(|name| format!("--cap-drop={name}")),
        );
        args.extend(container.user.iter().map(|user| format!("--user={user}")));
        args.extend(container.memory.map(|most| format!("--memory={most}m")));
        let env = ours(job, &format!("http://10.0.2.2:{}", self.endpoint));
        let env = env.into_iter().chain(container.env.clone());
        args.extend(env.map(|(name, value)| format!("--env={name}={value}")));
        let mut words = container.entry_point.iter();
        args.extend(words.next().map(|first| format!("--entrypoint={first}")));
        args.push(engine.image(job));
        args.extend(words.cloned());
        args.extend(container.command.iter().cloned());
        let mut command = Command::new(&engine.program);
        command.args(args);
        #[cfg(unix)]
        command.process_group(0);
        command
    }

    /// Starts a task, and tells what becomes of it until it has exited. The process's id goes into `pid`.
    pub(super) async fn run(self, job: Job, pid: super::supervise::Pid, told: mpsc::Sender<Told>) {
        let arn = job.arn.clone();
        if let How::Container(engine) = &self.how
            && let Err(why) = engine.pull(&job).await
        {
            drop(told.send(Told::Failed(arn, why)).await);
            return;
        }
        let mut command = self.command(&job);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => {
                let program = command.as_std().get_program().display().to_string();
                let why = format!("CannotStartContainerError: {program}: {error}");
                drop(told.send(Told::Failed(arn, why)).await);
                return;
            }
        };
        let note = child
            .id()
            .and_then(|id| leftover::note(&self.folder, id).ok());
        pid.set(child.id());
        drop(told.send(Told::Up(arn.clone())).await);
        let status = watch(&mut child, &arn, &told).await;
        pid.set(None);
        drop(note);
        let code = status.ok().and_then(code);
        drop(told.send(Told::Exited(arn, code)).await);
    }
}

/// Passes on what it writes, until it has exited.
async fn watch(child: &mut Child, arn: &str, told: &mpsc::Sender<Told>) -> io::Result<ExitStatus> {
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let lines = async {
        tokio::join!(pass_on(out, arn, told), pass_on(err, arn, told));
    };
    let mut lines = std::pin::pin!(lines);
    tokio::select! {
        () = &mut lines => child.wait().await,
        status = child.wait() => {
            // What is in the pipes still; somebody else may hold them open.
            drop(tokio::time::timeout(std::time::Duration::from_millis(200), lines).await);
            status
        }
    }
}

async fn pass_on(from: Option<impl AsyncRead + Unpin>, arn: &str, told: &mpsc::Sender<Told>) {
    let Some(from) = from else {
        return;
    };
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while let Ok(1..) = from.read_until(b'\n', &mut line).await {
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let text = &text[..text.len().min(LONGEST_LINE)];
        let text = String::from_utf8_lossy(text).into_owned();
        // A program that writes faster than can be kept waits, as it does for a log driver that blocks.
        if told.send(Told::Line(arn.to_owned(), text)).await.is_err() {
            return;
        }
        line.clear();
    }
}

/// What ECS gives a task, and what leads it to the sandbox.
fn ours(job: &Job, endpoint: &str) -> Vec<(String, String)> {
    let all = [
        ("AWS_REGION", job.region.as_str()),
        ("AWS_DEFAULT_REGION", job.region.as_str()),
        ("AWS_ENDPOINT_URL_DYNAMODB", endpoint),
        ("AWS_ACCESS_KEY_ID", "task"),
        ("AWS_SECRET_ACCESS_KEY", "any"),
    ];
    all.map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

fn code(status: ExitStatus) -> Option<i32> {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        status.code().or_else(|| Some(128 + status.signal()?))
    }
    #[cfg(not(unix))]
    status.code()
}

impl Engine {
    fn image(&self, job: &Job) -> String {
        format!(
            "{}/{}@{}",
            self.registry, job.image.repository, job.image.digest
        )
    }

    /// Pulls the image from the sandbox's registry.
    async fn pull(&self, job: &Job) -> Result<(), String> {
        let image = self.image(job);
        let credentials = format!("--creds=AWS:{}", self.password);
        let args = [
            "pull",
            "--quiet",
            "--tls-verify=false",
            credentials.as_str(),
            image.as_str(),
        ];
        let ran = Command::new(&self.program)
            .args(args)
            .stdin(Stdio::null())
            .output()
            .await;
        match ran {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr);
                let last = said.trim().lines().last().unwrap_or_default();
                Err(format!("CannotPullContainerError: {image}: {last}"))
            }
            Err(error) => Err(format!(
                "CannotPullContainerError: {} is needed to run an image that was pushed: {error}",
                self.program
            )),
        }
    }

    /// Removes one container, or all of the label.
    pub(super) async fn remove(&self, name: Option<&str>) {
        let filter = format!("label={}", self.label);
        let names = if let Some(name) = name {
            vec![name.to_owned()]
        } else {
            let args = ["ps", "--all", "--quiet", "--filter", filter.as_str()];
            let listed = Command::new(&self.program).args(args).output().await;
            let text = listed.map(|listed| listed.stdout).unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            text.lines().map(str::to_owned).collect()
        };
        if names.is_empty() {
            return;
        }
        let ran = Command::new(&self.program)
            .args(["rm", "--force", "--time=0"])
            .args(names)
            .output();
        if let Err(error) = ran.await {
            tracing::warn!(%error, "containers could not be removed");
        }
    }
}
