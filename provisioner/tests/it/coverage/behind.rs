//! The loop over the members that hcctl owns: each is changed behind its back by an independent client, `drift` names it,
//! `apply` puts it back, and then there is nothing left to do.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout};

use hcctl::resources::COVERAGE;
use hcctl::resources::coverage::Class;
use hcctl_engine::diff::FieldChange;
use hcctl_engine::{Address, Observed};
use hcctl_sandbox::{Quotas, Settings};
use serde_json::Value;

use super::is_under;
use super::rows::{self, Row, UNPLAYED};
use crate::support::python::{python, start};
use crate::support::served::Served;
use crate::support::site::Site;
use crate::support::world::{World, lines, parse, wide_text};

/// The owned members of a kind, each with its field; tags have a test of their own.
fn owned(kind: &str) -> BTreeMap<&'static str, &'static str> {
    let coverage = COVERAGE.iter().find(|one| one.kind == kind).unwrap();
    let all = coverage.answers.iter().flat_map(|answer| answer.members);
    let mut owned = BTreeMap::new();
    for (class, paths) in all {
        if let Class::Owned(field) = class
            && *field != "tags"
        {
            owned.extend(paths.iter().map(|path| (*path, *field)));
        }
    }
    owned
}

fn kind_of(row: &Row) -> &'static str {
    row.at.split('/').next().unwrap()
}

