//! What is not as it was applied.

use serde_json::Value;

use super::by_hand;
use crate::support::place::Place;
use crate::support::served::Served;

fn applied() -> (Served, Place) {
    let (served, place) = Served::with_place();
    place.expect(0, "apply dev --yes");
    (served, place)
}

fn json(place: &Place, code: i32) -> Value {
    let ran = place.expect(code, "drift dev --format json");
    assert_eq!(ran.err, "");
    serde_json::from_str(&ran.out).unwrap()
}

/// A field, a missing resource, a rule and a stranger.
fn meddle(served: &Served) {
    by_hand(served, |aws| async move {
        let group = aws.scope.name("alb");
        let logs = "/ecs/healthcare-app-dev/patient";
        let call = aws.logs.put_retention_policy().log_group_name(logs);
        call.retention_in_days(30).send().await.unwrap();
        let alarm = aws.scope.name("patient-cpu");
        let alarms = aws.cloudwatch.describe_alarms();
        let alarms = alarms.alarm_name_prefix(&alarm).send().await.unwrap();
        let alarm = alarms.metric_alarms()[0].alarm_name().unwrap().to_owned();
        let call = aws.cloudwatch.delete_alarms().alarm_names(alarm);
        call.send().await.unwrap();
        let groups = aws.ec2.describe_security_groups().send().await.unwrap();
        let ours = groups.security_groups().iter();
        let ours = ours
            .filter(|one| one.group_name().unwrap().starts_with(&group))
            .collect::<Vec<_>>();
        let (id, vpc) = (ours[0].group_id().unwrap(), ours[0].vpc_id().unwrap());
        let range = aws_sdk_ec2::types::IpRange::builder().cidr_ip("203.0.113.7/32");
        let rule = aws_sdk_ec2::types::IpPermission::builder()
            .ip_protocol("tcp")
            .from_port(22)
            .to_port(22)
            .ip_ranges(range.build())
            .build();
        let call = aws.ec2.authorize_security_group_ingress().group_id(id);
        call.ip_permissions(rule).send().await.unwrap();
        let call = aws.ec2.create_security_group().group_name("wizard");
        let call = call.description("made by hand").vpc_id(vpc);
        call.send().await.unwrap();
    });
}

#[test]
fn nothing_has_drifted_after_an_apply() {
    let (_served, place) = applied();
    let ran = place.expect(0, "drift dev");
    ran.shows(&["Drift of dev: healthcare-app", "No drift. dev is as "]);
    assert_eq!(ran.err, "");
    let document = json(&place, 0);
    assert_eq!(document["format_version"], 1);
    assert_eq!(document["drift"], false);
    let ran = place.expect(0, "drift dev --format markdown");
    ran.shows(&["### Drift of `dev`: none"]);
}

#[test]
fn what_was_done_by_hand_is_named_and_nothing_is_written() {
    let (served, place) = applied();
    meddle(&served);
    let writes = served.sandbox.writes();
    let ran = place.expect(2, "drift dev");
    ran.shows(&[
        "~ log_group/patient   retention_days 30 <- 7",
        "- alarm  patient-cpu",
        "Extra 1: added by hand",
        "203.0.113.7/32",
        "Beside ours, left alone",
        "wizard",
        "Drift: 1 changed, 1 missing, 1 extra, 1 beside ours.",
    ]);
    ran.says(&["hint: put it back with: hcctl apply dev"]);
    assert!(!ran.err.contains("lookup-events"), "{}", ran.err);
    place.expect(2, "drift dev --no-who").says(&[
        "aws cloudtrail lookup-events --region us-east-1",
        "AttributeValue=arn:aws:logs:us-east-1:",
    ]);
    let document = json(&place, 2);
    assert_eq!(document["drift"], true);
    let changed = &document["changed"][0];
    assert_eq!(changed["address"], "log_group/patient");
    assert_eq!(changed["fields"][0]["field"], "retention_days");
    assert_eq!(changed["fields"][0]["live"], 30);
    assert_eq!(changed["fields"][0]["file"], 7);
    assert_eq!(document["missing"][0]["address"], "alarm/patient-cpu");
    assert_eq!(document["extra"][0]["why"], "added by hand");
    assert_eq!(document["beside"][0]["kind"], "security_group");
    let ran = place.expect(2, "drift dev --format markdown");
    ran.shows(&[
        "### Drift of `dev`: 1 changed, 1 missing, 1 extra, 1 beside ours",
        "<summary>Changed 1</summary>",
        "30 <- 7",
    ]);
    assert_eq!(ran.err, "");
    assert_eq!(served.sandbox.writes(), writes, "drift has written");

    // An apply puts back what is ours, and leaves the stranger alone.
    place.expect(0, "apply dev --yes");
    let ran = place.expect(2, "drift dev");
    ran.shows(&["Drift: 1 beside ours.", "wizard"]);
    assert!(!ran.err.contains("put it back"), "{}", ran.err);
    place.expect(0, "drift dev --ours");
}

