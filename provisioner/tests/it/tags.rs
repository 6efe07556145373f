//! Somebody takes tags away from one of each kind: what a plan then says, and what an apply does, stands in snapshots/.
//!
//! Whatever it is, nothing may be doubled or left behind unnoticed, and putting the tags back is a way out.

use std::fmt::Write as _;

use hcctl::aws::{ADDRESS, Aws, Tags};
use hcctl::environment::Environment;
use hcctl::resources::KINDS;
use hcctl_engine::drive::catalog;
use hcctl_engine::plan::{PlanError, plan};
use hcctl_engine::{Blueprint, Observed, Plan};
use hcctl_sandbox::{ACCOUNT, Quotas, Settings};

use crate::support::world::{World, lines, look, parse, seen, wide, wide_text};

/// By kind, the one that loses its tags; without a name, a kind that has none.
const LOSERS: &[(&str, Option<&str>)] = &[
    ("vpc", Some("main")),
    ("default_security_group", None),
    ("internet_gateway", Some("main")),
    ("subnet", Some("private-a")),
    ("elastic_ip", Some("nat-a")),
    ("nat_gateway", Some("a")),
    ("route_table", Some("private-a")),
    ("vpc_endpoint", Some("s3")),
    ("security_group", Some("tasks")),
    ("security_group_rule", Some("alb-http")),
    ("load_balancer", Some("main")),
    ("target_group", Some("patient")),
    ("listener", Some("http")),
    ("listener_rule", Some("patient")),
    ("role", Some("patient-task")),
    ("repository", Some("patient")),
    ("log_group", Some("patient")),
    ("table", Some("patients")),
    ("cluster", Some("main")),
    ("queue", Some("mailer")),
    ("namespace", Some("main")),
    ("alarm", Some("patient-cpu")),
    ("task_definition", Some("patient")),
    ("service", Some("patient")),
    ("scalable_target", Some("patient")),
    ("scaling_policy", None),
    ("dashboard", Some("main")),
];

#[tokio::test]
async fn what_has_lost_its_address() {
    insta::assert_snapshot!("tags_address", played(|key| key == ADDRESS).await);
}

#[tokio::test]
async fn what_has_lost_every_tag() {
    insta::assert_snapshot!("tags_all", played(|_| true).await);
}

#[tokio::test]
async fn what_has_lost_its_project() {
    insta::assert_snapshot!("tags_project", played(|key| key == "Project").await);
}

#[tokio::test]
async fn what_has_lost_its_environment() {
    insta::assert_snapshot!("tags_environment", played(|key| key == "Environment").await);
}

/// An account-wide tagger writes on everything: what the file or a default says to ignore is no difference, stays when hcctl
/// changes tags, and everything else is taken away as before.
#[tokio::test]
async fn tags_that_others_keep_are_left_alone() {
    let text = wide_text();
    assert!(!text.contains("\ntags:"));
    let environment = parse(
        "dev",
        &format!("{text}\ntags: {{ ignore: [cost-*], team: care }}\n"),
    );
    let settings = Settings {
        quotas: Quotas::none(),
        ..Settings::instant()
    };
    let world = World::settled(settings, &environment).await;
    let aws = world.aws(&environment).await;
    let theirs = [("AutoTag_Creator", "somebody"), ("cost-center", "4711")];
    for (kind, name) in LOSERS
        .iter()
        .filter_map(|(kind, name)| Some((kind, (*name)?)))
    {
        let one = observed(&aws, kind, name).await;
        let mut more = Tags::new();
        more.extend(theirs.map(|(key, value)| (key.to_owned(), value.to_owned())));
        retag(&aws, kind, &one.id, &Tags::new(), &more).await;
    }
    let plan = world.plan(&environment).await;
    assert!(plan.is_empty(), "{:#?}", lines(&plan));

    // A tag of the file's own that changes goes through, and theirs are still there.
    let renamed = format!("{text}\ntags: {{ ignore: [cost-*], team: cure }}\n");
    let changed = parse("dev", &renamed);
    world.converge(&changed).await;
    // Without the pattern the second of them is a stranger's on ours, and goes.
    let bare = parse("dev", &format!("{text}\ntags: {{ team: cure }}\n"));
    let plan = world.plan(&bare).await;
    for (kind, name) in LOSERS
        .iter()
        .filter_map(|(kind, name)| Some((kind, (*name)?)))
    {
        let address = format!("{kind}/{name}");
        let change = plan
            .changed()
            .find(|change| change.address.to_string() == address);
        let change = change.unwrap_or_else(|| panic!("{address}: {:#?}", lines(&plan)));
        let fields: Vec<&str> = change.fields.iter().map(|it| it.field.as_str()).collect();
        assert_eq!(fields, ["tags"], "{address}");
        let told = format!("{:?}", change.fields);
        assert!(
            told.contains("cost-center") && !told.contains("AutoTag"),
            "{address}: {told}"
        );
    }
    world.converge(&bare).await;
}

