//! What drift, history and logs say.

use std::time::Duration;

use serde_json::json;

use super::super::drift::{DriftView, human, markdown};
use super::super::history::{self, HistoryView};
use super::super::logs::{self, Form};
use super::super::text::columns;
use super::super::{PlanView, Style, json as forms};
use super::plans::all;
use super::scene::{STYLE, readable};
use crate::journal::{Did, End, Ending, Entry, Happened, Planned, Run, Step, What};
use crate::logs::{Line, Previous};
use crate::operation::drift::{Drift, key};
use crate::trail::{Event, Finding, Said, Stopped, Trail};

fn text(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("a Vec takes all");
    String::from_utf8(out).expect("text")
}

fn seen<'a>(view: PlanView<'a>, who: Option<&'a Trail>) -> DriftView<'a> {
    DriftView {
        found: Drift::of(view.plan, true),
        view,
        outages: &[],
        who,
    }
}

#[test]
fn drift_reads_the_other_way_round() {
    for (name, played) in all() {
        if ["updates", "replaces", "deletes", "nothing"].contains(&name) {
            let drift = seen(played.view(), None);
            let told = text(|out| human(&drift, &STYLE, out));
            insta::assert_snapshot!(format!("drift_{name}"), told);
        }
    }
}

#[test]
fn drift_for_issues_and_programs() {
    for (name, played) in all() {
        let drift = seen(played.view(), None);
        let value = forms::drift(&drift);
        let sum: u64 = ["changed", "missing", "extra", "beside"]
            .iter()
            .filter_map(|key| value["counts"][key].as_u64())
            .sum();
        assert_eq!(value["drift"], sum > 0, "{name}");
        assert_eq!(drift.found.is_none(), sum == 0, "{name}");
        let issue = text(|out| markdown(&drift, out));
        assert!(issue.starts_with("### Drift of `dev`: "), "{issue}");
        if name == "deletes" {
            insta::assert_snapshot!("drift_issue", issue);
            insta::assert_json_snapshot!("drift_json", value);
        }
    }
}

#[test]
fn strangers_can_be_left_out() {
    let (_, played) = all().swap_remove(4);
    let plan = played.view().plan;
    assert!(!Drift::of(plan, true).is_none());
    assert!(Drift::of(plan, false).is_none());
}

#[test]
fn drift_keeps_to_the_terminals_width() {
    for width in [40, 60, 80, 132] {
        for (name, played) in all() {
            let drift = seen(played.view(), None);
            let style = Style { width, ..STYLE };
            for line in text(|out| human(&drift, &style, out)).lines() {
                let words = line
                    .split(' ')
                    .filter(|word| !["", "+", "-"].contains(word));
                let fits = columns(line) <= width || words.count() == 1;
                assert!(fits, "{name} at {width}: '{line}'");
            }
        }
    }
}

/// What CloudTrail might say of a plan: somebody of every second one, and every reason of the others.
fn told(drift: &Drift<'_>) -> Trail {
    let event = |who: &str, name: &str, via: &str| Event {
        id: "5bb38b5f-1d17-4fd2-b0b1-9c1d1e1f5f0a".to_owned(),
        name: name.to_owned(),
        source: "ec2".to_owned(),
        at: 1_782_864_300,
        who: format!("arn:aws:sts::123456789012:{who}"),
        via: via.to_owned(),
        ours: false,
        idle: false,
        resources: Vec::new(),
        texts: Vec::new(),
    };
    let mut findings = Vec::new();
    let mut add = |key: String, field: Option<String>| {
        let said = match findings.len() % 7 {
            0 | 4 => Said::By(event(
                "assumed-role/Admin/alice",
                "ModifySomething",
                "console",
            )),
            1 => Said::Nothing,
            2 => Said::By(event(
                "assumed-role/Deploy/bob@example.org",
                "PutSomethingLong",
                "aws-cli",
            )),
            3 => Said::Ours(event("user/ci", "PutSomething", "hcctl")),
            5 => Said::NoId,
            _ => Said::Unclear(event("user/carol", "PutSomething", "")),
        };
        findings.push(Finding { key, field, said });
    };
    for change in &drift.changed {
        for field in drift.fields(change) {
            add(key(change), Some(field));
        }
    }
    let extra = drift.extra.iter().flat_map(|(_, changes)| changes);
    for change in drift.missing.iter().chain(extra) {
        add(key(change), None);
    }
    for stranger in drift.beside {
        add(stranger.id.clone(), None);
    }
    Trail {
        questions: findings.len(),
        asked: findings.len().saturating_sub(2),
        findings,
        cut: false,
        stopped: Some(Stopped::Time(Duration::from_secs(20))),
    }
}

#[test]
fn who_did_it_stands_with_what_was_done() {
    for (name, played) in all() {
        let drift = seen(played.view(), None);
        let trail = told(&drift.found);
        let drift = seen(played.view(), Some(&trail));
        if ["updates", "deletes"].contains(&name) {
            insta::assert_snapshot!(
                format!("drift_who_{name}"),
                text(|out| human(&drift, &STYLE, out))
            );
        }
        if name == "deletes" {
            insta::assert_snapshot!("drift_who_issue", text(|out| markdown(&drift, out)));
            let value = forms::drift(&drift);
            insta::assert_json_snapshot!("drift_who_json", value["trail"]);
        }
        for width in [40, 60] {
            let style = Style { width, ..STYLE };
            for line in text(|out| human(&drift, &style, out)).lines() {
                let words = line
                    .split(' ')
                    .filter(|word| !["", "+", "-"].contains(word));
                assert!(
                    columns(line) <= width || words.count() == 1,
                    "{name} at {width}: '{line}'"
                );
            }
        }
    }
}

