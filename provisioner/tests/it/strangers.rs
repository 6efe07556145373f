//! What somebody else made beside ours on our listener: it is told of, and never touched.

use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, FixedResponseActionConfig, PathPatternConditionConfig, Rule,
    RuleCondition,
};
use hcctl::aws::Aws;
use hcctl_sandbox::{Quotas, Settings};

use crate::support::cases::id;
use crate::support::world::{World, lines, load, look, parse, seen, text};

/// A rule of somebody else's, at a priority that no service has yet.
async fn foreign(aws: &Aws, listener: &str, priority: i32) -> String {
    let paths = PathPatternConditionConfig::builder().values("/status");
    let condition = RuleCondition::builder()
        .field("path-pattern")
        .path_pattern_config(paths.build());
    let answer = FixedResponseActionConfig::builder().status_code("200");
    let action = Action::builder()
        .r#type(ActionTypeEnum::FixedResponse)
        .fixed_response_config(answer.build());
    let call = aws.elb.create_rule().listener_arn(listener);
    let call = call.priority(priority).conditions(condition.build());
    let made = call.actions(action.build()).send().await.unwrap();
    made.rules()[0].rule_arn().unwrap().to_owned()
}

async fn rule(aws: &Aws, arn: &str) -> Rule {
    let answer = aws.elb.describe_rules().rule_arns(arn).send().await;
    answer.unwrap().rules()[0].clone()
}

#[tokio::test]
async fn a_foreign_listener_rule_is_told_of_and_left_alone() {
    let environment = load("dev");
    let settings = Settings {
        quotas: Quotas::none(),
        ..Settings::instant()
    };
    let world = World::settled(settings, &environment).await;
    let aws = world.aws(&environment).await;
    let listener = id(seen(&aws).await.ours(), "listener", "http");
    let arn = foreign(&aws, &listener, 300).await;
    let before = rule(&aws, &arn).await;

    let plan = look(&aws, &environment).await.unwrap();
    assert!(plan.is_empty(), "{:?}", lines(&plan));
    let told: Vec<(&str, &str)> = plan
        .strangers
        .iter()
        .map(|one| (one.id.as_str(), one.what.as_str()))
        .collect();
    let what = "rule 300 on our listener: its tag Project has no value, not healthcare-app";
    assert_eq!(told, [(arn.as_str(), what)]);

    // A service in front takes 100, and the last one's usual place is the stranger's: it gets the next that is free.
    let bills = "  billing: { paths: [\"/api/bills*\"] }\n\n  patient:\n";
    let more = parse("dev", &text("dev").replacen("  patient:\n", bills, 1));
    world.converge(&more).await;
    assert_eq!(rule(&aws, &arn).await, before);
    assert_eq!(priority(&aws, "appointment").await, 301);

    // It keeps its place when the stranger leaves.
    let call = aws.elb.set_rule_priorities();
    let pair = aws_sdk_elasticloadbalancingv2::types::RulePriorityPair::builder();
    let call = call.rule_priorities(pair.rule_arn(&arn).priority(999).build());
    call.send().await.unwrap();
    let before = rule(&aws, &arn).await;
    let plan = look(&aws, &more).await.unwrap();
    assert!(plan.is_empty(), "{:?}", lines(&plan));
    world.converge(&environment).await;
    assert_eq!(rule(&aws, &arn).await, before);
}

/// The priority of a rule of ours.
async fn priority(aws: &Aws, name: &str) -> u64 {
    let snapshot = seen(aws).await;
    let mut ours = snapshot.ours().iter();
    let rule = ours.find(|seen| seen.address.kind == "listener_rule" && seen.address.name == name);
    rule.unwrap()
        .raw
        .field("priority")
        .unwrap()
        .as_u64()
        .unwrap()
}

/// A place that cannot be had is told before anything is done.
#[tokio::test]
async fn a_priority_that_is_taken_is_refused_by_the_plan() {
    let environment = load("dev");
    let settings = Settings {
        quotas: Quotas::none(),
        ..Settings::instant()
    };
    let world = World::settled(settings, &environment).await;
    let aws = world.aws(&environment).await;
    let listener = id(seen(&aws).await.ours(), "listener", "http");
    let arn = foreign(&aws, &listener, 1200).await;
    let chosen = text("dev").replacen("  patient:\n", "  patient:\n    priority: 1200\n", 1);
    let errors = look(&aws, &parse("dev", &chosen)).await.unwrap_err();
    let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let wanted = format!(
        "listener_rule/patient: priority 1200 on the listener `http` is taken by {arn}, which hcctl did not make"
    );
    assert_eq!(told, [wanted]);
}
