//! What a look at the account and an apply cost, in calls and in dependent rounds of calls. No clock is involved.

use std::fmt::Write as _;

use hcctl::environment::Environment;
use hcctl::journal::{Journal, Outcome, Planned};
use hcctl::lock::Lease;
use hcctl_sandbox::{Quotas, Settings};

use crate::support::rounds::{Line, Rounds};
use crate::support::world::{World, lines, load, look, parse, text};

/// How many calls a plan of dev may make, in how many rounds, and how many each further service may add.
///
/// Three kinds of call see what else could be changed unseen, and are made in rounds that are there anyway: one per listener
/// for its attributes (response headers such as CORS and HSTS), and one per repository and per table for its own policy, by
/// which another account could push an image or read the data.
const PLAN: u32 = 60;
const ROUNDS: usize = 3;
const PER_SERVICE: u32 = 10;
/// How many calls a first apply of dev may make, its plan included.
const APPLY: u32 = 200;

fn settings() -> Settings {
    Settings {
        quotas: Quotas::none(),
        ..Settings::instant()
    }
}

/// Dev with so many services.
fn services(number: usize) -> Environment {
    let dev = text("dev");
    let (head, rest) = dev.split_once("services:\n").unwrap();
    let (_, tail) = rest.split_once("\nauth:").unwrap();
    let mut text = format!("{head}services:\n");
    for n in 0..number {
        let _ = writeln!(
            text,
            "  s{n:02}: {{ paths: [\"/api/s{n:02}/*\"], table: t{n:02} }}"
        );
    }
    parse("dev", &format!("{text}\nauth:{tail}"))
}

/// The calls and rounds of a plan without changes.
async fn idle(world: &World, environment: &Environment) -> (u32, Rounds) {
    let line = Line::default();
    let http = line.over(world.sandbox.http_client());
    let aws = world.aws_over(http, environment).await;
    let (plan, rounds) = line.rounds(look(&aws, environment)).await;
    assert_eq!(lines(&plan.unwrap()), Vec::<String>::new());
    assert_eq!(rounds.iter().sum::<usize>(), aws.calls() as usize);
    (aws.calls(), rounds)
}

#[tokio::test]
async fn a_plan_without_changes_takes_few_calls_in_three_rounds() {
    for name in ["dev", "prod"] {
        let environment = load(name);
        let world = World::settled(settings(), &environment).await;
        let (calls, rounds) = idle(&world, &environment).await;
        println!("plan of {name}: {calls} calls in rounds of {rounds:?}");
        assert!(calls <= PLAN, "{name}: {calls} calls");
        assert!(rounds.len() <= ROUNDS, "{name}: rounds of {rounds:?}");
    }
}

#[tokio::test]
async fn a_first_apply_takes_few_calls() {
    let environment = load("dev");
    // The waits as a person has them: polls count.
    let world = World::new(Settings::stepped());
    let aws = world.aws(&environment).await;
    let plan = look(&aws, &environment).await.unwrap();
    // As the verb does it: under a lease, with a journal.
    let lease = Lease::take(&aws, "apply").await.unwrap();
    let journal = Journal::begin(&aws, "apply", Planned::default())
        .await
        .unwrap();
    let report = world.apply_with(&aws, &plan).await;
    assert!(report.complete(), "{:#?}", report.failed);
    journal.end(&aws, Outcome::of(&report)).await.unwrap();
    lease.release().await.unwrap();
    println!("first apply of dev: {} calls", aws.calls());
    assert!(aws.calls() <= APPLY, "{} calls", aws.calls());
}

#[tokio::test]
async fn a_service_more_takes_few_calls_more() {
    let mut seen: Vec<(u32, u32)> = Vec::new();
    for number in [2, 3, 10, 50] {
        let environment = services(number);
        let world = World::settled(settings(), &environment).await;
        let (calls, rounds) = idle(&world, &environment).await;
        println!("plan of {number} services: {calls} calls in rounds of {rounds:?}");
        seen.push((number as u32, calls));
    }
    for pair in seen.windows(2) {
        let [(few, before), (many, after)] = pair else {
            unreachable!("windows of two")
        };
        let allowed = before + PER_SERVICE * (many - few);
        assert!(
            *after <= allowed,
            "from {few} to {many} services: {before} to {after} calls"
        );
    }
}