#[test]
fn what_only_follows_has_not_drifted() {
    let (served, place) = applied();
    by_hand(&served, |aws| async move {
        let name = "healthcare-app-dev-ecs-execution";
        let inline = aws.iam.list_role_policies().role_name(name);
        for policy in inline.send().await.unwrap().policy_names() {
            let call = aws.iam.delete_role_policy().role_name(name);
            call.policy_name(policy).send().await.unwrap();
        }
        let attached = aws.iam.list_attached_role_policies().role_name(name);
        for policy in attached.send().await.unwrap().attached_policies() {
            let call = aws.iam.detach_role_policy().role_name(name);
            let call = call.policy_arn(policy.policy_arn().unwrap());
            call.send().await.unwrap();
        }
        let call = aws.iam.delete_role().role_name(name);
        call.send().await.unwrap();
    });
    let plan = place.expect(0, "plan dev --format json").out;
    let plan: Value = serde_json::from_str(&plan).unwrap();
    let planned = plan["changes"].as_array().unwrap();
    assert!(planned.len() > 1, "nothing follows: {planned:?}");
    let document = json(&place, 2);
    assert_eq!(document["missing"][0]["address"], "role/execution");
    assert_eq!(document["counts"]["missing"], 1);
    assert_eq!(document["counts"]["changed"], 0, "{document:#}");
}

#[test]
fn the_file_stands_for_the_last_apply() {
    let (_served, place) = applied();
    place.edit(
        "environments/dev.yaml",
        "retention_days: 7",
        "retention_days: 14",
    );
    let ran = place.expect(2, "drift dev");
    ran.shows(&["retention_days  7 <- 14"]);
    place.edit(
        "environments/dev.yaml",
        "retention_days: 14",
        "retention_days: x",
    );
    place.expect(3, "drift dev");
}

/// A tag that is gone hides neither what else has changed, nor what is in the network that has lost it.
#[test]
fn what_has_lost_its_tags_is_told_beside_the_rest() {
    let (served, place) = applied();
    meddle(&served);
    by_hand(&served, |aws| async move {
        let vpcs = aws.ec2.describe_vpcs().set_filters(Some(aws.our_filters()));
        let vpcs = vpcs.send().await.unwrap();
        let id = vpcs.vpcs()[0].vpc_id().unwrap();
        let tag = aws_sdk_ec2::types::Tag::builder().key("Project").build();
        let call = aws.ec2.delete_tags().resources(id).tags(tag);
        call.send().await.unwrap();
    });
    let ran = place.expect(2, "drift dev --no-who");
    ran.shows(&[
        "Not recognised 1",
        "vpc/main: vpc-",
        "has lost the tag Project",
        "log_group/patient",
        "patient-cpu",
        "203.0.113.7/32",
        "1 changed, 1 missing, 1 extra, 1 beside ours, 1 not recognised",
    ]);
    ran.says(&["hint: vpc/main: put it back: aws ec2 create-tags"]);
    assert!(!ran.out.contains("not looked for"), "{}", ran.out);
    let told = json(&place, 2);
    assert_eq!(told["lost"][0]["address"], "vpc/main");
    assert_eq!(told["counts"]["lost"], 1);
    place.expect(4, "apply dev --yes");
}
