//! Clusters, task definitions and services through the dispatcher.

use serde_json::{Value, json};

use crate::bench::{Bench, Refusal};
use crate::fixtures::{definition, describe_service, register, stage};

fn ecs(bench: &Bench, operation: &str, body: Value) -> Result<Value, Refusal> {
    bench.json("ecs", operation, body)
}

/// Changes one member of a body; a path is written `a.0.b`.
fn with(mut body: Value, path: &str, value: Value) -> Value {
    let mut at = &mut body;
    for part in path.split('.') {
        at = match part.parse::<usize>() {
            Ok(index) => &mut at[index],
            Err(_) => &mut at[part],
        };
    }
    *at = value;
    body
}

#[test]
fn a_cluster_keeps_its_settings_and_is_made_once() {
    let bench = Bench::new();
    let create = json!({
        "clusterName": "main",
        "settings": [{ "name": "containerInsights", "value": "enhanced" }],
        "configuration": { "executeCommandConfiguration": { "logging": "NONE" } },
        "tags": [{ "key": "hcctl:stack", "value": "dev" }],
    });
    ecs(&bench, "CreateCluster", create.clone()).unwrap();
    let again = with(create.clone(), "settings", json!([]));
    let again = ecs(&bench, "CreateCluster", again).unwrap();
    assert_eq!(again["cluster"]["settings"], create["settings"]);

    let include =
        json!({ "clusters": ["main", "none"], "include": ["SETTINGS", "TAGS", "CONFIGURATIONS"] });
    let seen = ecs(&bench, "DescribeClusters", include).unwrap();
    for key in ["settings", "configuration", "tags"] {
        assert_eq!(seen["clusters"][0][key], create[key], "{key}");
    }
    assert_eq!(seen["failures"][0]["reason"], "MISSING");
    let settings = json!([{ "name": "containerInsights", "value": "enabled" }]);
    ecs(
        &bench,
        "UpdateClusterSettings",
        json!({ "cluster": "main", "settings": settings }),
    )
    .unwrap();
    let providers = json!({ "cluster": "main", "capacityProviders": ["FARGATE"], "defaultCapacityProviderStrategy": [{ "capacityProvider": "FARGATE_SPOT" }] });
    assert_eq!(
        ecs(&bench, "PutClusterCapacityProviders", providers)
            .unwrap_err()
            .code,
        "InvalidParameterException"
    );

    ecs(&bench, "DeleteCluster", json!({ "cluster": "main" })).unwrap();
    let gone = ecs(&bench, "DescribeClusters", json!({ "clusters": ["main"] })).unwrap();
    assert_eq!(gone["clusters"][0]["status"], "INACTIVE");
    let missing = ecs(&bench, "DeleteCluster", json!({ "cluster": "main" })).unwrap_err();
    assert_eq!(missing.code, "ClusterNotFoundException");
}

#[test]
fn a_task_definition_comes_back_completed() {
    let bench = Bench::new();
    let sent = definition("v1");
    let made = ecs(&bench, "RegisterTaskDefinition", sent.clone()).unwrap();
    assert_eq!(made["tags"], sent["tags"]);
    let seen = &made["taskDefinition"];
    for key in [
        "cpu",
        "memory",
        "runtimePlatform",
        "volumes",
        "requiresCompatibilities",
        "executionRoleArn",
    ] {
        assert_eq!(seen[key], sent[key], "{key}");
    }
    let container = &seen["containerDefinitions"][0];
    assert_eq!(
        container["linuxParameters"],
        sent["containerDefinitions"][0]["linuxParameters"]
    );
    assert_eq!(
        container["portMappings"][0],
        json!({ "containerPort": 8080, "protocol": "tcp", "hostPort": 8080 })
    );
    assert_eq!(
        (&container["cpu"], &container["systemControls"]),
        (&json!(0), &json!([]))
    );
    assert_eq!(
        register(&bench, "v1"),
        "arn:aws:ecs:us-east-1:123456789012:task-definition/patient:2"
    );
    let latest = ecs(
        &bench,
        "DescribeTaskDefinition",
        json!({ "taskDefinition": "patient", "include": ["TAGS"] }),
    )
    .unwrap();
    assert_eq!(
        (&latest["taskDefinition"]["revision"], &latest["tags"]),
        (&json!(2), &sent["tags"])
    );
}

#[test]
fn task_definitions_that_fargate_would_not_take_are_refused() {
    let bench = Bench::new();
    let container = "containerDefinitions.0";
    let changes = [
        ("memory", json!("4096")),
        ("networkMode", json!("bridge")),
        ("requiresCompatibilities", json!(["EC2"])),
        ("executionRoleArn", json!(null)),
        ("volumes", json!([])),
        ("containerDefinitions", json!([])),
        ("containerDefinitions.0.privileged", json!(true)),
        (
            "containerDefinitions.0.portMappings",
            json!([{ "containerPort": 80, "hostPort": 81 }]),
        ),
        ("containerDefinitions.0.image", json!("")),
        ("containerDefinitions.0.readOnlyRootFilesystem", json!(true)),
        ("containerDefinitions.0.essential", json!(false)),
    ];
    for (path, value) in changes {
        let refused = ecs(
            &bench,
            "RegisterTaskDefinition",
            with(definition("v1"), path, value),
        );
        assert!(refused.is_err(), "{path}");
    }
    let misspelt = with(
        definition("v1"),
        &format!("{container}.linuxParameters.capabilities.drops"),
        json!([]),
    );
    let refused = ecs(&bench, "RegisterTaskDefinition", misspelt).unwrap_err();
    assert!(
        refused
            .message
            .contains("containerDefinitions.1.linuxParameters.capabilities.drops"),
        "{}",
        refused.message
    );
}