fn run(command: &str, end: End, took: Option<u64>, plan: Planned, events: Vec<Entry>) -> Run {
    let began = 1_782_864_300;
    Run {
        id: format!("{began}-{command}-4711"),
        command: command.to_owned(),
        who: "arn:aws:sts::123456789012:assumed-role/hcctl-apply/maria".to_owned(),
        began,
        ended: took.map(|took| began + took),
        end,
        hcctl: "0.1.0".to_owned(),
        plan,
        events,
    }
}

/// So many changes, of which nothing else matters.
fn planned(number: usize) -> Planned {
    let change = json!({ "address": "vpc/main", "action": "create", "risk": "none" });
    let changes = vec![change; number];
    serde_json::from_value(json!({ "digest": "0", "changes": changes })).unwrap()
}

fn applied() -> Run {
    let finished = |address: &str, verb, id: &str, took_ms| Step::Finished {
        address: address.to_owned(),
        verb,
        id: id.to_owned(),
        took_ms,
    };
    let group = "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/shop-dev/cart";
    let events = [
        finished("vpc/main", Did::Create, "vpc-0a", 1200),
        finished("log_group/cart", Did::Update, group, 90),
        Step::Failed {
            address: "table/carts".to_owned(),
            verb: Did::Create,
            fault: "dynamodb:CreateTable: LimitExceededException: too many tables are being made at the same time".to_owned(),
        },
        Step::Skipped {
            address: "service/cart".to_owned(),
            verb: Did::Create,
            because: "table/carts".to_owned(),
        },
    ];
    let events = events.map(Entry::Step).to_vec();
    run("apply", End::Failed, Some(252), planned(4), events)
}

fn outcomes(cart: Ending, stock: Ending) -> Entry {
    let pair = |name: &str, ending| (name.to_owned(), ending);
    Entry::Outcomes {
        outcomes: [pair("cart", cart), pair("stock", stock)].into(),
    }
}

fn released() -> Run {
    let digest = "sha256:449703b70a916e2409dce3f0ecab4e89645c9cf86064d59104313ba47d6e5e75";
    let events = vec![
        Entry::Release(Happened {
            service: "cart".to_owned(),
            at_ms: 4_100,
            what: What::Tasks {
                running: 1,
                wanted: 2,
            },
        }),
        outcomes(Ending::Succeeded, Ending::Succeeded),
    ];
    let plan = Planned::Images {
        images: ["cart", "stock"]
            .map(|name| (name.to_owned(), digest.to_owned()))
            .into(),
        tags: [("cart".to_owned(), "v7".to_owned())].into(),
    };
    run("deploy", End::Done, Some(42), plan, events)
}

/// The same release, that ended so.
fn ended(cart: Ending, stock: Ending) -> Run {
    let mut run = released();
    run.end = End::Failed;
    run.events[1] = outcomes(cart, stock);
    run
}

#[test]
fn history_tells_who_did_what() {
    let planned = planned(1);
    let runs = [
        released(),
        ended(Ending::RolledBack, Ending::RolledBack),
        ended(Ending::Succeeded, Ending::LeftRunning),
        applied(),
        run("apply", End::UnderWay, None, planned.clone(), vec![]),
        run("apply", End::Missing, None, planned.clone(), vec![]),
        run(
            "destroy",
            End::Stopped("interrupted".to_owned()),
            Some(3),
            planned,
            vec![],
        ),
        Run {
            who: String::new(),
            hcctl: String::new(),
            ..run(
                "rollback",
                End::Unreadable,
                None,
                Planned::default(),
                vec![],
            )
        },
    ];
    let view = HistoryView {
        project: "shop",
        environment: "dev",
        region: "us-east-1",
        runs: &runs,
    };
    insta::assert_snapshot!("history", text(|out| history::human(&view, &STYLE, out)));
    insta::assert_json_snapshot!("history_json", forms::history(&view));
    for one in [applied(), released()] {
        let told = text(|out| history::events(&one, &STYLE, out));
        insta::assert_snapshot!(format!("history_{}", one.command), told);
        assert_eq!(forms::one_run(&one)["format_version"], 1);
    }
}

fn line(message: &str) -> Line {
    Line {
        at: 1_782_864_300_250,
        service: "cart".to_owned(),
        task: "0123456789abcdef0123456789abcdef".to_owned(),
        id: "1".to_owned(),
        message: message.to_owned(),
    }
}

#[test]
fn a_line_says_who_wrote_it() {
    let mut told = String::new();
    for (color, days) in [(false, false), (false, true), (true, false)] {
        let form = Form {
            color,
            days,
            width: 6,
        };
        let several = "panic:\n\tat cart.rs:7\r\n\u{1b}[31mred";
        for message in ["{\"status\":200}", several, ""] {
            told += &text(|out| logs::human(&line(message), &form, out));
        }
    }
    let previous = Previous {
        service: "cart".to_owned(),
        task: "0123456789abcdef0123456789abcdef".to_owned(),
        stopped: Some(1_782_864_301_000),
        reason: "Essential container in task exited".to_owned(),
        exit_code: Some(137),
        lines: vec![line("cannot open the store")],
    };
    told += &text(|out| logs::stopped(&previous, false, out));
    insta::assert_snapshot!("logs", readable(&told));
    insta::assert_json_snapshot!(
        "logs_json",
        [
            forms::log_line(&line("{\"status\":200}")),
            forms::stopped_task(&previous),
        ]
    );
}
