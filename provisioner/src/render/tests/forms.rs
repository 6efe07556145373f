//! Plans for programs and for pull requests, and plans in files.

use hcctl_engine::{Action, Plan};
use serde_json::json;

use super::super::saved::{SavedPlan, SavedPlanError};
use super::super::{PlanView, json as forms, markdown};
use super::plans::all;
use super::scene::Scene;

fn comment(view: &PlanView<'_>) -> String {
    let mut out = Vec::new();
    markdown::plan(view, &mut out).expect("a Vec takes all");
    String::from_utf8(out).expect("text")
}

#[test]
fn a_plan_for_programs() {
    for (name, played) in all() {
        let value = forms::plan(&played.view());
        assert_eq!(value["format_version"], 1);
        let changed = played.plan.changed().count();
        assert_eq!(value["changes"].as_array().map(Vec::len), Some(changed));
        let counted = ["create", "update", "replace", "delete", "keep"]
            .map(|key| value["counts"][key].as_u64());
        let sum: u64 = counted.into_iter().flatten().sum();
        assert_eq!(sum, played.plan.changes.len() as u64, "{name}");
        if name != "everything" {
            insta::assert_json_snapshot!(format!("json_{name}"), value);
        }
    }
}

#[test]
fn a_plan_for_a_pull_request() {
    for (name, played) in all() {
        insta::assert_snapshot!(format!("markdown_{name}"), comment(&played.view()));
    }
}

/// A plan with so many changes that a comment cannot hold it.
fn huge() -> Plan {
    let mut scene = Scene::default();
    for number in 0..2_000 {
        let (before, after) = (
            json!({"threshold": number}),
            json!({"threshold": number + 1}),
        );
        scene = scene.changes(
            &format!("alarm/{number:04}"),
            &number.to_string(),
            &before,
            &after,
        );
    }
    scene
        .saw("table/old", "table-1", &json!({"key": "id"}))
        .play()
        .plan
}

#[test]
fn a_comment_is_never_too_long_and_says_what_it_leaves_out() {
    let small = Scene::default().play();
    let plan = huge();
    let view = PlanView {
        plan: &plan,
        ..small.view()
    };
    let text = comment(&view);
    assert!(text.len() < 65_000, "{}", text.len());
    assert!(text.len() > 60_000, "{}", text.len());
    // What hurts most is there, the end is not, and that is said with its number.
    assert!(
        text.contains("table  old") && text.contains("alarm/0000") && !text.contains("alarm/1999")
    );
    let shown = text.matches("~ alarm/").count();
    assert!(text.contains(&format!("**{} more entries left out**", 2_000 - shown)));
    assert!(text.trim_end().ends_with("</sub>"));
    assert_eq!(
        text.matches("<details").count(),
        text.matches("</details>").count()
    );
}

#[test]
fn no_value_breaks_out_of_a_comment() {
    let evil = "```\n</details> @everyone `x` ````";
    let played = Scene::default()
        .changes(
            "alarm/a",
            "1",
            &json!({"description": "x"}),
            &json!({"description": evil}),
        )
        .stranger("service", "````", evil)
        .play();
    let text = comment(&played.view());
    for line in text.lines().filter(|line| line.contains("@everyone")) {
        assert!(!line.starts_with('@'));
    }
    let fences = text.lines().filter(|line| line.starts_with("`````"));
    assert_eq!(fences.count(), 4, "{text}");
}

fn digest(text: &str) -> String {
    // Any function of the text does here; hcctl's own is SHA-256.
    let sum = text.bytes().fold(7_u64, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(byte.into())
    });
    format!("{sum:016x}")
}

fn saved() -> SavedPlan {
    let (_, played) = all().swap_remove(1);
    SavedPlan {
        hcctl_version: "0.1.0".to_owned(),
        project: "healthcare-app".to_owned(),
        environment: "dev".to_owned(),
        account: "123456789012".to_owned(),
        region: "us-east-1".to_owned(),
        blueprint_digest: digest(&played.plan.wanted),
        snapshot_digest: digest(&played.plan.seen),
        created_at: "2026-11-22T20:00:00Z".to_owned(),
        plan: forms::plan(&played.view()),
    }
}

#[test]
fn a_saved_plan_reads_back_as_written() {
    let text = saved().to_text(digest);
    assert_eq!(SavedPlan::from_text(&text, digest), Ok(saved()));
    // Numbers that JSON readers round are no edit.
    let plan = json!({"threshold": 0.1 + 0.2, "text": "\"seal\": \"\"", "huge": 1.797_693_134_862_315_7e308});
    let odd = SavedPlan { plan, ..saved() };
    assert!(SavedPlan::from_text(&odd.to_text(digest), digest).is_ok());
}

#[test]
fn what_is_no_saved_plan_is_refused_with_the_reason() {
    let text = saved().to_text(digest);
    let refused = |text: &str| {
        SavedPlan::from_text(text, digest)
            .expect_err("refused")
            .to_string()
    };
    assert!(refused(" \n").starts_with("it is not a saved plan (it is empty)"));
    assert!(refused("project: x").contains("it is no JSON"));
    assert!(refused("{}").contains("JSON of something else"));
    assert!(refused(&text[..text.len() / 2]).contains("it is no JSON"));
    let newer = text.replacen("\"format_version\": 1", "\"format_version\": 7", 1);
    assert_eq!(
        SavedPlan::from_text(&newer, digest),
        Err(SavedPlanError::Version { found: 7 })
    );
    assert!(refused(&newer).contains("format 7"));
    for (from, to) in [
        ("us-east-1", "us-east-2"),
        ("\"seal\"", "\"sea1\""),
        ("true", "false"),
        ("0.1.0", "0.1.1"),
    ] {
        let edited = text.replacen(from, to, 1);
        assert_ne!(edited, text);
        assert_eq!(
            SavedPlan::from_text(&edited, digest),
            Err(SavedPlanError::Edited),
            "{from}"
        );
    }
}

#[test]
fn orders_stand_only_where_something_is_replaced() {
    for (_, played) in all() {
        let value = forms::plan(&played.view());
        let changes = value["changes"].as_array().cloned().unwrap_or_default();
        for (shape, change) in changes.iter().zip(played.plan.changed()) {
            let replaced = matches!(change.action, Action::Replace(_));
            assert_eq!(shape["order"].is_string(), replaced);
        }
    }
}
