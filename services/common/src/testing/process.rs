//! A service's program as a child: started, asked over real connections, told to stop, or killed.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A running service.
pub struct Process {
    child: Child,
    /// Where it serves.
    pub address: SocketAddr,
    /// Where its metrics are.
    pub metrics: SocketAddr,
    /// Everything it has written.
    pub output: PathBuf,
    /// From its start to its first answer on `/health`.
    pub ready_after: Duration,
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|free| free.local_addr())
        .expect("a free port")
        .port()
}

impl Process {
    /// Starts the program in `directory` with these settings and waits until it answers.
    pub fn start(program: &str, directory: &Path, settings: &[(&str, &str)]) -> Self {
        let wanted = settings
            .iter()
            .find(|(name, _)| *name == "PORT")
            .and_then(|(_, port)| port.parse().ok());
        let (port, metrics) = (wanted.unwrap_or_else(free_port), free_port());
        let output = directory.join(format!("{port}-{metrics}.log"));
        let file = File::create(&output).expect("a log file");
        let begin = Instant::now();
        let child = Command::new(program)
            .current_dir(directory)
            .env_clear()
            .env("PORT", port.to_string())
            .env("METRICS_PORT", metrics.to_string())
            .env("DATABASE", directory.join("store.db"))
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("a second handle"))
            .stderr(file)
            .spawn()
            .expect("the program starts");
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut process = Self {
            child,
            address,
            metrics: SocketAddr::from(([127, 0, 0, 1], metrics)),
            output,
            ready_after: Duration::ZERO,
        };
        while !crate::probe::alive(address).unwrap_or(false) {
            assert!(
                begin.elapsed() < Duration::from_secs(30),
                "not alive after 30 s: {}",
                process.text()
            );
            if let Some(status) = process.child.try_wait().expect("the child can be asked") {
                panic!("ended at once ({status}): {}", process.text());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        process.ready_after = begin.elapsed();
        process
    }

    /// What it has written so far.
    pub fn text(&self) -> String {
        std::fs::read_to_string(&self.output).unwrap_or_default()
    }

    /// Ends it with SIGKILL, without any chance to tidy up.
    pub fn kill(&mut self) {
        self.child.kill().expect("the child is ours");
        self.child.wait().expect("the child ends");
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        let sent = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .expect("kill runs");
        assert!(sent.success());
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("the child ends")
    }

    /// Its resident memory in kibibytes.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .expect("the child runs");
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .expect("the kernel says");
        line.split_whitespace()
            .nth(1)
            .and_then(|number| number.parse().ok())
            .expect("a number")
    }

    /// Sends bytes on a connection of their own and reads to its end, or for as long as `patience`.
    pub fn raw(&self, bytes: &[u8], patience: Duration) -> String {
        let mut stream = TcpStream::connect(self.address).expect("connected");
        stream.set_read_timeout(Some(patience)).expect("set");
        // It may answer and close before all is sent.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            answer.extend_from_slice(&buffer[..count]);
        }
        String::from_utf8_lossy(&answer).into_owned()
    }
}

/// Runs schemathesis, signed in, against a service's own page, where `HCCTL_SCHEMATHESIS` names the program; a bounded
/// version of what `services/ci.sh` does.
pub async fn schemathesis(program: &str, resource: &str) {
    let tool = match std::env::var("HCCTL_SCHEMATHESIS") {
        Ok(tool) if !tool.is_empty() => tool,
        _ => {
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: schemathesis (set HCCTL_SCHEMATHESIS to a schemathesis)"
            );
            return;
        }
    };
    let issuer = super::issuer::Issuer::start(0).await;
    let token = issuer.token("tester", &format!("{resource}:read {resource}:write"));
    let directory = tempfile::tempdir().expect("a directory");
    let (url, audience) = (issuer.url(), super::issuer::AUDIENCE);
    let sign_in = [
        ("AUTH_ISSUER", &*url),
        ("AUTH_AUDIENCE", audience),
        ("AUTH_ALGORITHM", "ES256"),
    ];
    let process = Process::start(program, directory.path(), &sign_in);
    let settings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemathesis.toml");
    let output = tokio::process::Command::new(tool)
        .arg("--config-file")
        .arg(settings)
        .args([
            "run",
            &format!("http://{}/openapi.json", process.address),
            "--max-examples",
            "8",
            "--seed",
            "5",
            "--no-color",
        ])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .current_dir(directory.path())
        .output()
        .await
        .expect("HCCTL_SCHEMATHESIS names a program");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
