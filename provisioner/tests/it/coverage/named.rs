//! Two changes that were once not seen, by the real binary: a condition added to a rule, a health check on another port.

use serde_json::{Value, json};

use super::behind::Somebody;
use crate::support::served::Served;

/// Applies dev, lets somebody meddle, and demands that `drift` says these, that `apply` puts it back, and that nothing is
/// left.
fn is_seen_and_put_back(meddle: impl FnOnce(&mut Somebody), says: &[&str]) {
    let (served, place) = Served::with_place();
    let Some(mut somebody) = Somebody::at(&served.url()) else {
        return;
    };
    place.expect(0, "apply dev --yes");
    place.expect(0, "drift dev").shows(&["No drift"]);
    meddle(&mut somebody);
    place.expect(2, "plan dev --detailed-exitcode").shows(says);
    place.expect(2, "drift dev").shows(says);
    place.expect(0, "apply dev --yes");
    place.expect(0, "drift dev").shows(&["No drift"]);
}

/// The rule that patient's requests take.
fn rule(somebody: &mut Somebody) -> Value {
    let balancers = somebody.call("elbv2", "DescribeLoadBalancers", &json!({}));
    let balancer = &balancers["LoadBalancers"][0]["LoadBalancerArn"];
    let listeners = somebody.call(
        "elbv2",
        "DescribeListeners",
        &json!({ "LoadBalancerArn": balancer }),
    );
    let listener = &listeners["Listeners"][0]["ListenerArn"];
    let rules = somebody.call(
        "elbv2",
        "DescribeRules",
        &json!({ "ListenerArn": listener }),
    );
    let mut rules = rules["Rules"].as_array().unwrap().iter();
    rules
        .find(|rule| rule["Conditions"].to_string().contains("/api/patients*"))
        .unwrap()["RuleArn"]
        .clone()
}

#[test]
fn a_condition_added_to_a_rule_is_named_and_put_back() {
    let meddle = |somebody: &mut Somebody| {
        let rule = rule(somebody);
        let conditions = json!([
            { "Field": "path-pattern", "PathPatternConfig": { "Values": ["/api/patients*"] } },
            { "Field": "host-header", "HostHeaderConfig": { "Values": ["admin.example.com"] } },
        ]);
        somebody.call(
            "elbv2",
            "ModifyRule",
            &json!({ "RuleArn": rule, "Conditions": conditions }),
        );
    };
    is_seen_and_put_back(
        meddle,
        &["listener_rule/patient", "hosts", "admin.example.com"],
    );
}

#[test]
fn a_health_check_on_another_port_is_named_and_put_back() {
    let meddle = |somebody: &mut Somebody| {
        let groups = somebody.call(
            "elbv2",
            "DescribeTargetGroups",
            &json!({ "Names": ["healthcare-app-dev-patient"] }),
        );
        let group = &groups["TargetGroups"][0]["TargetGroupArn"];
        let check = json!({ "TargetGroupArn": group, "HealthCheckPort": "9999", "HealthCheckProtocol": "HTTPS" });
        somebody.call("elbv2", "ModifyTargetGroup", &check);
    };
    is_seen_and_put_back(
        meddle,
        &[
            "target_group/patient",
            "health.port",
            "9999",
            "health.protocol",
            "HTTPS",
        ],
    );
}
