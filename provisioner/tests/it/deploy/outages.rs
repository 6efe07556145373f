//! Requests that nobody answers between two deployments: every verb says so, and none makes it worse.

use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, ForwardActionConfig, TargetDescription, TargetGroupTuple,
};
use hcctl::aws::Aws;
use hcctl::deploy::{live, traffic};
use hcctl::resources::reach;

use super::stage::{Stage, aside};

/// Patient's rule gives its groups the weights that `weigh` makes of their healthy targets.
async fn weigh(aws: &Aws, weigh: fn(usize) -> i32) {
    let lives = live::all(aws).await.unwrap();
    let balancer = lives["patient"].spec.load_balancer.as_ref().unwrap();
    let split = traffic::splits(aws, [("patient", balancer)]).await.unwrap();
    let groups = split["patient"].groups.iter().map(|group| {
        TargetGroupTuple::builder()
            .target_group_arn(&group.arn)
            .weight(weigh(group.healthy()))
            .build()
    });
    let groups: Vec<TargetGroupTuple> = groups.collect();
    let forward = ForwardActionConfig::builder().set_target_groups(Some(groups.clone()));
    let action = Action::builder()
        .r#type(ActionTypeEnum::Forward)
        .forward_config(forward.build());
    let call = aws.elb.describe_load_balancers().send().await.unwrap();
    let balancer = call.load_balancers()[0]
        .load_balancer_arn()
        .unwrap()
        .to_owned();
    let call = aws.elb.describe_listeners().load_balancer_arn(balancer);
    let listeners = call.send().await.unwrap();
    for listener in listeners.listeners() {
        let call = aws
            .elb
            .describe_rules()
            .listener_arn(listener.listener_arn().unwrap());
        for rule in call.send().await.unwrap().rules() {
            let text = format!("{:?}", rule.actions());
            let own = groups
                .iter()
                .all(|group| text.contains(group.target_group_arn().unwrap()));
            if own && rule.is_default() != Some(true) {
                let call = aws.elb.modify_rule().rule_arn(rule.rule_arn().unwrap());
                call.actions(action.clone().build()).send().await.unwrap();
            }
        }
    }
}

/// What every verb says of weights that lead past the tasks, and that an apply puts them back.
#[track_caller]
fn is_told_and_mended(stage: &Stage, what: &str) {
    let place = &stage.place;
    place
        .expect(0, "plan dev")
        .shows(&["listener_rule/patient", what]);
    place
        .expect(2, "drift dev")
        .shows(&["listener_rule/patient", what]);
    place.expect(0, "status dev").shows(&["nobody", what]);
    // The clock of this world stands elsewhere, which alone would be a failure.
    place
        .expect(1, "doctor dev")
        .shows(&["traffic", what, "hcctl apply dev"]);
    place.expect(4, "deploy --image v2").says(&[
        "patient",
        what,
        "hcctl apply dev",
        "nothing was changed",
    ]);
    place.expect(0, "apply dev --yes");
    place.expect(0, "drift dev");
    // The outage itself is not hcctl's.
    stage.served.sandbox.reset_lowest();
    stage.is_sound();
}

#[test]
fn weights_on_the_group_without_tasks_are_told_refused_and_put_back() {
    let stage = Stage::new("blue_green");
    aside(&stage.served, async |aws| {
        weigh(&aws, |healthy| i32::from(healthy == 0)).await;
    });
    is_told_and_mended(&stage, "where no target is healthy");
    stage.place.expect(0, "deploy --image v2");
}

#[test]
fn no_weight_at_all_is_told_refused_and_put_back() {
    let stage = Stage::new("rolling");
    aside(&stage.served, async |aws| weigh(&aws, |_| 0).await);
    is_told_and_mended(&stage, "weight 0 on");
}

/// What somebody took out an apply registers again; that nobody answers is told beside it, and a new image may be the cure.
#[test]
fn a_service_that_nobody_answers_for_is_told_and_not_deployed_unasked() {
    let stage = Stage::new("rolling");
    aside(&stage.served, async |aws| {
        let all = reach::all(&aws).await.unwrap();
        let patient = all.iter().find(|one| one.service == "patient").unwrap();
        for group in patient.healthy.keys() {
            let call = aws.elb.describe_target_health().target_group_arn(group);
            let seen = call.send().await.unwrap();
            let targets = seen.target_health_descriptions().iter();
            let targets: Vec<TargetDescription> =
                targets.filter_map(|one| one.target.clone()).collect();
            let call = aws.elb.deregister_targets().target_group_arn(group);
            call.set_targets(Some(targets)).send().await.unwrap();
        }
    });
    let (place, what) = (&stage.place, "no target is healthy");
    place
        .expect(0, "plan dev")
        .shows(&["service/patient", what]);
    place
        .expect(2, "drift dev")
        .shows(&["Outage", "service/patient", what]);
    let document = place.expect(2, "drift dev --format json").out;
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["outages"][0]["address"], "service/patient");
    place
        .expect(0, "status dev")
        .shows(&["nobody answers", what]);
    // The clock of this world stands elsewhere, which alone would be a failure.
    place
        .expect(1, "doctor dev")
        .shows(&["traffic", what, "hcctl status dev"]);
    place
        .expect(4, "deploy --image v2 --service patient")
        .says(&[what, "--force", "nothing was changed"]);
    place.expect(0, "deploy --image v2 --service patient --force");
    place.expect(0, "status dev --format json");
}