#[test]
fn a_task_definition_has_65536_bytes_at_most() {
    let bench = Bench::new();
    let of = |length: usize| {
        let environment = json!([{ "name": "BIG", "value": "x".repeat(length) }]);
        with(
            definition("v1"),
            "containerDefinitions.0.environment",
            environment,
        )
    };
    let room = 65_536 - of(0).to_string().len();
    ecs(&bench, "RegisterTaskDefinition", of(room)).unwrap();
    let refused = ecs(&bench, "RegisterTaskDefinition", of(room + 1)).unwrap_err();
    assert_eq!(refused.code, "ClientException");
    assert_eq!(
        refused.message,
        "Actual length: '65537'. Max allowed length is '65536' bytes."
    );
}

#[test]
fn task_definitions_are_deregistered_then_deleted() {
    let bench = Bench::new();
    let (first, second) = (register(&bench, "v1"), register(&bench, "v1"));
    let refused = ecs(
        &bench,
        "DeleteTaskDefinitions",
        json!({ "taskDefinitions": [first] }),
    )
    .unwrap();
    assert!(
        refused["failures"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("ACTIVE")
    );
    ecs(
        &bench,
        "DeregisterTaskDefinition",
        json!({ "taskDefinition": first }),
    )
    .unwrap();
    assert!(
        ecs(
            &bench,
            "DeregisterTaskDefinition",
            json!({ "taskDefinition": first })
        )
        .is_err()
    );
    let listed = ecs(
        &bench,
        "ListTaskDefinitions",
        json!({ "familyPrefix": "patient" }),
    )
    .unwrap();
    assert_eq!(listed["taskDefinitionArns"], json!([second]));
    let deleted = ecs(
        &bench,
        "DeleteTaskDefinitions",
        json!({ "taskDefinitions": [first] }),
    )
    .unwrap();
    assert_eq!(
        deleted["taskDefinitions"][0]["status"],
        "DELETE_IN_PROGRESS"
    );
    let gone = ecs(
        &bench,
        "DescribeTaskDefinition",
        json!({ "taskDefinition": first }),
    )
    .unwrap_err();
    assert_eq!(
        (gone.code.as_str(), gone.message.as_str()),
        ("ClientException", "Unable to describe task definition.")
    );
    assert!(
        register(&bench, "v1").ends_with(":3"),
        "numbers are never used again"
    );
    let families = ecs(
        &bench,
        "ListTaskDefinitionFamilies",
        json!({ "status": "ACTIVE" }),
    )
    .unwrap();
    assert_eq!(families["families"], json!(["patient"]));
}

#[test]
fn a_service_comes_back_as_sent_and_completed() {
    let bench = Bench::new();
    let stage = stage(&bench);
    let made = stage.create_service(&bench);
    let sent = stage.service();
    for key in [
        "loadBalancers",
        "networkConfiguration",
        "healthCheckGracePeriodSeconds",
        "propagateTags",
        "tags",
        "launchType",
    ] {
        assert_eq!(made[key], sent[key], "{key}");
    }
    let configuration = &made["deploymentConfiguration"];
    assert_eq!(
        (
            &configuration["maximumPercent"],
            &configuration["minimumHealthyPercent"]
        ),
        (&json!(200), &json!(100))
    );
    assert_eq!(configuration["strategy"], "ROLLING");
    assert_eq!(
        (&made["platformVersion"], &made["schedulingStrategy"]),
        (&json!("LATEST"), &json!("REPLICA"))
    );
    assert_eq!(made["availabilityZoneRebalancing"], "ENABLED");
    assert_eq!(
        made["taskDefinition"],
        "arn:aws:ecs:us-east-1:123456789012:task-definition/patient:1"
    );

    let again = ecs(&bench, "CreateService", sent).unwrap_err();
    assert_eq!(
        (again.code.as_str(), again.message.as_str()),
        (
            "InvalidParameterException",
            "Creation of service was not idempotent."
        )
    );
    let missing = ecs(
        &bench,
        "DescribeServices",
        json!({ "cluster": "main", "services": ["none"] }),
    )
    .unwrap();
    assert_eq!(missing["failures"][0]["reason"], "MISSING");
    let elsewhere = ecs(
        &bench,
        "DescribeServices",
        json!({ "cluster": "none", "services": ["patient"] }),
    )
    .unwrap_err();
    assert_eq!(elsewhere.code, "ClusterNotFoundException");
}

#[test]
fn a_client_token_makes_creation_repeatable() {
    let bench = Bench::new();
    let stage = stage(&bench);
    let body = with(stage.service(), "clientToken", json!("once"));
    let first = ecs(&bench, "CreateService", body.clone()).unwrap();
    let second = ecs(&bench, "CreateService", body.clone()).unwrap();
    assert_eq!(
        first["service"]["createdAt"],
        second["service"]["createdAt"]
    );
    assert!(
        ecs(
            &bench,
            "CreateService",
            with(body, "desiredCount", json!(3))
        )
        .is_err()
    );
}

#[test]
fn services_that_could_not_run_are_refused() {
    let bench = Bench::new();
    let stage = stage(&bench);
    let other = stage.network.target_group(&bench, "other");
    let subnets = "networkConfiguration.awsvpcConfiguration.subnets";
    let changes = [
        ("cluster", json!("none"), "Cluster not found."),
        (
            "taskDefinition",
            json!("none"),
            "Unable to describe task definition.",
        ),
        (
            "loadBalancers.0.targetGroupArn",
            json!(other),
            "does not have an associated load balancer",
        ),
        (
            "loadBalancers.0.containerPort",
            json!(80),
            "did not have a container port 80 defined",
        ),
        (
            "loadBalancers.0.containerName",
            json!("web"),
            "does not exist in the task definition",
        ),
        ("loadBalancers", json!([]), "Health check grace period"),
        (subnets, json!(["subnet-0"]), "InvalidSubnetID.NotFound"),
        (
            "networkConfiguration",
            json!(null),
            "Network Configuration must be provided",
        ),
        ("launchType", json!("EC2"), "launch type EC2"),
        (
            "deploymentConfiguration.strategy",
            json!("CANARY"),
            "advancedConfiguration",
        ),
        (
            "deploymentConfiguration.maximumPercents",
            json!(100),
            "maximumPercents",
        ),
        (
            "serviceRegistries",
            json!([{ "registryArn": "a" }]),
            "serviceRegistries",
        ),
        ("desiredCount", json!(null), "desiredCount"),
    ];
    for (path, value, fragment) in changes {
        let refused = ecs(&bench, "CreateService", with(stage.service(), path, value)).unwrap_err();
        assert!(
            refused.message.contains(fragment),
            "{path}: {}",
            refused.message
        );
    }
}

#[test]
fn what_is_not_sent_to_an_update_stays() {
    let bench = Bench::new();
    let stage = stage(&bench);
    stage.create_service(&bench);
    let before = describe_service(&bench);
    let update = json!({
        "cluster": "main", "service": "patient", "enableExecuteCommand": true,
        "deploymentConfiguration": { "minimumHealthyPercent": 50, "bakeTimeInMinutes": 5,
            "lifecycleHooks": [{ "targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"], "timeoutConfiguration": { "timeoutInMinutes": 5, "action": "ROLLBACK" } }] },
    });
    ecs(&bench, "UpdateService", update.clone()).unwrap();
    let after = describe_service(&bench);
    assert_eq!(after["enableExecuteCommand"], true);
    assert_eq!(
        after["deploymentConfiguration"]["lifecycleHooks"],
        update["deploymentConfiguration"]["lifecycleHooks"]
    );
    for key in [
        "loadBalancers",
        "networkConfiguration",
        "desiredCount",
        "tags",
        "deployments",
    ] {
        assert_eq!(after[key], before[key], "{key}");
    }
    let none = ecs(
        &bench,
        "UpdateService",
        json!({ "cluster": "main", "service": "none" }),
    )
    .unwrap_err();
    assert_eq!(none.code, "ServiceNotFoundException");
}

