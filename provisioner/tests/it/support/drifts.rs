//! Per kind and field, how somebody changes it behind hcctl's back in dev. Tags are changed the same way everywhere and
//! need no row.

use std::future::Future;
use std::pin::Pin;

use aws_sdk_dynamodb::types::{BillingMode, ProvisionedThroughput};
use aws_sdk_ecs::types::{Compatibility, LoadBalancer};
use hcctl::aws::Aws;
use hcctl_engine::Observed;

use super::cases::{id, open_ssh, spec};

/// Fields and what they get instead, as JSON; links by address, as a blueprint has them.
type Edits = &'static [(&'static str, &'static str)];

/// Changes it with calls that hcctl never makes; answers the new id where there is one.
type Script = for<'a> fn(Aws, &'a [Observed]) -> Pin<Box<dyn Future<Output = Option<String>> + 'a>>;

/// Who changes it.
pub enum Drift {
    /// The kind's own update can.
    Update(Edits),
    /// The same with nothing else at the same time: others need the field as it is, or more is to be done than to change
    /// it back.
    Along(Edits),
    /// Only a script can.
    Script(&'static str, Script),
    /// The same, where others of ours are in the way and go first.
    After(&'static [&'static str], &'static str, Script),
    /// The field is an input: what was made of it by hand is what is wanted.
    Input(&'static str, &'static str),
}

use Drift::{After, Along, Input, Script as By, Update};

impl Drift {
    /// The fields that it changes.
    pub fn fields(&self) -> Vec<&'static str> {
        match self {
            Self::Update(edits) | Self::Along(edits) => {
                edits.iter().map(|(field, _)| *field).collect()
            }
            Self::Script(field, _) | Self::After(_, field, _) | Self::Input(field, _) => {
                vec![field]
            }
        }
    }

    /// Whether nothing else may change at the same time.
    fn alone(&self) -> bool {
        !matches!(self, Self::Update(_) | Self::Script(..))
    }
}

