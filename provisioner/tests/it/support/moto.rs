//! moto's server, an independent opinion on AWS, behind a proxy. Its program is named by `HCCTL_MOTO`.

use std::ffi::OsStr;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use super::detour::{self, Detour, Failures};

/// How long moto may take to come up; a busy machine needs ten seconds.
const PATIENCE: Duration = Duration::from_mins(1);

/// A moto of one's own, gone when it is dropped.
pub(crate) struct Moto {
    child: Child,
    python: PathBuf,
    /// Where moto itself listens.
    pub(crate) behind: String,
    /// Where the proxy listens.
    pub(crate) endpoint: String,
    /// What was answered with a server's error.
    pub(crate) failures: Failures,
    _runtime: Runtime,
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Moto {
    /// Starts it, or says that it is not there.
    pub(crate) fn start(detour: Box<dyn Detour>) -> Option<Self> {
        let Some(program) = std::env::var_os("HCCTL_MOTO").filter(|path| !path.is_empty()) else {
            say("skipped: HCCTL_MOTO is not set");
            return None;
        };
        let program = PathBuf::from(program);
        let port = free_port();
        let mut child = Command::new(&program)
            // AttachRolePolicy names policies of AWS.
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("HCCTL_MOTO={}: {error}", program.display()));
        let began = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            let ended = child.try_wait().expect("it is our child");
            assert!(ended.is_none(), "moto ended by itself: {ended:?}");
            assert!(began.elapsed() < PATIENCE, "moto did not come up");
            sleep(Duration::from_millis(100));
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let behind = format!("http://127.0.0.1:{port}");
        let (endpoint, failures) = detour::serve(&runtime, &behind, detour);
        Some(Self {
            child,
            python: program.with_file_name("python"),
            behind,
            endpoint,
            failures,
            _runtime: runtime,
        })
    }

    /// Runs a Python script of `tests/it` with moto's address as its first argument, straight, without the proxy.
    pub(crate) fn python<A: AsRef<OsStr>>(&self, script: &str, args: &[A]) -> Output {
        self.python_at(&self.behind, script, args)
    }

    /// The same at another address.
    pub(crate) fn python_at<A: AsRef<OsStr>>(
        &self,
        endpoint: &str,
        script: &str,
        args: &[A],
    ) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/it")
            .join(script);
        credentials(&mut Command::new(&self.python))
            .arg(script)
            .arg(endpoint)
            .args(args)
            .output()
            .expect("moto's python is beside it")
    }

    /// The real binary, aimed at the proxy.
    pub(crate) fn hcctl(&self, environments: &Path, args: &[&str]) -> Output {
        credentials(&mut Command::new(env!("CARGO_BIN_EXE_hcctl")))
            .env("AWS_ENDPOINT_URL", &self.endpoint)
            .arg("--environments")
            .arg(environments)
            .args(args)
            .output()
            .expect("cargo has built it")
    }
}

/// Nothing of the machine's own AWS settings, and credentials that open nothing.
pub(super) fn credentials(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("AWS_")
            || text.starts_with("HCCTL_")
            || text.to_ascii_lowercase().ends_with("_proxy")
        {
            command.env_remove(&name);
        }
    }
    let nothing = if cfg!(windows) { "NUL" } else { "/dev/null" };
    command
        .env("AWS_ACCESS_KEY_ID", "testing")
        .env("AWS_SECRET_ACCESS_KEY", "testing")
        .env("AWS_CONFIG_FILE", nothing)
        .env("AWS_SHARED_CREDENTIALS_FILE", nothing)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .stdin(Stdio::null())
}

/// Tests' output is kept back where they pass; a skipped one is to be seen.
pub(super) fn say(line: &str) {
    use std::io::Write as _;
    let mut stderr = std::io::stderr();
    let _ = writeln!(stderr, "{line}");
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .expect("the loopback has a free port")
        .port()
}