#[test]
fn tags_are_on_everything() {
    let bench = Bench::new();
    let stage = stage(&bench);
    let service = stage.create_service(&bench);
    let tasks = ecs(&bench, "ListTasks", json!({ "cluster": "main" })).unwrap();
    let arns = [
        "arn:aws:ecs:us-east-1:123456789012:cluster/main",
        service["serviceArn"].as_str().unwrap(),
        service["taskDefinition"].as_str().unwrap(),
        tasks["taskArns"][0].as_str().unwrap(),
    ];
    for arn in arns {
        ecs(
            &bench,
            "TagResource",
            json!({ "resourceArn": arn, "tags": [{ "key": "a", "value": "b" }] }),
        )
        .unwrap();
        let tags = ecs(&bench, "ListTagsForResource", json!({ "resourceArn": arn })).unwrap();
        assert!(
            tags["tags"]
                .as_array()
                .unwrap()
                .contains(&json!({ "key": "a", "value": "b" })),
            "{arn}"
        );
        ecs(
            &bench,
            "UntagResource",
            json!({ "resourceArn": arn, "tagKeys": ["a"] }),
        )
        .unwrap();
    }
    let found = bench
        .json(
            "tagging",
            "GetResources",
            json!({ "TagFilters": [{ "Key": "hcctl:stack", "Values": ["dev"] }] }),
        )
        .unwrap();
    let kinds = found["ResourceTagMappingList"].as_array().unwrap();
    assert!(
        kinds
            .iter()
            .any(|it| it["ResourceARN"] == service["serviceArn"])
    );
}
