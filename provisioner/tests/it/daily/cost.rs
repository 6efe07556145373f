//! What it costs: before and after an apply, with every sum by hand.

use hcctl_sandbox::Settings;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::deploy::stage::Stage;
use crate::support::place::Place;
use crate::support::served::Served;

fn document(place: &Place, line: &str) -> Value {
    let ran = place.expect(0, &format!("{line} --format json"));
    assert_eq!(ran.err, "");
    serde_json::from_str(&ran.out).unwrap()
}

/// Dev, in dollars:
/// - two services of 0.25 vCPU and 0.5 GB, 1 to 2 tasks: 730 * (0.25 * 0.04048 + 0.5 * 0.004445) = 9.01 a task
/// - a NAT gateway: 730 * 0.045 = 32.85
/// - a load balancer: 730 * 0.0225 = 16.43
/// - three addresses, two of them the load balancer's: 3 * 730 * 0.005 = 10.95
/// - eight alarms and a dashboard: 0.80 + 3.00
///
/// 2 * 9.01 + 32.85 + 16.43 + 10.95 + 3.80 = 82.05; with two more tasks 100.07.
const DEV: [f64; 2] = [82.05, 100.07];

fn amount([least, most]: [f64; 2]) -> Value {
    json!({"least": least, "most": most})
}

#[test]
fn before_and_after_an_apply() {
    let (served, place) = Served::with_place();
    let ran = place.expect(0, "cost dev");
    ran.shows(&[
        "Cost of dev: healthcare-app, us-east-1, account 123456789012 as user/test",
        "Nothing is there yet.",
        "after apply",
        "  together                                                       82.05 to 100.07",
        "August 2026",
    ]);
    assert!(ran.out.lines().count() <= 40, "{}", ran.out);
    assert!(ran.out.lines().all(|line| line.len() <= 80), "{}", ran.out);
    assert_eq!(ran.err, "");
    assert_eq!(served.sandbox.writes(), 0, "cost has written");
    let cost = document(&place, "cost dev");
    assert_eq!(cost["there"], false);
    assert_eq!(cost["fixed"]["before"], amount([0.0, 0.0]));
    assert_eq!(cost["fixed"]["after"], amount(DEV));
    assert_eq!(cost["fixed"]["change"], amount(DEV));
    place
        .expect(0, "plan dev")
        .shows(&["\nFixed cost once deployed: $82.05 to $100.07 a month; nothing is there yet.\n"]);

    place.expect(0, "apply dev --yes");
    let writes = served.sandbox.writes();
    let ran = place.expect(0, "cost dev");
    ran.shows(&[
        "now\n",
        "82.05 to 100.07",
        "note: Counted as if they ran, for they wait for their first deploy",
    ]);
    assert!(!ran.out.contains("after apply"), "{}", ran.out);
    let cost = document(&place, "cost dev");
    assert_eq!(cost["there"], true);
    assert_eq!(cost["fixed"]["before"], amount(DEV));
    assert_eq!(cost["fixed"]["change"], amount([0.0, 0.0]));
    assert_eq!(served.sandbox.writes(), writes, "cost has written");
    place
        .expect(0, "plan dev")
        .shows(&["\nFixed cost once deployed: $82.05 to $100.07 a month.\n"]);
}

