//! Security controls, before and after an apply, and what a person can do about them.

use serde_json::Value;

use super::by_hand;
use crate::support::place::Place;
use crate::support::served::Served;

fn json(place: &Place, line: &str) -> Value {
    let ran = place.expect(0, line);
    assert_eq!(ran.err, "");
    serde_json::from_str(&ran.out).unwrap()
}

/// The finding of a control; of several with different fates the first.
fn finding<'a>(findings: &'a Value, id: &str) -> Option<&'a Value> {
    let all = findings.as_array().unwrap();
    all.iter().find(|one| one["id"] == id)
}

const ACCEPT: &str = "region: us-east-1\naudit:\n  accept:\n    CloudWatch.15: the pager asks the dashboard\n    ELB.16: \"WAF is in front, in the network account\"\n";

#[test]
fn an_audit_judges_what_apply_would_make_and_then_what_is_there() {
    let (served, place) = Served::with_place();
    let before = json(&place, "audit dev --format json");
    assert_eq!(before["judged"], "after_apply");
    for one in before["findings"].as_array().unwrap() {
        assert_eq!(
            (&one["fate"], &one["status"]),
            (&"brought_in".into(), &"failed".into())
        );
    }
    assert!(served.counts().is_empty(), "an audit only reads");
    place.expect(0, "apply dev --yes");
    let made = served.counts();
    let after = json(&place, "audit dev --format json");
    assert_eq!(served.counts(), made);
    assert_eq!(after["judged"], "now");
    for one in after["findings"].as_array().unwrap() {
        assert_eq!(one["fate"], "stays", "{one:#}");
    }
    // What hcctl did not look at is there to be found, and not claimed absent.
    assert_eq!(
        finding(&after["findings"], "ELB.16").unwrap()["status"],
        "not_looked_at"
    );
    assert_eq!(
        finding(&after["findings"], "ELB.18").unwrap()["status"],
        "failed"
    );
    assert_eq!(before["counts"], after["counts"]);
    assert_eq!(
        before["passed"].as_array().unwrap().len(),
        after["passed"].as_array().unwrap().len()
    );
}

#[test]
fn an_audit_fails_at_the_severity_that_was_asked_for() {
    let (_served, place) = Served::with_place();
    place
        .expect(0, "audit dev")
        .says(&["hint: fix them, or accept one"]);
    place.expect(0, "audit dev --fail-on critical");
    let ran = place.expect(2, "audit dev --fail-on high");
    ran.says(&["error: 1 finding of what apply would make is high or worse (--fail-on high)"]);
    ran.says(&["audit.accept in environments/dev.yaml"]);
    place.expect(3, "audit dev --fail-on dreadful");
    place.expect(0, "apply dev --yes");
    let ran = place.expect(2, "audit dev --fail-on high");
    ran.says(&["error: 1 finding of what is there is high or worse"]);
    place.edit("environments/dev.yaml", "region: us-east-1\n", ACCEPT);
    let ran = place.expect(0, "audit dev --fail-on high");
    ran.shows(&[
        "Accepted 2",
        "high: the pager asks the dashboard",
        "medium: WAF is in front",
    ]);
    let ran = place.expect(2, "audit dev --fail-on medium");
    ran.says(&["findings of what is there are medium or worse"]);
    assert!(!ran.err.contains("error: 1 finding"), "{}", ran.err);
}

#[test]
fn what_is_accepted_changes_nothing_but_the_audit() {
    let (_served, place) = Served::with_place();
    place.expect(0, "apply dev --yes");
    place.expect(0, "plan dev --out p.json");
    place.edit("environments/dev.yaml", "region: us-east-1\n", ACCEPT);
    place
        .expect(0, "plan dev --detailed-exitcode")
        .shows(&["2 accepted"]);
    // The plan that was reviewed is still the plan.
    place.expect(0, "apply dev --plan p.json --yes");
    place.edit("environments/dev.yaml", "ELB.16:", "ELB.61:");
    place
        .expect(3, "audit dev")
        .says(&["did you mean `ELB.16`?"]);
    place.edit("environments/dev.yaml", "ELB.61:", "ELB.4:");
    let ran = place.expect(0, "audit dev");
    ran.shows(&["note: ELB.4 is accepted and has no finding"]);
}

#[test]
fn a_hole_that_somebody_made_is_found_and_fixed_by_apply() {
    let (served, place) = Served::with_place();
    place.expect(0, "apply dev --yes");
    by_hand(&served, |aws| async move {
        let name = aws.scope.name("tasks");
        let groups = aws.ec2.describe_security_groups().send().await.unwrap();
        let mut groups = groups.security_groups().iter();
        let ours = groups.find(|one| one.group_name() == Some(&name)).unwrap();
        let range = aws_sdk_ec2::types::IpRange::builder().cidr_ip("0.0.0.0/0");
        let rule = aws_sdk_ec2::types::IpPermission::builder()
            .ip_protocol("tcp")
            .from_port(22)
            .to_port(22)
            .ip_ranges(range.build())
            .build();
        let call = aws.ec2.authorize_security_group_ingress();
        let call = call.group_id(ours.group_id().unwrap());
        call.ip_permissions(rule).send().await.unwrap();
        let call = aws.logs.put_retention_policy().retention_in_days(1);
        let call = call.log_group_name("/ecs/healthcare-app-dev/patient");
        call.send().await.unwrap();
    });
    let ran = place.expect(2, "audit dev --fail-on critical");
    ran.shows(&[
        "Critical 1",
        "EC2.19",
        "port 22 is open to everybody",
        "fixed by apply",
        "fix: hcctl apply dev",
    ]);
    let plan = json(&place, "plan dev --format json");
    let ssh = finding(&plan["findings"], "EC2.13").unwrap();
    assert_eq!(
        (&ssh["now"], &ssh["after_apply"]),
        (&true.into(), &false.into())
    );
    assert_eq!(ssh["fix"]["by"], "apply");
    place.expect(0, "plan dev").shows(&["fixed by this plan"]);
    place.expect(0, "apply dev --yes");
    let ran = place.expect(0, "audit dev --fail-on critical");
    assert!(!ran.out.contains("Critical"), "{}", ran.out);
}

#[test]
fn a_plan_carries_its_findings_in_every_form() {
    let place = Place::new();
    let ran = place.expect(0, "--sandbox plan dev");
    ran.shows(&[
        "Findings: 1 high, ",
        "brought in by this plan",
        "hcctl --sandbox audit dev",
    ]);
    let ran = place.expect(0, "--sandbox plan dev --format markdown");
    ran.shows(&[
        "<summary>Findings: 1 high, ",
        "fix: alarms.notify: [arn:aws:sns:...]",
    ]);
    let ran = place.expect(0, "--sandbox plan dev --format html");
    ran.shows(&["<h2>Findings</h2>", "edge.certificate: arn:aws:acm:..."]);
    place.expect(0, "--sandbox plan dev --out p.json");
    let saved: Value = serde_json::from_str(&place.read("p.json")).unwrap();
    assert!(finding(&saved["plan"]["findings"], "ELB.18").is_some());
    place.expect(0, "--sandbox apply dev --plan p.json --yes");
    // Where nothing changes, the findings are still told; a plan that removes everything has none.
    place
        .expect(0, "--sandbox plan dev")
        .shows(&["Findings: 1 high, ", "No changes."]);
    let ran = place.expect(0, "--sandbox destroy dev --yes");
    assert!(!ran.out.contains("Findings"), "{}", ran.out);
}
