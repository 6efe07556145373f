//! The lease: held, expired, broken.

use std::time::{SystemTime, UNIX_EPOCH};

use hcctl_sandbox::Settings;
use hyper::body::Bytes;
use serde_json::json;

use crate::support::place::Place;
use crate::support::served::Served;

const LEASE: &str = "hcctl-123456789012-us-east-1/healthcare-app/dev/lease.json";

/// A served sandbox in which somebody holds dev's lease for so many seconds more.
pub fn held(seconds: i64) -> (Served, Place) {
    let served = Served::start(Settings::instant());
    let place = Place::new().at(&served.url());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = i64::try_from(now.as_secs()).unwrap();
    let lease = json!({
        "owner": "arn:aws:iam::123456789012:user/maria",
        "host": "ci-7",
        "process": 4711,
        "run": "https://ci.example.com/runs/9",
        "command": "apply",
        "taken": now - 5,
        "expires": now + seconds,
    });
    put(&served, "hcctl-123456789012-us-east-1", "");
    put(&served, LEASE, &lease.to_string());
    (served, place)
}

fn put(served: &Served, path: &str, body: &str) {
    let scope = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, Signature=0";
    let request = http::Request::put(format!("http://s3.us-east-1.amazonaws.com/{path}"))
        .header("authorization", scope)
        .body(Bytes::from(body.to_owned()))
        .unwrap();
    let answer = served.sandbox.handle(&request).unwrap();
    assert_eq!(answer.status(), 200, "{:?}", answer.body());
}

#[test]
fn a_lease_held_by_another_refuses_every_write_and_names_them() {
    let (served, place) = held(3_000);
    for line in ["apply dev --yes", "apply dev --yes --format json"] {
        let ran = place.expect(4, line);
        ran.says(&[
            "error: dev is being worked on by apply of arn:aws:iam::123456789012:user/maria",
        ]);
        ran.says(&["on ci-7 (process 4711, https://ci.example.com/runs/9)"]);
        ran.says(&[
            "hint: wait: unless it is renewed, its lease ends in",
            "hcctl unlock dev",
        ]);
    }
    assert_eq!(served.counts().get("vpc"), None);
    // Reading needs no lease, and another environment has its own.
    place.expect(2, "plan dev --detailed-exitcode");
    place.expect(0, "apply prod --yes");
    place
        .expect(0, "unlock dev --yes")
        .shows(&["maria", "Broken."]);
    place.expect(0, "apply dev --yes");
    put(&served, LEASE, "{}");
    place
        .expect(1, "destroy dev --yes")
        .says(&["lease.json cannot be read"]);
}

#[test]
fn an_expired_lease_is_taken_over_with_a_notice() {
    let (_served, place) = held(-1);
    let ran = place.expect(0, "apply dev --yes");
    ran.says(&[
        "note: took over the expired lease of apply of",
        "user/maria",
    ]);
    place
        .expect(0, "unlock dev")
        .shows(&["Nobody holds the lease of dev."]);
    place.expect(0, "plan dev --detailed-exitcode");
}

#[test]
fn unlock_shows_the_holder_and_asks() {
    let (_served, place) = held(3_000);
    let ran = place.expect(4, "unlock dev");
    ran.shows(&[
        "dev: apply of arn:aws:iam::123456789012:user/maria on ci-7",
        "it ends in",
    ]);
    ran.says(&["not confirmed", "--yes"]);
    place.expect(4, "apply dev --yes");
    place.expect(0, "unlock dev --yes").shows(&["Broken."]);
    place.expect(0, "unlock dev --yes").shows(&["Nobody holds"]);
}