#[test]
fn a_change_shows_both_and_the_difference() {
    let (_served, place) = Served::with_place();
    place.expect(0, "apply dev --yes");
    place.edit("environments/dev.yaml", "nat: single", "nat: per_zone");
    // A gateway and its address: 32.85 + 3.65 = 36.50; 82.05 + 36.50 = 118.55, 100.07 + 36.50 = 136.57.
    let ran = place.expect(0, "cost dev");
    ran.shows(&["now", "after apply", "change", "+36.50", "118.55 to 136.57"]);
    let line =
        "Fixed cost once deployed: $118.55 to $136.57 a month, was $82.05 to $100.07\n  (+$36.50)";
    place.expect(0, "plan dev").shows(&[line]);
    let cost = &document(&place, "plan dev")["cost"];
    assert_eq!(cost["fixed"]["after"], amount([118.55, 136.57]));
    assert_eq!(cost["fixed"]["change"], amount([36.5, 36.5]));
    assert_eq!(cost["price_date"], "August 2026");
    place
        .expect(0, "plan dev --format markdown")
        .shows(&["`$118.55 to $136.57` a month, was `$82.05 to $100.07` **(`+$36.50`)**"]);
    place.expect(0, "cost dev --format markdown").shows(&[
        "### Cost of `dev`",
        "| **together** |",
        "**+36.50**",
    ]);
    let page = place.expect(0, "plan dev --format html");
    page.shows(&["<td>82.05 to 100.07</td><td>118.55 to 136.57</td><td>+36.50</td>"]);
    // The picture on the page says the same.
    page.shows(&["$118.55 to $136.57 a month"]);

    place
        .expect(4, "destroy dev")
        .shows(&["Fixed cost: $0.00 a month, was $82.05 to $100.07 once deployed"]);
}

#[test]
fn what_runs_is_no_promise() {
    let stage = Stage::new("blue_green");
    // Two tasks of each, up to four, and two more alarms of each on its second group: 32.85 + 16.43 + 10.95 +
    // 12 * 0.10 + 3.00 = 64.43; 2 * 18.02 + 64.43 = 100.47, 2 * 36.04 + 64.43 = 136.51.
    let ran = stage.place.expect(0, "cost dev");
    ran.shows(&[
        "100.47 to 136.51",
        "note: A deployment keeps a second set of tasks",
    ]);
    assert!(!ran.out.contains("first deploy"), "{}", ran.out);
    stage
        .place
        .expect(0, "plan dev")
        .shows(&["\nFixed cost: $100.47 to $136.51 a month.\n"]);
}

#[test]
fn a_region_without_prices_says_so_and_guesses_nothing() {
    let served = Served::start(Settings::instant());
    let place = Place::new().at(&served.url());
    place.edit("environments/dev.yaml", "us-east-1", "eu-west-1");
    let ran = place.expect(0, "cost dev");
    ran.shows(&[
        "1 NAT gateway\n",
        "Prices of eu-west-1 are not known to hcctl, only those of us-east-1",
    ]);
    assert!(!ran.out.contains('$'), "{}", ran.out);
    let cost = document(&place, "cost dev");
    assert_eq!(
        (&cost["fixed"], &cost["price_date"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(cost["usage"][0]["price"], Value::Null);
    let plan = document(&place, "plan dev");
    assert_eq!(plan["cost"]["fixed"], Value::Null);
    let remark = "Prices of eu-west-1 are not known to hcctl.";
    assert_eq!(plan["cost"]["remark"], remark);
    let ran = place.expect(0, "plan dev");
    assert!(!ran.out.contains("cost"), "{}", ran.out);
}

/// Prices may change between a plan and its apply, with another hcctl; the account and the file have not.
#[test]
fn a_saved_plan_holds_its_costs_and_is_not_bound_to_them() {
    let (_served, place) = Served::with_place();
    place.expect(0, "plan dev --out p.json");
    let mut saved: Value = serde_json::from_str(&place.read("p.json")).unwrap();
    assert_eq!(saved["plan"]["cost"]["fixed"]["after"], amount(DEV));
    saved["plan"]["cost"]["fixed"]["after"]["least"] = json!(1.25);
    saved["seal"] = json!("");
    let open = format!("{saved:#}\n");
    let digest = Sha256::digest(open.as_bytes());
    let seal: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let seal = seal.concat();
    saved["seal"] = json!(seal);
    place.write("p.json", &format!("{saved:#}\n"));
    place
        .expect(0, "apply dev --plan p.json --yes")
        .shows(&["55 created"]);
}