#[test]
fn every_member_that_can_change_is_played() {
    let mut missing = Vec::new();
    for coverage in COVERAGE {
        let played: Vec<&str> = rows::all()
            .filter(|row| kind_of(row) == coverage.kind)
            .flat_map(|row| row.members)
            .copied()
            .collect();
        let unplayed: Vec<&str> = UNPLAYED
            .iter()
            .filter(|(kind, ..)| *kind == coverage.kind)
            .flat_map(|(_, paths, _)| *paths)
            .copied()
            .collect();
        let owned = owned(coverage.kind);
        for member in owned.keys() {
            let is = |paths: &[&str]| paths.iter().any(|path| is_under(member, path));
            if !is(&played) && !is(&unplayed) {
                missing.push(format!("{}: no row changes {member}", coverage.kind));
            }
        }
        for path in played.iter().chain(&unplayed) {
            if !owned.keys().any(|member| is_under(member, path)) {
                missing.push(format!(
                    "{}: {path} is no member that hcctl owns",
                    coverage.kind
                ));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// Somebody with boto3.
pub(super) struct Somebody {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Somebody {
    /// Starts it, or says that there is no boto3.
    pub(super) fn at(url: &str) -> Option<Self> {
        let mut child = start(&python()?, "coverage/meddle.py", &[url]);
        Some(Self {
            to: child.stdin.take().unwrap(),
            from: BufReader::new(child.stdout.take().unwrap()),
            child,
        })
    }

    /// Makes a call that must succeed, and answers its answer.
    pub(super) fn call(&mut self, service: &str, operation: &str, params: &Value) -> Value {
        let call =
            serde_json::json!({ "service": service, "operation": operation, "params": params });
        writeln!(self.to, "{call}").unwrap();
        let mut line = String::new();
        self.from.read_line(&mut line).unwrap();
        let mut answer: Value = serde_json::from_str(&line).unwrap();
        match answer.get_mut("ok") {
            Some(answer) => answer.take(),
            None => panic!("{service} {operation} {params}: {answer}"),
        }
    }
}

impl Drop for Somebody {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A call's parameters with the ids and fields that they name.
fn filled(text: &str, at: &str, all: &[Observed]) -> Value {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let (name, after) = after.split_once('>').unwrap();
        let (address, field) = name
            .split_once('.')
            .map_or((name, None), |(address, field)| (address, Some(field)));
        let address: Address = if address == "id" { at } else { address }.parse().unwrap();
        let one = all.iter().find(|one| one.address == address);
        let one = one.unwrap_or_else(|| panic!("no {address}"));
        match field {
            None => out.push_str(&one.id),
            Some(field) => out.push_str(one.raw.field(field).unwrap().as_str().unwrap()),
        }
        rest = after;
    }
    out.push_str(rest);
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
}

/// The rows in rounds: in each, every resource changes once, and a service or what it runs.
fn rounds(rows: &'static [Row]) -> Vec<Vec<&'static Row>> {
    let place = |row: &Row| row.at.replace("task_definition/", "service/");
    let mut rounds: Vec<Vec<&Row>> = Vec::new();
    for row in rows {
        let free = |round: &&mut Vec<&Row>| round.iter().all(|other| place(other) != place(row));
        match rounds.iter_mut().find(free) {
            Some(round) => round.push(row),
            None => rounds.push(vec![row]),
        }
    }
    rounds
}

async fn play(site: &Site, rows: &'static [Row]) {
    let world = World::new(Settings {
        quotas: Quotas::none(),
        ..Settings::instant()
    });
    let served = Served::of(world.sandbox.clone());
    let Some(mut somebody) = Somebody::at(&served.url()) else {
        return;
    };
    site.converge(&world).await;
    let mut wrong = Vec::new();
    for round in rounds(rows) {
        let began = std::time::Instant::now();
        let aws = site.aws(&world).await;
        let all = site.seen(&aws).await.ours().to_vec();
        for row in &round {
            for (service, operation, params) in row.calls {
                somebody.call(service, operation, &filled(params, row.at, &all));
            }
        }
        let plan = site.plan(&world).await;
        for row in &round {
            let address: Address = row.at.parse().unwrap();
            let change = plan.changed().find(|change| change.address == address);
            let fields: &[FieldChange] = change.map_or(&[], |change| &change.fields);
            let named: BTreeSet<&str> = fields.iter().map(|field| field.field.as_str()).collect();
            let owned = owned(kind_of(row));
            for (member, field) in &owned {
                let is = row.members.iter().any(|path| is_under(member, path));
                if is && !named.contains(field) {
                    wrong.push(format!(
                        "{}: {member} is changed, and {field} is not named",
                        row.at
                    ));
                }
            }
            let seen: Vec<String> = fields
                .iter()
                .filter_map(|field| field.before.as_ref())
                .map(Value::to_string)
                .collect();
            let seen = seen.join("\n").replace("\\\"", "\"");
            let silent = row.says.iter().filter(|text| !seen.contains(**text));
            wrong.extend(silent.map(|text| format!("{}: `{text}` is not told: {seen}", row.at)));
        }
        let report = site.apply(&world, &plan).await;
        if !report.complete() {
            let what: Vec<String> = round
                .iter()
                .map(|row| format!("{} {:?}", row.at, row.members))
                .collect();
            panic!("{what:#?}\n{:#?}\n{wrong:#?}", report.failed);
        }
        let left = lines(&site.plan(&world).await);
        if !left.is_empty() {
            wrong.push(format!("left after an apply: {left:#?}"));
            site.converge(&world).await;
        }
        println!("{} rows in {:?}", round.len(), began.elapsed());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// dev with TLS and canary deployments, which have most members.
fn environment() -> Site {
    let certificate = "certificate: \"arn:aws:acm:us-east-1:123456789012:certificate/11111111-1111-4111-8111-111111111111\"";
    let strategy = "strategy: canary\n  percent: 10\n  canary_minutes: 2\n  bake_minutes: 8\n  test_port: 8443";
    let text = wide_text()
        .replace("certificate: null", certificate)
        .replace("strategy: rolling", strategy);
    Site::Environment(Box::new(parse("dev", &text)))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_boto3_changes_in_the_network_is_named_and_put_back() {
    play(&environment(), rows::network::ROWS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_boto3_changes_at_the_edge_is_named_and_put_back() {
    play(&environment(), rows::edge::ROWS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_boto3_changes_of_the_services_is_named_and_put_back() {
    play(&environment(), rows::compute::ROWS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_boto3_changes_of_listener_rules_is_named_and_put_back() {
    play(&environment(), rows::rules::ROWS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_boto3_changes_of_task_definitions_is_named_and_put_back() {
    play(&environment(), rows::definition::ROWS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_boto3_changes_of_the_rest_is_named_and_put_back() {
    play(&environment(), rows::rest::ROWS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_boto3_changes_of_the_accounts_set_up_is_named_and_put_back() {
    let [_, set_up] = Site::both();
    play(&set_up, rows::rest::ACCOUNT).await;
}
