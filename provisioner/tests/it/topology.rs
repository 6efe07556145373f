//! What dev and prod consist of, and what a plan says of a drift.

use std::fmt::Write as _;
use std::time::Duration;

use hcctl::blueprint;
use hcctl::render::{Header, PlanView, Style, human};
use hcctl::resources::KINDS;
use hcctl_engine::drive::catalog;
use hcctl_sandbox::{ACCOUNT, Settings};

use crate::support::world::{World, inputs, load, seen, wide};

/// Every resource with its fields: one line per resource for the overview, then the fields.
fn drawn(name: &str) -> String {
    let environment = load(name);
    let blueprint = blueprint::build(&environment, &inputs(&environment)).unwrap();
    let mut text = format!("{} resources\n", blueprint.len());
    for (address, _) in blueprint.iter() {
        let _ = writeln!(text, "  {address}");
    }
    for (address, doc) in blueprint.iter() {
        let _ = write!(text, "\n{address}\n");
        for (field, value) in doc.fields() {
            let _ = writeln!(text, "  {field}: {value}");
        }
    }
    text
}

#[test]
fn dev_is_drawn_as_written() {
    insta::assert_snapshot!("topology_dev", drawn("dev"));
}

#[test]
fn prod_is_drawn_as_written() {
    insta::assert_snapshot!("topology_prod", drawn("prod"));
}

/// Every kind is in one of the two, or no test over them tells anything of it.
#[test]
fn every_kind_is_drawn() {
    let environment = wide();
    let blueprint = blueprint::build(&environment, &inputs(&environment)).unwrap();
    for kind in KINDS {
        let name = kind.facts().name;
        assert!(
            blueprint.iter().any(|(address, _)| address.kind == name),
            "there is no {name}"
        );
    }
}

/// A rule added by hand, a tag changed by hand and an alarm made deaf by hand, and the page on which a person sees it.
#[tokio::test]
async fn a_plan_shows_what_was_changed_by_hand() {
    let environment = load("dev");
    let world = World::settled(Settings::instant(), &environment).await;
    let aws = world.aws(&environment).await;
    let snapshot = seen(&aws).await;
    let id = |kind: &str, name: &str| {
        let found = snapshot
            .ours()
            .iter()
            .find(|seen| seen.address.kind == kind && seen.address.name == name);
        found.unwrap().id.clone()
    };
    let everywhere = aws_sdk_ec2::types::IpRange::builder().cidr_ip("0.0.0.0/0");
    let ssh = aws_sdk_ec2::types::IpPermission::builder()
        .ip_protocol("tcp")
        .from_port(22)
        .to_port(22)
        .ip_ranges(everywhere.description("just for today").build());
    aws.ec2
        .authorize_security_group_ingress()
        .group_id(id("security_group", "tasks"))
        .ip_permissions(ssh.build())
        .send()
        .await
        .unwrap();
    let tag = aws_sdk_ec2::types::Tag::builder().key("Name").value("mine");
    aws.ec2
        .create_tags()
        .resources(id("vpc", "main"))
        .tags(tag.build())
        .send()
        .await
        .unwrap();
    aws.logs
        .put_retention_policy()
        .log_group_name("/ecs/healthcare-app-dev/patient")
        .retention_in_days(1)
        .send()
        .await
        .unwrap();

    let plan = world.plan(&environment).await;
    let view = PlanView {
        header: Header {
            project: environment.project.to_string(),
            environment: environment.name.to_string(),
            account: ACCOUNT.to_owned(),
            caller: format!("arn:aws:iam::{ACCOUNT}:user/maria"),
            region: environment.region.to_string(),
            file: "environments/dev.yaml".to_owned(),
            api_calls: None,
            took: Duration::ZERO,
        },
        plan: &plan,
        catalog: &catalog(KINDS),
        notes: &[],
        costs: None,
        findings: None,
    };
    let style = Style {
        color: false,
        width: 100,
        verbose: false,
    };
    let mut page = Vec::new();
    human::plan(&view, &style, &mut page).unwrap();
    // The rule's id depends on every call before it.
    let mut page = String::from_utf8(page).unwrap();
    let id = page.find("sgr-").unwrap() + "sgr-".len();
    page.replace_range(id..id + 17, &"0".repeat(17));
    insta::assert_snapshot!("plan_of_a_drift", page);
    world.converge(&environment).await;
}
