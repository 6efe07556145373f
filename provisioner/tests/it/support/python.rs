//! The Python beside moto, with boto3 and the service models that AWS publishes. Named by `HCCTL_MOTO`, as moto is.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::moto::{credentials, say};

/// Python, or nothing and a word on why.
pub fn python() -> Option<PathBuf> {
    let Some(program) = std::env::var_os("HCCTL_MOTO").filter(|path| !path.is_empty()) else {
        say("skipped: HCCTL_MOTO is not set");
        return None;
    };
    Some(PathBuf::from(program).with_file_name("python"))
}

/// A script of `tests/it` that runs, with pipes.
pub fn start(python: &Path, script: &str, args: &[&str]) -> Child {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it")
        .join(script);
    credentials(&mut Command::new(python))
        .arg(script)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python is beside moto")
}

/// Gives a script of `tests/it` a document, and answers what it prints.
pub fn ask(python: &Path, script: &str, document: &Value) -> Value {
    let mut child = start(python, script, &[]);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(document.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{script} failed");
    serde_json::from_slice(&output.stdout).unwrap()
}
