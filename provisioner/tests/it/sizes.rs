//! How large documents become: what the check of a file reckons with, against what is made of it.

use std::fmt::Write as _;

use hcctl::blueprint;
use hcctl::bootstrap::Wanted;
use hcctl::environment::{Environment, sizes};
use hcctl::resources::task_definition::PLACEHOLDER;
use hcctl_engine::Blueprint;
use hcctl_sandbox::{ACCOUNT, Settings};
use serde_json::Value;

use crate::support::world::{World, inputs, parse};

/// Regions of partitions whose names and hosts differ in length.
const REGIONS: [&str; 4] = [
    "us-east-1",
    "cn-northwest-1",
    "us-gov-west-1",
    "eusc-de-east-1",
];

/// `:` and a tag of 128 characters.
const LONGEST_REFERENCE: usize = 129;

/// A file with names as short or as long as they may be, so many services, and secrets of both kinds in each.
fn file(region: &str, long: bool, services: usize, secrets: usize) -> Environment {
    let partition = match region {
        "cn-northwest-1" => "aws-cn",
        "us-gov-west-1" => "aws-us-gov",
        "eusc-de-east-1" => "aws-eusc",
        _ => "aws",
    };
    let (project, name) = if long {
        ("project-of-a-long-n", "environment-long")
    } else {
        ("ab", "d")
    };
    let mut text = format!(
        "project: {project}\nregion: {region}\nnetwork: {{ cidr: 10.0.0.0/16 }}\nservices:\n"
    );
    for number in 0..services {
        let service = if long {
            format!("service-{number:03}")
        } else {
            format!("s{number}")
        };
        let _ = writeln!(text, "  {service}:\n    paths: [\"/{number}/*\"]");
        if long {
            let _ = writeln!(
                text,
                "    port: 65535\n    cpu: 16384\n    memory: 122880\n    table: table-of-{number}"
            );
        }
        if secrets > 0 {
            text.push_str("    secrets:\n");
        }
        for one in 0..secrets {
            let _ = writeln!(
                text,
                "      P{one}: \"arn:{partition}:ssm:{region}:{ACCOUNT}:parameter/{service}/{one}\"\n      \
                 S{one}: \"arn:{partition}:secretsmanager:{region}:{ACCOUNT}:secret:{one}-AbCdEf:key{number}::\""
            );
        }
    }
    if long {
        text.push_str(
            "auth: { issuer: \"https://auth.example.com/\", audience: \"say-\\\"so\\\"\" }\n\
             tags: { Team: Care, \"Cost center\": \"é 4711\" }\n",
        );
    }
    parse(name, &text)
}

/// Characters as IAM counts them.
fn size(document: &Value) -> usize {
    let text = document.to_string();
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// A field of one resource.
fn field(blueprint: &Blueprint, kind: &str, name: &str, field: &str) -> Value {
    let mut all = blueprint.iter();
    let (_, doc) = all
        .find(|(address, _)| address.kind == kind && address.name == name)
        .unwrap();
    let mut fields = doc.fields();
    fields.find(|(name, _)| *name == field).unwrap().1.clone()
}

#[test]
fn policies_are_as_long_as_the_check_says() {
    for region in REGIONS {
        for (long, services, secrets) in [
            (false, 1, 0),
            (false, 3, 2),
            (true, 1, 1),
            (true, 20, 0),
            (true, 9, 4),
        ] {
            let environment = file(region, long, services, secrets);
            let blueprint = blueprint::build(&environment, &inputs(&environment)).unwrap();
            let policies = field(&blueprint, "role", "execution", "policies");
            let policies = policies.as_object().unwrap();
            let made: usize = policies.values().map(size).sum();
            assert_eq!(sizes::execution_policy(&environment), made, "{region}");

            let name = format!("{}-hcctl-boundary", environment.name);
            let all = [environment];
            let wanted = Wanted {
                environments: &all,
                account: ACCOUNT,
                repository: None,
            };
            let made = field(
                &wanted.build().unwrap(),
                "managed_policy",
                &name,
                "document",
            );
            assert_eq!(sizes::boundary(&all[0]), size(&made), "{region}");
        }
    }
}

/// The sandbox says how long a request is that is too long.
#[tokio::test]
async fn a_task_definition_is_no_longer_than_the_check_says() {
    for region in REGIONS {
        for long in [false, true] {
            let mut environment = file(region, long, 1, 2);
            let (name, service) = environment.services.first_key_value().unwrap();
            let (name, mut service) = (name.clone(), service.clone());
            let big = "\"é\n".repeat(15_000);
            service.env.insert("BIG".parse().unwrap(), big);
            environment.services.insert(name.clone(), service.clone());
            let world = World::new(Settings::instant());
            let plan = world.plan(&environment).await;
            let failed = format!("{:?}", world.apply(&environment, &plan).await.failed);
            let (_, told) = failed.split_once("Actual length: '").expect(&failed);
            let (made, rest) = told.split_once('\'').unwrap();
            assert!(
                rest.starts_with(". Max allowed length is '65536' bytes."),
                "{rest}"
            );
            let made: usize = made.parse().unwrap();
            let said = sizes::task_definition(&environment, &name, &service);
            // It reckons with the longest reference to an image, and every number with its most digits.
            let said = said - (LONGEST_REFERENCE - ":".len() - PLACEHOLDER.len());
            assert!(
                (made..made + 25).contains(&said),
                "{region}: {said} for {made}"
            );
        }
    }
}

/// What the check lets pass by a byte, AWS takes.
#[tokio::test]
async fn the_longest_task_definition_is_registered() {
    let of = |length: usize| {
        let mut environment = file("us-gov-west-1", true, 1, 2);
        let service = environment.services.values_mut().next().unwrap();
        service
            .env
            .insert("BIG".parse().unwrap(), "x".repeat(length));
        environment
    };
    let size = |environment: &Environment| {
        let (name, service) = environment.services.first_key_value().unwrap();
        sizes::task_definition(environment, name, service)
    };
    let environment = of(sizes::TASK_DEFINITION - size(&of(0)));
    assert_eq!(size(&environment), sizes::TASK_DEFINITION);
    let world = World::new(Settings::instant());
    let plan = world.plan(&environment).await;
    let report = world.apply(&environment, &plan).await;
    assert!(report.complete(), "{:#?}", report.failed);
}
