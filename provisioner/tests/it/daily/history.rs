//! Who did what, from the journal.

use aws_sdk_s3::primitives::ByteStream;
use hcctl_sandbox::Settings;
use serde_json::Value;

use super::by_hand;
use crate::deploy::stage::{Stage, publish};
use crate::support::place::{PATIENCE, Place, wait};
use crate::support::proxy::{Hold, Proxy};
use crate::support::served::Served;

fn json(place: &Place, line: &str) -> Value {
    let ran = place.expect(0, &format!("{line} --format json"));
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn before_the_first_run_there_is_none() {
    let (_served, place) = Served::with_place();
    place
        .expect(0, "history dev")
        .shows(&["Nothing was recorded yet."]);
    assert_eq!(json(&place, "history dev")["runs"], Value::Array(vec![]));
    let ran = place.expect(1, "history dev --run 1-apply-1");
    ran.says(&["no run `1-apply-1`", "hint: list them: hcctl history dev"]);
}

#[test]
fn every_run_is_told_with_its_end() {
    let stage = Stage::new("rolling");
    publish(&stage.served, "patient", "v3");
    stage.place.expect(0, "deploy --image v3 --service patient");
    stage
        .place
        .expect(5, "deploy --image fails-start --service patient");
    let ran = stage.place.expect(0, "history dev");
    ran.shows(&[
        "History of dev: ",
        "rolled back in ",
        "patient fails-start",
        "done in ",
        "patient v3 (",
        "55 created",
        "by ",
    ]);
    let document = json(&stage.place, "history dev");
    let runs = document["runs"].as_array().unwrap();
    let told: Vec<(&str, &str)> = runs
        .iter()
        .map(|run| {
            (
                run["command"].as_str().unwrap(),
                run["outcome"].as_str().unwrap(),
            )
        })
        .collect();
    let deploys = [
        ("deploy", "rolled_back"),
        ("deploy", "done"),
        ("deploy", "done"),
    ];
    // Runs of one second have no order among themselves.
    assert_eq!(told.len(), 4);
    assert!(told.contains(&("apply", "done")), "{told:?}");
    for one in deploys {
        assert!(told.contains(&one), "{told:?}");
    }
    let failed = runs
        .iter()
        .find(|run| run["outcome"] == "rolled_back")
        .unwrap();
    assert!(
        failed["images"]["patient"]
            .as_str()
            .unwrap()
            .starts_with("sha256:")
    );
    assert_eq!(failed["tags"]["patient"], "fails-start");
    assert_eq!(failed["outcomes"]["patient"], "rolled_back");
    assert!(failed["who"].as_str().unwrap().starts_with("arn:aws:"));

    let id = failed["run"].as_str().unwrap();
    let ran = stage.place.expect(0, &format!("history dev --run {id}"));
    ran.shows(&[
        id,
        "task_stopped",
        "cannot open the store",
        "rolled back in ",
    ]);
    let run = json(&stage.place, &format!("history dev --run {id}"));
    assert!(run["events"].as_array().unwrap().len() > 2, "{run:#}");
    let apply = runs.iter().find(|run| run["command"] == "apply").unwrap();
    let id = apply["run"].as_str().unwrap();
    let ran = stage.place.expect(0, &format!("history dev --run {id}"));
    ran.shows(&["created   vpc/main", "created   service/patient"]);

    let limited = json(&stage.place, "history dev --limit 1");
    assert_eq!(limited["runs"].as_array().unwrap().len(), 1);
    stage.place.expect(3, "history dev --limit 0");
    // An id is a name in the journal and nothing else.
    stage.place.expect(1, "history dev --run ../lease");
}

#[test]
fn a_killed_run_did_not_end() {
    let served = Served::start(Settings::instant());
    let proxy = Proxy::start(&served.url());
    let reached = proxy.hold_write(20, Hold::Before);
    let held = Place::new().at(&proxy.url());
    let mut child = held.start("apply dev --yes");
    reached.recv_timeout(PATIENCE).unwrap();
    let place = Place::new().at(&served.url());
    place.expect(0, "history dev").shows(&["under way"]);
    child.kill().unwrap();
    wait(&mut child);
    place.expect(0, "unlock dev --yes");
    let ran = place.expect(0, "history dev");
    ran.shows(&["apply     did not end: 55 changes planned"]);
    assert_eq!(
        json(&place, "history dev")["runs"][0]["outcome"],
        "did_not_end"
    );
}

#[test]
fn the_newest_runs_are_found_however_many_there_are() {
    let (served, place) = Served::with_place();
    place.expect(0, "apply dev --yes");
    place.expect(0, "destroy dev --yes");
    // More than a page of older ones, and one that nobody can read.
    by_hand(&served, |aws| async move {
        let bucket = aws.bucket().await.unwrap();
        for number in 0..1_005 {
            let key = format!(
                "healthcare-app/dev/journal/{}-apply-1.json",
                1_000_000_000 + number
            );
            let body = if number == 1_004 { "{ cut" } else { "{}" };
            let call = aws.s3.put_object().bucket(&bucket).key(key);
            let body = ByteStream::from_static(body.as_bytes());
            call.body(body).send().await.unwrap();
        }
    });
    let document = json(&place, "history dev --limit 3");
    let runs = document["runs"].as_array().unwrap();
    let commands: Vec<&str> = runs
        .iter()
        .map(|run| run["command"].as_str().unwrap())
        .collect();
    assert!(commands.contains(&"destroy"), "{commands:?}");
    assert_eq!(runs[2]["outcome"], "unreadable");
    assert_eq!(runs[2]["run"], "1000001004-apply-1");
    assert_eq!(runs[2]["began"], "2001-09-09T02:03:24Z");
}
