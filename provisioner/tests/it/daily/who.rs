//! Who did it: CloudTrail's answers in what drift says.

use std::collections::BTreeSet;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_sdk_applicationautoscaling::types::{ScalableDimension, ServiceNamespace};
use hcctl::resources::KINDS;
use hcctl::trail::{self, trace};
use hcctl_engine::Rule;
use hcctl_sandbox::{Delays, Settings};
use serde_json::Value;

use crate::support::answering::Answering;
use crate::support::place::Place;
use crate::support::served::Served;

fn applied(settings: Settings) -> (Served, Place) {
    let served = Served::start(settings);
    let place = Place::new().at(&served.url());
    place.expect(0, "apply dev --yes");
    (served, place)
}

/// Somebody with keys of her own and another program than hcctl.
fn alice<F: Future<Output = ()>>(served: &Served, what: impl FnOnce(SdkConfig) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("alice", "x", None, None, "test"))
            .endpoint_url(served.url())
            .load()
            .await;
        what(config).await;
    });
}

async fn retention(config: &SdkConfig, service: &str, days: i32) {
    let logs = aws_sdk_cloudwatchlogs::Client::new(config);
    let group = format!("/ecs/healthcare-app-dev/{service}");
    let call = logs.put_retention_policy().log_group_name(group);
    call.retention_in_days(days).send().await.unwrap();
}

fn resource(service: &str) -> String {
    format!("service/healthcare-app-dev-cluster/healthcare-app-dev-{service}-service")
}

async fn scale(config: &SdkConfig, service: &str) {
    let scaling = aws_sdk_applicationautoscaling::Client::new(config);
    let call = scaling
        .register_scalable_target()
        .service_namespace(ServiceNamespace::Ecs)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .resource_id(resource(service));
    let call = call.min_capacity(0).max_capacity(100);
    call.send().await.unwrap();
}

/// A field, a rule, a role, an alarm, a subnet: found by name, by owner, in the other region, and not at all.
fn meddle(served: &Served) {
    alice(served, |config| async move {
        retention(&config, "patient", 30).await;
        let iam = aws_sdk_iam::Client::new(&config);
        let call = iam
            .update_role()
            .role_name("healthcare-app-dev-ecs-execution");
        call.description("mine").send().await.unwrap();
        let ec2 = aws_sdk_ec2::Client::new(&config);
        let groups = ec2.describe_security_groups().send().await.unwrap();
        let mut groups = groups.security_groups().iter();
        let alb = groups
            .find(|one| {
                one.group_name()
                    .unwrap()
                    .starts_with("healthcare-app-dev-alb")
            })
            .unwrap();
        let range = aws_sdk_ec2::types::IpRange::builder().cidr_ip("203.0.113.7/32");
        let rule = aws_sdk_ec2::types::IpPermission::builder()
            .ip_protocol("tcp")
            .from_port(22)
            .to_port(22)
            .ip_ranges(range.build())
            .build();
        let call = ec2
            .authorize_security_group_ingress()
            .group_id(alb.group_id().unwrap());
        call.ip_permissions(rule).send().await.unwrap();
        let call = ec2.create_security_group().group_name("wizard");
        let call = call.description("made by hand");
        let call = call.vpc_id(alb.vpc_id().unwrap());
        call.send().await.unwrap();
        let metrics = aws_sdk_cloudwatch::Client::new(&config);
        let call = metrics
            .delete_alarms()
            .alarm_names("healthcare-app-dev-patient-cpu");
        call.send().await.unwrap();
        let call = ec2
            .describe_vpc_endpoints()
            .send()
            .await
            .unwrap()
            .vpc_endpoints()[0]
            .vpc_endpoint_id()
            .unwrap()
            .to_owned();
        let call = ec2.delete_vpc_endpoints().vpc_endpoint_ids(call);
        call.send().await.unwrap();
    });
}

