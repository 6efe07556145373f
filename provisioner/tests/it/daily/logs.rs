//! What the services write.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};

use serde_json::Value;

use crate::deploy::stage::Stage;
use crate::support::place::{interrupt, wait};
use crate::support::served::Served;

fn lines(out: &str) -> Vec<Value> {
    out.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn lines_of_all_services_come_in_the_order_of_time() {
    let stage = Stage::new("rolling");
    let ran = stage.place.expect(0, "logs dev --since 3650d");
    ran.shows(&["patient     ", "appointment ", "listening"]);
    assert_eq!(ran.err, "");
    let ran = stage
        .place
        .expect(0, "logs dev --since 3650d --format json");
    let all = lines(&ran.out);
    let times: Vec<&str> = all
        .iter()
        .map(|line| line["time"].as_str().unwrap())
        .collect();
    assert!(times.is_sorted(), "{times:?}");
    let services: BTreeSet<&str> = all
        .iter()
        .map(|line| line["service"].as_str().unwrap())
        .collect();
    assert_eq!(services, BTreeSet::from(["appointment", "patient"]));
    assert!(all.iter().all(|line| line["format_version"] == 1));
    // Two tasks of each service.
    let tasks: BTreeSet<&str> = all
        .iter()
        .map(|line| line["task"].as_str().unwrap())
        .collect();
    assert!(
        tasks.len() >= 4 && tasks.iter().all(|task| task.len() == 32),
        "{tasks:?}"
    );

    let only = stage
        .place
        .expect(0, "logs dev --since 3650d --service patient --format json");
    assert!(
        lines(&only.out)
            .iter()
            .all(|line| line["service"] == "patient")
    );
    let some = stage
        .place
        .expect(0, "logs dev --since 3650d --grep listen --format json");
    let some = lines(&some.out);
    assert!(some.len() >= 4);
    assert!(some.iter().all(|line| line["message"] == "listening"));
    let none = stage
        .place
        .expect(0, "logs dev --since 3650d --grep Listen");
    assert_eq!(none.out, "");
    none.says(&["No such lines"]);
}

#[test]
fn what_is_asked_wrongly_is_refused() {
    let (_served, place) = Served::with_place();
    place
        .expect(3, "logs dev --service doctor")
        .says(&["no service `doctor`", "appointment, patient"]);
    for wrong in [
        "--since 10",
        "--since soon",
        "--previous --follow",
        "--previous --since 1h",
    ] {
        place.expect(3, &format!("logs dev {wrong}"));
    }
    let ran = place.expect(0, "logs dev");
    ran.says(&["note: patient has no log group yet", "hcctl apply dev"]);
    assert_eq!(ran.out, "");
    let ran = place.expect(0, "logs dev --previous");
    ran.says(&["patient: no task stopped in the last hour"]);
}

#[test]
fn the_task_that_stopped_last_tells_why() {
    let stage = Stage::new("rolling");
    stage
        .place
        .expect(5, "deploy --image fails-start --service patient");
    let ran = stage
        .place
        .expect(0, "logs dev --previous --service patient --format json");
    let told = &lines(&ran.out)[0];
    assert_eq!(told["service"], "patient");
    assert!(!told["reason"].as_str().unwrap().is_empty());
    let said = told["lines"].as_array().unwrap();
    assert!(
        said.iter().any(|line| line["message"] == "listening"),
        "{told:#}"
    );
    let ran = stage.place.expect(0, "logs dev --previous");
    ran.shows(&["patient: task ", " stopped 20"]);
}

#[test]
fn new_lines_are_followed_once_each_until_ctrl_c() {
    let stage = Stage::new("rolling");
    let mut child = stage
        .place
        .start("logs dev --follow --timeout 120 --since 3650d --service patient --format json");
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut read = || {
        let mut line = String::new();
        assert_ne!(out.read_line(&mut line).unwrap(), 0, "it ended");
        serde_json::from_str::<Value>(&line).unwrap()
    };
    let mut all = vec![read()];
    let known = |all: &[Value]| -> BTreeSet<String> {
        all.iter()
            .map(|line| line["task"].as_str().unwrap().to_owned())
            .collect()
    };
    while known(&all).len() < 2 {
        all.push(read());
    }
    // Two tasks more, and the farewell of the two old ones.
    stage.place.expect(0, "deploy --image v2 --service patient");
    while known(&all).len() < 4 {
        all.push(read());
    }
    interrupt(&child);
    wait(&mut child);
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    all.extend(lines(&rest));
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let distinct: BTreeSet<String> = all.iter().map(ToString::to_string).collect();
    assert_eq!(distinct.len(), all.len(), "a line came twice: {all:#?}");
}

#[test]
fn a_time_limit_ends_the_following() {
    let stage = Stage::new("rolling");
    let ran = stage
        .place
        .expect(0, "logs dev --follow --since 3650d --timeout 0");
    ran.shows(&["listening"]);
}
