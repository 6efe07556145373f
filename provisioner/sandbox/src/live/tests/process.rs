//! Processes that really run.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use tokio::sync::mpsc;

use super::super::job::{Container, Image, Job, Wish};
use super::super::leftover::{self, Signal, note};
use super::super::process::{How, Start, Told};
use super::super::supervise::Pid;

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("hcctl-live-{}-{name}", std::process::id()));
    leftover::clear(&folder).unwrap();
    folder
}

/// Starts a shell that runs a script, on a task's behalf.
fn start(script: &str, folder: PathBuf) -> (Pid, mpsc::Receiver<Told>) {
    let container = Container {
        port: Some(3000),
        env: BTreeMap::from([
            ("PORT".to_owned(), "3000".to_owned()),
            ("A".to_owned(), "b".to_owned()),
        ]),
        command: vec!["-c".to_owned(), script.to_owned()],
        ..Container::default()
    };
    let image = Image {
        repository: "sh".to_owned(),
        digest: String::new(),
        pushed: false,
    };
    let job = Job {
        arn: "task".to_owned(),
        region: "eu-west-1".to_owned(),
        ip: "10.0.0.4".to_owned(),
        wish: Wish::Run,
        container,
        image,
    };
    let start = Start {
        how: How::Program("/bin/sh".into()),
        address: "127.77.0.1:3777".parse().unwrap(),
        endpoint: 4566,
        folder,
    };
    let (tell, told) = mpsc::channel(16);
    let pid = Pid::default();
    tokio::spawn(start.run(job, pid.clone(), tell));
    (pid, told)
}

async fn next(told: &mut mpsc::Receiver<Told>) -> String {
    match told.recv().await.unwrap() {
        Told::Line(_, line) => line,
        Told::Up(_) => "up".to_owned(),
        Told::Failed(_, why) => why,
        Told::Exited(_, code) => format!("exited {code:?}"),
    }
}

#[tokio::test]
async fn a_task_gets_its_settings_and_its_lines_and_its_end_are_told() {
    let script = "echo $A $HOST $PORT $AWS_REGION $AWS_ENDPOINT_URL_DYNAMODB ${HOME:-none}; echo wrong >&2; exit 3";
    let (_, mut told) = start(script, folder("settings"));
    assert_eq!(next(&mut told).await, "up");
    let mut lines = [next(&mut told).await, next(&mut told).await];
    lines.sort();
    let settings = "b 127.77.0.1 3777 eu-west-1 http://127.0.0.1:4566 none";
    assert_eq!(lines, [settings, "wrong"]);
    assert_eq!(next(&mut told).await, "exited Some(3)");
}

#[tokio::test]
async fn a_task_that_is_told_to_stop_may_finish_and_one_that_is_killed_has_the_signals_code() {
    let (pid, mut told) = start(
        "trap 'echo finishing; exit 0' TERM; echo ready; while :; do sleep 0.05; done",
        folder("term"),
    );
    assert_eq!(next(&mut told).await, "up");
    assert_eq!(next(&mut told).await, "ready");
    leftover::signal(pid.get().unwrap(), Signal::Terminate);
    assert_eq!(next(&mut told).await, "finishing");
    assert_eq!(next(&mut told).await, "exited Some(0)");
    assert_eq!(pid.get(), None);
    let (pid, mut told) = start("echo ready; exec sleep 60", folder("kill"));
    assert_eq!(next(&mut told).await, "up");
    assert_eq!(next(&mut told).await, "ready");
    leftover::signal(pid.get().unwrap(), Signal::Kill);
    assert_eq!(next(&mut told).await, "exited Some(137)");
}

#[tokio::test]
async fn what_a_killed_server_left_running_is_ended_and_nobody_elses_process_is() {
    let folder = folder("left");
    let mut left = tokio::process::Command::new("sleep")
        .arg("60")
        .spawn()
        .unwrap();
    let mut other = tokio::process::Command::new("sleep")
        .arg("60")
        .spawn()
        .unwrap();
    std::mem::forget(note(&folder, left.id().unwrap()).unwrap());
    // The same id once belonged to a process that began at another time.
    std::fs::write(folder.join(other.id().unwrap().to_string()), "1").unwrap();
    assert_eq!(leftover::clear(&folder).unwrap(), 1);
    assert!(left.wait().await.unwrap().code().is_none());
    assert!(other.try_wait().unwrap().is_none());
    other.kill().await.unwrap();
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
}