fn json(place: &Place) -> Value {
    let ran = place.expect(2, "drift dev --format json");
    assert_eq!(ran.err, "");
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn every_hand_is_named() {
    let (served, place) = applied(Settings::instant());
    meddle(&served);
    let writes = served.sandbox.writes();
    let document = json(&place);
    let who = |list: &str, of: &str| -> Value {
        let all = document[list].as_array().unwrap();
        let one = all.iter().find(|one| {
            one["address"] == of || one["what"].as_str().is_some_and(|what| what.contains(of))
        });
        one.unwrap_or_else(|| panic!("no {of} in {document:#}"))["who"].clone()
    };
    let by = "arn:aws:iam::123456789012:user/alice";
    for (list, of, event) in [
        ("changed", "log_group/patient", "PutRetentionPolicy"),
        ("changed", "role/execution", "UpdateRole"),
        ("missing", "alarm/patient-cpu", "DeleteAlarms"),
        ("beside", "wizard", "CreateSecurityGroup"),
    ] {
        let who = who(list, of);
        assert_eq!(who["by"], by, "{of}: {document:#}");
        assert_eq!(who["event"], event, "{of}");
        assert_eq!(who["via"], "aws-sdk-rust");
        assert!(who["at"].as_str().unwrap().starts_with("2026-01-01T"));
    }
    let extra = &document["extra"][0];
    assert_eq!(extra["who"]["event"], "AuthorizeSecurityGroupIngress");
    let changed = document["changed"].as_array().unwrap();
    assert!(
        changed
            .iter()
            .all(|one| one["fields"][0]["who"]["by"] == by)
    );
    // What was known by its id alone is gone with it.
    let endpoint = &document["trail"]["unknown"][0];
    assert_eq!(endpoint["why"], "no_id", "{document:#}");
    assert_eq!(document["trail"]["stopped"], Value::Null);
    assert_eq!(document["trail"]["questions"], document["trail"]["asked"]);

    let ran = place.expect(2, "drift dev");
    ran.shows(&[
        "by user/alice, PutRetentionPolicy, 2026-01-01 00:",
        "by user/alice, UpdateRole, 2026-01-01 00:",
        "by user/alice, DeleteAlarms, ",
        "by user/alice, AuthorizeSecurityGroupIngress, ",
        "by user/alice, CreateSecurityGroup, ",
        "UTC (aws-sdk-rust)",
        "CloudTrail cannot be asked who deleted these",
    ]);
    assert!(!ran.err.contains("lookup-events"), "{}", ran.err);
    let ran = place.expect(2, "drift dev --format markdown");
    ran.shows(&[
        "by user/alice, PutRetentionPolicy, ",
        "<summary>Who did it</summary>",
    ]);
    assert_eq!(served.sandbox.writes(), writes, "drift has written");
}

#[test]
fn hcctls_own_writes_are_nobodys_meddling() {
    let (served, place) = applied(Settings::instant());
    alice(&served, |config| async move {
        retention(&config, "patient", 30).await;
    });
    place.expect(0, "apply dev --yes");
    place.edit(
        "environments/dev.yaml",
        "retention_days: 7",
        "retention_days: 14",
    );
    let ran = place.expect(2, "drift dev");
    assert!(!ran.out.contains("alice"), "{}", ran.out);
    ran.shows(&["hcctl itself wrote these last, so the file has changed since"]);
    let document = json(&place);
    let unknown = document["trail"]["unknown"].as_array().unwrap();
    assert!(
        unknown.iter().all(|one| one["why"] == "hcctl") && !unknown.is_empty(),
        "{document:#}"
    );
}

/// A scalable target is registered again to change it, and takes its policy along when it goes.
#[test]
fn whoever_scales_by_hand_is_named() {
    let (served, place) = applied(Settings::instant());
    served.sandbox.advance(2_000);
    alice(&served, |config| async move {
        scale(&config, "appointment").await;
        let scaling = aws_sdk_applicationautoscaling::Client::new(&config);
        let call = scaling
            .deregister_scalable_target()
            .service_namespace(ServiceNamespace::Ecs)
            .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
            .resource_id(resource("patient"));
        call.send().await.unwrap();
    });
    let document = json(&place);
    let by = "arn:aws:iam::123456789012:user/alice";
    for (list, kind, event) in [
        ("changed", "scalable_target", "RegisterScalableTarget"),
        ("missing", "scalable_target", "DeregisterScalableTarget"),
        ("missing", "scaling_policy", "DeregisterScalableTarget"),
    ] {
        let mut all = document[list].as_array().unwrap().iter();
        let who = &all.find(|one| one["kind"] == kind).unwrap()["who"];
        assert_eq!(who["by"], by, "{kind}: {document:#}");
        assert_eq!(who["event"], event, "{kind}");
    }
    assert_eq!(document["trail"]["unknown"], serde_json::json!([]));
}

/// CloudTrail tells whole seconds: of two writers in one, hcctl is not taken for the last.
#[test]
fn what_was_changed_in_the_second_of_an_apply_is_not_put_on_hcctl() {
    let (served, place) = applied(Settings {
        pace: hcctl_sandbox::Pace::Stepped { ms_per_call: 1 },
        ..Settings::instant()
    });
    alice(&served, |config| async move {
        scale(&config, "appointment").await;
    });
    let ran = place.expect(2, "drift dev");
    assert!(!ran.out.contains("hcctl itself"), "{}", ran.out);
    ran.shows(&[
        "Who wrote these last cannot be told, for hcctl and somebody else did",
        "scalable_target/appointment (user/alice)",
    ]);
    let unknown = &json(&place)["trail"]["unknown"];
    assert_eq!(unknown[0]["why"], "same_second", "{unknown:#}");
}

#[test]
fn what_cloudtrail_does_not_tell_yet_is_said() {
    let (served, place) = applied(Settings {
        delays: Delays {
            trail: 900_000,
            ..Delays::none()
        },
        ..Settings::instant()
    });
    alice(&served, |config| async move {
        retention(&config, "patient", 30).await;
    });
    place.expect(2, "drift dev").shows(&[
        "CloudTrail does not say who did it (it lags up to 15 minutes):",
        "log_group/patient",
    ]);
    served.sandbox.advance(900_000);
    place
        .expect(2, "drift dev")
        .shows(&["by user/alice, PutRetentionPolicy"]);
}

#[test]
fn a_failing_cloudtrail_hides_nothing_else() {
    let (served, place) = applied(Settings::instant());
    alice(&served, |config| async move {
        retention(&config, "patient", 30).await;
    });
    served.sandbox.fail_next("LookupEvents", 1_000);
    let ran = place.expect(2, "drift dev --timeout 1");
    ran.shows(&["log_group/patient", "Drift: 1 changed."]);
    let ran = place.expect(2, "drift dev --timeout 0");
    ran.shows(&["CloudTrail was asked for 0 s, and no longer: 2 of 2 questions were left."]);
}

#[test]
fn whoever_may_not_ask_is_told_the_permission() {
    let (served, place) = applied(Settings::instant());
    alice(&served, |config| async move {
        retention(&config, "patient", 30).await;
    });
    let denied = r#"{"__type":"AccessDeniedException","Message":"not authorized to perform: cloudtrail:LookupEvents"}"#;
    let denied = Answering::start(400, "application/x-amz-json-1.1", denied);
    let place = place.with("AWS_ENDPOINT_URL_CLOUDTRAIL", &denied.url());
    let ran = place.expect(2, "drift dev");
    ran.shows(&[
        "log_group/patient",
        "cloudtrail:LookupEvents is not allowed",
        "Drift: 1 changed.",
    ]);
    ran.says(&["aws cloudtrail lookup-events --region us-east-1"]);
    let document = json(&place);
    assert_eq!(document["trail"]["stopped"], "denied");
    assert_eq!(document["changed"][0]["who"], Value::Null);
}

/// Every field that can be changed in place has an event that tells of it; every kind has a row.
#[test]
fn every_kind_and_field_leaves_a_trace() {
    let rows: BTreeSet<&str> = trail::KINDS.iter().map(|row| row.kind).collect();
    let kinds: BTreeSet<&str> = KINDS.iter().map(|kind| kind.facts().name).collect();
    assert_eq!(rows, kinds);
    for kind in KINDS {
        let (facts, example) = (kind.facts(), kind.example());
        let row = trace(facts.name).unwrap();
        for (field, rule) in facts.rules {
            if matches!(rule, Rule::Update | Rule::Mention) {
                // Not `changing`: what makes one is no answer to who changed it.
                let events = row.writing(field);
                assert!(!events.is_empty(), "{}: {field}", facts.name);
            }
        }
        let fields: BTreeSet<&str> = example.fields().map(|(field, _)| field).collect();
        let named = row.writes.iter().flat_map(|(_, fields)| fields.iter());
        for field in named.chain(row.name.iter()).chain(row.owner.iter()) {
            assert!(fields.contains(field), "{} has no {field}", facts.name);
        }
    }
}