/// One row.
pub type Row = (&'static str, Drift);

/// The rows in as few rounds as may be: in each, every resource changes once, and a service or what it runs.
pub fn rounds(rows: &'static [Row]) -> Vec<Vec<&'static Row>> {
    let place = |row: &Row| row.0.replace("task_definition/", "service/");
    let mut rounds: Vec<Vec<&Row>> = Vec::new();
    let mut last = Vec::new();
    for row in rows {
        if row.1.alone() {
            last.push(vec![row]);
            continue;
        }
        let fits = |round: &&mut Vec<&Row>| round.iter().all(|other| place(other) != place(row));
        match rounds.iter_mut().find(fits) {
            Some(round) => round.push(row),
            None => rounds.push(vec![row]),
        }
    }
    rounds.extend(last);
    rounds
}

/// The rows: an address, and what changes.
pub const DRIFTS: &[Row] = &[
    ("vpc/main", Update(&[("dns_support", "false")])),
    ("vpc/main", Update(&[("dns_hostnames", "false")])),
    (
        "default_security_group/main",
        By("rules", |aws, seen| {
            let group = id(seen, "default_security_group", "main");
            Box::pin(async move {
                open_ssh(aws, group).await;
                None
            })
        }),
    ),
    (
        "internet_gateway/main",
        // AWS lets it go only when nothing in the VPC has a public address.
        After(
            &["nat_gateway/a", "elastic_ip/nat-a", "load_balancer/main"],
            "attached",
            |aws, seen| {
                let gateway = id(seen, "internet_gateway", "main");
                let vpc = id(seen, "vpc", "main");
                Box::pin(async move {
                    let call = aws.ec2.detach_internet_gateway();
                    let call = call.internet_gateway_id(gateway).vpc_id(vpc);
                    call.send().await.unwrap();
                    None
                })
            },
        ),
    ),
    ("subnet/private-a", Update(&[("public_ip", "true")])),
    ("route_table/private-a", Update(&[("routes", "{}")])),
    ("route_table/private-a", Update(&[("subnets", "[]")])),
    ("vpc_endpoint/s3", Update(&[("route_tables", "[]")])),
    (
        "security_group_rule/alb-http",
        Update(&[("description", "\"by hand\"")]),
    ),
    (
        "load_balancer/main",
        Update(&[(
            "subnets",
            r#"[{"$to":"subnet/private-a"},{"$to":"subnet/private-b"}]"#,
        )]),
    ),
    (
        "load_balancer/main",
        Update(&[("security_groups", r#"[{"$to":"security_group/tasks"}]"#)]),
    ),
    (
        "load_balancer/main",
        Update(&[("drop_invalid_headers", "false")]),
    ),
    (
        "load_balancer/main",
        Update(&[("desync_mitigation", "\"monitor\"")]),
    ),
    (
        "load_balancer/main",
        Update(&[("deletion_protection", "true")]),
    ),
    (
        "target_group/patient",
        Update(&[(
            "health",
            r#"{"protocol":"HTTPS","port":"9999","path":"/","interval":30,"timeout":5,"healthy":2,"unhealthy":3,"codes":"200"}"#,
        )]),
    ),
    (
        "target_group/patient",
        Update(&[("deregistration_delay", "300")]),
    ),
    (
        "listener/http",
        Update(&[("default", r#"{"forward":{"$to":"target_group/patient"}}"#)]),
    ),
    ("listener/http", Update(&[("port", "8081")])),
    // One cannot change without the others.
    (
        "listener/http",
        Update(&[
            ("protocol", "\"HTTPS\""),
            (
                "certificate",
                "\"arn:aws:acm:us-east-1:123456789012:certificate/11111111-1111-4111-8111-111111111111\"",
            ),
            ("ssl_policy", "\"ELBSecurityPolicy-TLS13-1-2-2021-06\""),
        ]),
    ),
    ("listener_rule/patient", Update(&[("priority", "150")])),
    (
        "listener_rule/patient",
        Update(&[("paths", r#"["/api/*"]"#)]),
    ),
    (
        "listener_rule/patient",
        Update(&[("hosts", r#"["evil.example.com"]"#)]),
    ),
    (
        "listener_rule/patient",
        Update(&[("header", r#"["x-test", ["green"]]"#)]),
    ),
    (
        "listener_rule/patient",
        Along(&[("target_groups", r#"[{"$to":"target_group/appointment"}]"#)]),
    ),
    (
        "role/patient-task",
        Update(&[("description", "\"by hand\"")]),
    ),
    (
        "role/patient-task",
        Update(&[(
            "trust",
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#,
        )]),
    ),
    ("role/patient-task", Update(&[("policies", "{}")])),
    (
        "role/patient-task",
        Update(&[(
            "attached",
            r#"["arn:aws:iam::aws:policy/AdministratorAccess"]"#,
        )]),
    ),
    (
        "role/patient-task",
        Update(&[("boundary", "\"arn:aws:iam::aws:policy/PowerUserAccess\"")]),
    ),
    ("repository/patient", Update(&[("immutable_tags", "false")])),
    ("repository/patient", Update(&[("scan_on_push", "false")])),
    ("repository/patient", Update(&[("lifecycle", "null")])),
    ("log_group/patient", Update(&[("retention_days", "1")])),
    ("table/patients", Update(&[("indexes", "{}")])),
    (
        "table/patients",
        By("on_demand", |aws, seen| {
            let table = spec(seen, "table", "patients")["name"].clone();
            Box::pin(async move {
                let call = aws.dynamodb.update_table();
                let call = call.table_name(table.as_str().unwrap());
                let few = ProvisionedThroughput::builder();
                let few = few.read_capacity_units(1).write_capacity_units(1);
                let call = call.billing_mode(BillingMode::Provisioned);
                let call = call.provisioned_throughput(few.build().unwrap());
                let index = aws_sdk_dynamodb::types::UpdateGlobalSecondaryIndexAction::builder();
                let few = ProvisionedThroughput::builder();
                let few = few.read_capacity_units(1).write_capacity_units(1);
                let index = index
                    .index_name("gsi1")
                    .provisioned_throughput(few.build().unwrap());
                let index = aws_sdk_dynamodb::types::GlobalSecondaryIndexUpdate::builder()
                    .update(index.build().unwrap());
                let call = call.global_secondary_index_updates(index.build());
                call.send().await.unwrap();
                None
            })
        }),
    ),
    ("table/patients", Update(&[("encryption", "\"kms\"")])),
    (
        "table/patients",
        Update(&[("point_in_time_recovery", "false")]),
    ),
    ("table/patients", Update(&[("ttl_attribute", "\"\"")])),
    ("table/patients", Update(&[("deletion_protection", "true")])),
    (
        "cluster/main",
        Update(&[("container_insights", "\"disabled\"")]),
    ),
    (
        "alarm/patient-cpu",
        Update(&[("description", "\"by hand\"")]),
    ),
    ("alarm/patient-cpu", Update(&[("namespace", "\"AWS/EC2\"")])),
    (
        "alarm/patient-cpu",
        Update(&[("metric", "\"MemoryUtilization\"")]),
    ),
    ("alarm/patient-cpu", Update(&[("statistic", "\"Minimum\"")])),
    (
        "alarm/patient-cpu",
        Update(&[("dimensions", r#"{"ClusterName":"other"}"#)]),
    ),
    ("alarm/patient-5xx", Update(&[("load_balancer", "null")])),
    (
        "alarm/patient-5xx",
        Update(&[("target_group", r#"{"$to":"target_group/appointment"}"#)]),
    ),
    ("alarm/patient-cpu", Update(&[("period", "60")])),
    ("alarm/patient-cpu", Update(&[("evaluation_periods", "5")])),
    ("alarm/patient-cpu", Update(&[("threshold", "99.0")])),
    (
        "alarm/patient-cpu",
        Update(&[("comparison", "\"LessThanThreshold\"")]),
    ),
    (
        "alarm/patient-cpu",
        Update(&[("missing_data", "\"ignore\"")]),
    ),
    (
        "alarm/patient-cpu",
        Update(&[(
            "notify",
            r#"["arn:aws:sns:us-east-1:123456789012:somebody"]"#,
        )]),
    ),
    (
        "task_definition/patient",
        Update(&[("family", "\"somebody-elses\"")]),
    ),
    (
        "task_definition/patient",
        Update(&[("cpu", "512"), ("memory", "1024")]),
    ),
    (
        "task_definition/patient",
        Update(&[("architecture", "\"ARM64\"")]),
    ),
    (
        "task_definition/patient",
        Update(&[("execution_role", r#"{"$to":"role/patient-task"}"#)]),
    ),
    (
        "task_definition/patient",
        Update(&[("task_role", r#"{"$to":"role/execution"}"#)]),
    ),
    (
        "task_definition/patient",
        Update(&[("environment", r#"{"RUST_LOG":"trace"}"#)]),
    ),
    (
        "task_definition/patient",
        Update(&[(
            "secrets",
            r#"{"KEY":"arn:aws:ssm:us-east-1:123456789012:parameter/key"}"#,
        )]),
    ),
    ("task_definition/patient", Update(&[("user", "\"root\"")])),
    (
        "task_definition/patient",
        Update(&[("read_only_root", "false")]),
    ),
    (
        "task_definition/patient",
        Update(&[("drop_capabilities", "[]")]),
    ),
    ("task_definition/patient", Update(&[("init", "false")])),
    ("task_definition/patient", Update(&[("logs", "null")])),
    ("task_definition/patient", Update(&[("stop_timeout", "60")])),
    (
        "task_definition/patient",
        Update(&[("volumes", r#"{"cache":"/var/cache"}"#)]),
    ),
    ("task_definition/patient", Update(&[("storage", "50")])),
    (
        "task_definition/patient",
        Update(&[("entrypoint", r#"["/bin/sh","-c"]"#)]),
    ),
    (
        "task_definition/patient",
        Update(&[("command", r#"["serve"]"#)]),
    ),
    (
        "task_definition/patient",
        Update(&[(
            "sidecars",
            r#"{"agent":{"image":"public.ecr.aws/a/agent:1","essential":true}}"#,
        )]),
    ),
    (
        "task_definition/patient",
        Update(&[(
            "health_check",
            r#"{"command":["CMD","/bin/true"],"interval":10,"timeout":2,"retries":2,"start_period":5}"#,
        )]),
    ),
    (
        "task_definition/patient",
        By("other", |aws, seen| {
            let arn = id(seen, "task_definition", "patient");
            Box::pin(async move { Some(register_with_a_directory(&aws, &arn).await) })
        }),
    ),
    // A service's load balancer names container and port, so these change with it.
    (
        "task_definition/patient",
        Update(&[("container", "\"by-hand\"")]),
    ),
    ("task_definition/patient", Update(&[("port", "3001")])),
    // What it runs names its container, and what it should run is then nobody's.
    (
        "service/patient",
        Along(&[
            (
                "task_definition",
                r#"{"$to":"task_definition/appointment"}"#,
            ),
            (
                "load_balancer",
                r#"{"target_group":{"$to":"target_group/patient"},"container":"appointment-service","port":3000,"alternate":null}"#,
            ),
        ]),
    ),
    (
        "service/patient",
        Update(&[("subnets", r#"[{"$to":"subnet/private-a"}]"#)]),
    ),
    (
        "service/patient",
        Update(&[("security_groups", r#"[{"$to":"security_group/alb"}]"#)]),
    ),
    ("service/patient", Update(&[("public_ip", "true")])),
    ("service/ledger", Update(&[("connect", "null")])),
    (
        "service/patient",
        Update(&[(
            "load_balancer",
            r#"{"target_group":{"$to":"target_group/appointment"},"container":"patient-service","port":3000,"alternate":null}"#,
        )]),
    ),
    (
        "service/patient",
        Update(&[(
            "deployment",
            r#"{"strategy":"rolling","minimum_percent":50,"maximum_percent":150,"circuit_breaker":false,"rollback":false,"bake_minutes":0,"shift":null,"alarms":[],"rollback_on_alarm":false,"hooks":[]}"#,
        )]),
    ),
    ("service/patient", Update(&[("grace_seconds", "7")])),
    (
        "service/patient",
        Update(&[("platform_version", "\"1.3.0\"")]),
    ),
    ("service/patient", Update(&[("exec", "true")])),
    ("service/patient", Update(&[("managed_tags", "false")])),
    (
        "service/patient",
        Update(&[("propagate_tags", "\"TASK_DEFINITION\"")]),
    ),
    (
        "service/patient",
        Update(&[("zone_rebalancing", "\"DISABLED\"")]),
    ),
    (
        "service/patient",
        By("other", |aws, seen| {
            let service = id(seen, "service", "patient");
            let cluster = id(seen, "cluster", "main");
            let groups = ["patient", "appointment"].map(|name| id(seen, "target_group", name));
            Box::pin(async move {
                let call = aws.ecs.update_service().cluster(cluster).service(service);
                let both = groups.map(|group| {
                    let balancer = LoadBalancer::builder().target_group_arn(group);
                    balancer
                        .container_name("patient-service")
                        .container_port(3000)
                        .build()
                });
                let call = call.set_load_balancers(Some(both.into()));
                call.send().await.unwrap();
                None
            })
        }),
    ),
    ("scalable_target/patient", Update(&[("min", "0")])),
    ("scalable_target/patient", Update(&[("max", "9")])),
    (
        "scaling_policy/patient-cpu",
        Update(&[("metric", "\"ECSServiceAverageMemoryUtilization\"")]),
    ),
    (
        "scaling_policy/patient-cpu",
        Update(&[("target_value", "10.0")]),
    ),
    (
        "scaling_policy/patient-cpu",
        Update(&[("scale_in_cooldown", "1")]),
    ),
    (
        "scaling_policy/patient-cpu",
        Update(&[("scale_out_cooldown", "1")]),
    ),
    ("dashboard/main", Update(&[("body", r#"{"widgets":[]}"#)])),
    // Last: from then on the service has an image.
    (
        "task_definition/patient",
        Input("image", "\"public.ecr.aws/nginx/nginx:1.29\""),
    ),
    // Without an image it has to be suspended: tasks would fail to start.
    ("scalable_target/patient", Along(&[("suspended", "true")])),
];

/// The same revision again, with a working directory, of which no spec knows.
async fn register_with_a_directory(aws: &Aws, arn: &str) -> String {
    let call = aws.ecs.describe_task_definition().task_definition(arn);
    let seen = call.send().await.unwrap().task_definition.unwrap();
    let mut containers = seen.container_definitions.unwrap_or_default();
    containers[0].working_directory = Some("/srv".to_owned());
    let call = aws.ecs.register_task_definition();
    let call = call
        .set_family(seen.family)
        .set_cpu(seen.cpu)
        .set_memory(seen.memory)
        .set_network_mode(seen.network_mode)
        .requires_compatibilities(Compatibility::Fargate)
        .set_runtime_platform(seen.runtime_platform)
        .set_execution_role_arn(seen.execution_role_arn)
        .set_task_role_arn(seen.task_role_arn)
        .set_volumes(seen.volumes)
        .set_container_definitions(Some(containers));
    let tags = aws.tags("task_definition", "patient", &aws.scope.tags);
    let call = call.set_tags(Some(hcctl::aws::tag_lists::write_tags(&tags)));
    let made = call.send().await.unwrap().task_definition.unwrap();
    made.task_definition_arn.unwrap()
}