/// Takes the tags that `gone` names from one of each kind, tells what happens, and puts them back.
async fn played(gone: fn(&str) -> bool) -> String {
    let environment = wide();
    let settings = Settings {
        quotas: Quotas::none(),
        ..Settings::instant()
    };
    let world = World::settled(settings, &environment).await;
    let mut page = String::new();
    for kind in KINDS {
        let kind = kind.facts().name;
        let (_, name) = LOSERS
            .iter()
            .find(|(of, _)| *of == kind)
            .unwrap_or_else(|| panic!("no case for {kind}"));
        let Some(name) = name else {
            let _ = writeln!(page, "== {kind}: has no tags\n");
            continue;
        };
        let aws = world.aws(&environment).await;
        let one = observed(&aws, kind, name).await;
        let spec: Tags = one
            .raw
            .field("tags")
            .unwrap()
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned()))
            .collect();
        let whole = aws.tags(kind, name, &spec);
        let mut rest = whole.clone();
        rest.retain(|key, _| !gone(key));
        retag(&aws, kind, &one.id, &whole, &rest).await;
        let _ = writeln!(page, "== {kind}/{name}");
        page += &told(&world, &environment, &one).await;
        // Some are made ours again by the apply, some are gone by now.
        if observe(&aws, kind)
            .await
            .iter()
            .any(|seen| seen.id == one.id && &seen.address.name == name)
        {
            page += "it is ours again\n";
        } else {
            retag(&aws, kind, &one.id, &rest, &whole).await;
        }
        page.push('\n');
        world.converge(&environment).await;
    }
    page
}

/// What apply and destroy plan, and what comes of it.
async fn told(world: &World, environment: &Environment, one: &Observed) -> String {
    let mut page = String::new();
    let hide = |text: &str| text.replace(&one.id, "ID");
    let aws = world.aws(environment).await;
    let end = plan(&catalog(KINDS), &Blueprint::empty(), &seen(&aws).await);
    match &end {
        Ok(end) if deletes(end, one) => page += "destroy: takes it along\n",
        Ok(_) => page += "destroy: passes it by\n",
        Err(errors) => page += &hide(&refusal("destroy", errors)),
    }
    match look(&aws, environment).await {
        Err(errors) => page += &hide(&refusal("apply", &errors)),
        Ok(plan) => {
            for line in lines(&plan) {
                let _ = writeln!(page, "apply: {}", hide(&line));
            }
            for stranger in &plan.strangers {
                let _ = writeln!(
                    page,
                    "apply: beside ours {}: {}",
                    hide(&stranger.id),
                    hide(&stranger.what)
                );
            }
            let report = world.apply(environment, &plan).await;
            for (address, _, fault) in &report.failed {
                let code = fault.code.as_deref().unwrap_or_default();
                let _ = writeln!(page, "then: {address}: {code}");
            }
            let left = world.plan(environment).await;
            for line in lines(&left) {
                let _ = writeln!(page, "left: {}", hide(&line));
            }
        }
    }
    page
}

fn deletes(plan: &Plan, one: &Observed) -> bool {
    plan.changed()
        .any(|change| change.before.as_ref().is_some_and(|seen| seen.id == one.id))
}

fn refusal(verb: &str, errors: &[PlanError]) -> String {
    let mut page = String::new();
    for error in errors {
        let _ = writeln!(page, "{verb} refuses: {error}");
        if let PlanError::Lost(lost) = error {
            let _ = writeln!(page, "  hint: {}", lost.remedy);
        }
    }
    page
}

async fn observe(aws: &Aws, kind: &str) -> Vec<Observed> {
    let snapshot = seen(aws).await;
    let ours = snapshot.ours().iter();
    ours.filter(|seen| seen.address.kind == kind)
        .cloned()
        .collect()
}

async fn observed(aws: &Aws, kind: &str, name: &str) -> Observed {
    let all = observe(aws, kind).await;
    let one = all.into_iter().find(|seen| seen.address.name == name);
    one.unwrap_or_else(|| panic!("no {kind}/{name}"))
}

/// Changes tags by each service's own calls.
async fn retag(aws: &Aws, kind: &str, id: &str, before: &Tags, after: &Tags) {
    let service = id.split(':').nth(2).unwrap_or("ec2");
    let name = id.rsplit('/').next().unwrap();
    let outcome = match service {
        "ec2" => aws.retag_ec2(id, before, after).await,
        "elasticloadbalancing" => aws.retag_elb(id, before, after).await,
        "iam" => aws.retag_role(name, before, after).await,
        "ecr" => aws.retag_ecr(id, before, after).await,
        "ecs" => aws.retag_ecs(id, before, after).await,
        "logs" => aws.retag_logs(id, before, after).await,
        "dynamodb" => aws.retag_table(id, before, after).await,
        "cloudwatch" => aws.retag_cloudwatch(id, before, after).await,
        "sqs" => {
            let name = id.rsplit(':').next().unwrap();
            let url = hcctl::aws::names::queue_url(ACCOUNT, &aws.scope.region, name);
            aws.retag_queue(&url, before, after).await
        }
        "servicediscovery" => aws.retag_namespace(id, before, after).await,
        "application-autoscaling" => aws.retag_target(id, before, after).await,
        other => panic!("{kind}: {other}"),
    };
    outcome.unwrap();
}
