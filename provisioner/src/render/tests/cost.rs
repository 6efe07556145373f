//! What a person, a program and a pull request see of costs.

use hcctl_engine::Plan;
use serde_json::json;

use super::super::text::columns;
use super::super::{PlanView, Style, cost, html, human, json as forms, markdown};
use super::scene::{STYLE, Scene};
use crate::price::Costs;
use crate::price::tests::{Stand, grown, plan, small, waiting};

/// The plans that are shown.
fn all() -> Vec<(&'static str, &'static str, Plan)> {
    let nothing = Stand::default();
    vec![
        ("new", "us-east-1", plan(&nothing, &waiting())),
        ("same", "us-east-1", plan(&small(), &small())),
        ("grows", "us-east-1", plan(&small(), &grown())),
        ("goes", "us-east-1", plan(&small(), &nothing)),
        ("elsewhere", "eu-west-1", plan(&nothing, &small())),
        ("nothing", "us-east-1", plan(&nothing, &nothing)),
    ]
}

/// The view of a plan whose costs are told.
fn with<T>(region: &str, plan: &Plan, show: impl FnOnce(&PlanView<'_>) -> T) -> T {
    let played = Scene::default().play();
    let mut view = played.view();
    view.header.region = region.to_owned();
    show(&PlanView {
        plan,
        costs: Some(Costs::of(region, plan)),
        ..view
    })
}

fn screen(view: &PlanView<'_>, width: usize) -> String {
    let mut out = Vec::new();
    let style = Style { width, ..STYLE };
    cost::human(view, &style, &mut out).expect("a Vec takes all");
    String::from_utf8(out).expect("text")
}

fn page(view: &PlanView<'_>) -> String {
    let mut out = Vec::new();
    cost::markdown(view, &mut out).expect("a Vec takes all");
    String::from_utf8(out).expect("text")
}

/// What a plan says of its costs.
fn of_plan(view: &PlanView<'_>) -> String {
    let mut out = Vec::new();
    human::plan(view, &STYLE, &mut out).expect("a Vec takes all");
    let text = String::from_utf8(out).expect("text");
    let start = text.find("Fixed cost");
    start.map_or_else(String::new, |start| text[start..].to_owned())
}

#[test]
fn costs_on_one_screen() {
    for (name, region, plan) in all() {
        let text = with(region, &plan, |view| screen(view, 80));
        assert!(text.lines().count() <= 40, "{name}\n{text}");
        insta::assert_snapshot!(format!("cost_{name}"), text);
    }
}

#[test]
fn no_line_of_costs_is_wider_than_the_terminal() {
    for width in [60, 80, 100, 132] {
        for (name, region, plan) in all() {
            let text = with(region, &plan, |view| screen(view, width));
            for line in text.lines() {
                assert!(columns(line) <= width, "{name} at {width}: '{line}'");
                assert_eq!(line, line.trim_end(), "{name} at {width}");
            }
        }
    }
}

#[test]
fn costs_for_an_issue() {
    for (name, region, plan) in all() {
        insta::assert_snapshot!(format!("cost_markdown_{name}"), with(region, &plan, page));
    }
}

#[test]
fn costs_for_programs() {
    for (name, region, plan) in all() {
        let value = with(region, &plan, forms::cost);
        assert_eq!(value["format_version"], 1);
        assert!(!value.to_string().contains("-0.0"), "{value:#}");
        if name == "grows" || name == "elsewhere" {
            insta::assert_json_snapshot!(format!("cost_json_{name}"), value);
        }
    }
}

#[test]
fn a_plan_says_it_in_one_line() {
    let lines = all().into_iter().map(|(name, region, plan)| {
        let text = with(region, &plan, of_plan);
        let text = if text.is_empty() {
            "-"
        } else {
            text.trim_end()
        };
        format!("{name}: {text}\n")
    });
    insta::assert_snapshot!(lines.collect::<String>(), @r"
    new: Fixed cost once deployed: $82.05 to $100.07 a month; nothing is there yet.
    same: Fixed cost: $82.05 to $100.07 a month.
    grows: Fixed cost: $143.57 to $220.65 a month, was $82.05 to $100.07 (+$61.52 to
      +$120.58)
    goes: Fixed cost: $0.00 a month, was $82.05 to $100.07 (-$82.05 to -$100.07)
    elsewhere: -
    nothing: Fixed cost: $0.00 a month; nothing is there yet.
    ");
}

#[test]
fn a_pull_request_is_told_what_it_costs() {
    let head = |name: &str, region: &str, plan: &Plan| {
        let mut out = Vec::new();
        with(region, plan, |view| markdown::plan(view, &mut out)).expect("a Vec takes all");
        let text = String::from_utf8(out).expect("text");
        assert_eq!(
            text.contains("<summary>Fixed costs"),
            name == "grows" || name == "goes" || name == "new",
            "{name}: {text}"
        );
        text
    };
    let mut grows = String::new();
    for (name, region, plan) in all() {
        let text = head(name, region, &plan);
        assert_eq!(text.contains("Fixed cost"), name != "elsewhere", "{text}");
        if name == "grows" {
            grows = text;
        }
    }
    let start = grows.find("Fixed cost").expect("the costs");
    let end = grows[start..].find("</details>").expect("their end");
    insta::assert_snapshot!(grows[start..start + end].to_owned(), @r"
    Fixed cost: `$143.57 to $220.65` a month, was `$82.05 to $100.07` **(`+$61.52 to +$120.58`)**

    <details><summary>Fixed costs (us-east-1 on-demand prices of August 2026; usage not included)</summary>

    | dollars a month | now | after apply | change |
    |---|--:|--:|--:|
    | appointment: 1 to 2 tasks, 0.25 vCPU, 0.5 GB | 9.01 to 18.02 | 9.01 to 18.02 | - |
    | patient: 2 to 6 tasks, 0.5 vCPU ARM64, 2 GB \* (was 1 to 2 tasks, 0.25 vCPU, 0.5 GB) | 9.01 to 18.02 | 34.03 to 102.10 | +25.02 to +84.08 |
    | 2 NAT gateways (was 1 NAT gateway) | 32.85 | 65.70 | +32.85 |
    | 1 load balancer | 16.43 | 16.43 | - |
    | 4 public IPv4 addresses \* (was 3 public IPv4 addresses) | 10.95 | 14.60 | +3.65 |
    | 8 alarms | 0.80 | 0.80 | - |
    | 1 dashboard | 3.00 | 3.00 | - |
    | **together** | **82.05 to 100.07** | **143.57 to 220.65** | **+61.52 to +120.58** |
    ");
}

#[test]
fn a_plan_for_programs_has_the_sums() {
    let of =
        |region: &str, plan: &Plan| with(region, plan, |view| forms::plan(view)["cost"].clone());
    let grows = of("us-east-1", &plan(&small(), &grown()));
    let expected = json!({
        "currency": "USD",
        "region": "us-east-1",
        "price_date": "August 2026",
        "fixed": {
            "before": {"least": 82.05, "most": 100.07},
            "after": {"least": 143.57, "most": 220.65},
            "change": {"least": 61.52, "most": 120.58},
        },
        "once_deployed": [],
        "remark": null,
    });
    assert_eq!(grows, expected);
    let elsewhere = of("eu-west-1", &plan(&Stand::default(), &small()));
    assert_eq!(elsewhere["fixed"], json!(null));
    assert_eq!(elsewhere["price_date"], json!(null));
    let remark = "Prices of eu-west-1 are not known to hcctl.";
    assert_eq!(elsewhere["remark"], remark);
    let new = of("us-east-1", &plan(&Stand::default(), &waiting()));
    assert_eq!(new["once_deployed"], json!(["appointment", "patient"]));
}

#[test]
fn a_page_shows_before_and_after() {
    for (name, region, plan) in all() {
        let mut out = Vec::new();
        with(region, &plan, |view| html::plan(view, "<svg/>", &mut out)).expect("a Vec takes all");
        let text = String::from_utf8(out).expect("text");
        let start = text.find("<section><h2>Costs</h2>").expect("the costs");
        let end = text[start..].find("</section>").expect("their end");
        if name == "grows" || name == "elsewhere" {
            insta::assert_snapshot!(
                format!("cost_html_{name}"),
                text[start..start + end].to_owned()
            );
        }
    }
}

/// A service's name comes from the file, an architecture from the account.
#[test]
fn no_name_breaks_out() {
    let evil = "a|b</td><script>`*";
    let stand = Stand::default().odd(evil);
    let plan = plan(&Stand::default(), &stand);
    let text = with("us-east-1", &plan, page);
    let row = text.lines().find(|line| line.contains("script"));
    let row = row.expect("its row").replace("\\|", "");
    assert_eq!(row.matches('|').count(), 3, "{row}");
    assert!(!row.contains("</td>") || row.contains("\\</td>"), "{row}");
    let mut out = Vec::new();
    with("us-east-1", &plan, |view| html::plan(view, "", &mut out)).expect("a Vec takes all");
    assert!(!String::from_utf8_lossy(&out).contains("<script"));
}
