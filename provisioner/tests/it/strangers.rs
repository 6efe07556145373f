//! What somebody else made beside ours on our listener: it is told of, and never touched.

use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, FixedResponseActionConfig, PathPatternConditionConfig, Rule,
    RuleCondition, TargetDescription, TargetHealthDescription, TargetHealthStateEnum,
};
use hcctl::aws::Aws;
use hcctl_sandbox::{Quotas, Settings};

use crate::deploy::stage::{Stage, aside};
use crate::support::cases::id;
use crate::support::place::Place;
use crate::support::served::Served;
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

/// What holds a VPC is told before anything is deleted.
#[test]
fn a_destroy_that_somebody_holds_up_begins_nothing() {
    let (served, place) = Served::with_place();
    place.expect(0, "apply dev --yes");
    let before = served.counts();
    let world = World {
        sandbox: served.sandbox.clone(),
    };
    let environment = load("dev");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let group = runtime.block_on(async {
        let aws = world.aws(&environment).await;
        let vpc = id(seen(&aws).await.ours(), "vpc", "main");
        let call = aws.ec2.create_security_group().vpc_id(vpc);
        let call = call.group_name("GuardDutyManagedSecurityGroup");
        let made = call.description("of GuardDuty").send().await.unwrap();
        made.group_id.unwrap()
    });
    let ran = place.expect(4, "destroy dev --yes");
    let what = format!("security group {group} (GuardDutyManagedSecurityGroup) is in it");
    ran.says(&[
        "vpc/main: AWS will not delete it while",
        &what,
        "nothing has been deleted",
    ]);
    let mut held = served.counts();
    *held.get_mut("security group").unwrap() -= 1;
    assert_eq!(held, before);

    runtime.block_on(async {
        let aws = world.aws(&environment).await;
        aws.ec2
            .delete_security_group()
            .group_id(&group)
            .send()
            .await
            .unwrap();
        // A load balancer of somebody else's, in a subnet of ours.
        let snapshot = seen(&aws).await;
        let call = aws.elb.create_load_balancer().name("theirs");
        let call = call.subnets(id(snapshot.ours(), "subnet", "public-a"));
        let call = call.subnets(id(snapshot.ours(), "subnet", "public-b"));
        call.send().await.unwrap();
    });
    let ran = place.expect(4, "destroy dev --yes");
    ran.says(&["network interface eni-", "(ELB app/theirs/"]);
    runtime.block_on(async {
        let aws = world.aws(&environment).await;
        let found = aws
            .elb
            .describe_load_balancers()
            .names("theirs")
            .send()
            .await
            .unwrap();
        let arn = found.load_balancers()[0].load_balancer_arn().unwrap();
        aws.elb
            .delete_load_balancer()
            .load_balancer_arn(arn)
            .send()
            .await
            .unwrap();
    });
    place.expect(0, "destroy dev --yes");
}

/// A VPN gateway, a network ACL and a task that somebody runs by hand hold as much, and `doctor` knows them while nothing is to go.
#[test]
fn what_others_would_hold_is_told_by_destroy_and_by_doctor() {
    let (served, place) = Served::with_place();
    place.expect(0, "apply dev --yes");
    let clear = "nothing that others made would hold up a destroy";
    place.run("doctor dev").shows(&[clear]);
    let before = served.counts();
    let world = World {
        sandbox: served.sandbox.clone(),
    };
    let environment = load("dev");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let named = runtime.block_on(async {
        let aws = world.aws(&environment).await;
        let vpc = id(seen(&aws).await.ours(), "vpc", "main");
        let kind = aws_sdk_ec2::types::GatewayType::Ipsec1;
        let made = aws.ec2.create_vpn_gateway().r#type(kind).send().await;
        let gateway = made.unwrap().vpn_gateway.unwrap().vpn_gateway_id.unwrap();
        let call = aws.ec2.attach_vpn_gateway().vpc_id(&vpc);
        call.vpn_gateway_id(&gateway).send().await.unwrap();
        let made = aws.ec2.create_network_acl().vpc_id(&vpc).send().await;
        let acl = made.unwrap().network_acl.unwrap().network_acl_id.unwrap();
        let task = by_hand(&aws).await;
        [
            format!("VPN gateway {gateway}"),
            format!("network ACL {acl}"),
            format!("task {task} (family:migration, started by somebody)"),
        ]
    });
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    place.run("doctor dev").shows(&named);
    let stands = served.counts();
    place.expect(4, "destroy dev --yes").says(&named);
    assert_eq!(served.counts(), stands);
    runtime.block_on(async {
        let aws = world.aws(&environment).await;
        let last = |text: &str| text.rsplit(' ').next().unwrap().to_owned();
        let (gateway, acl) = (last(named[0]), last(named[1]));
        let vpc = id(seen(&aws).await.ours(), "vpc", "main");
        let call = aws.ec2.detach_vpn_gateway().vpc_id(vpc);
        call.vpn_gateway_id(&gateway).send().await.unwrap();
        let call = aws.ec2.delete_network_acl().network_acl_id(acl);
        call.send().await.unwrap();
        let cluster = id(seen(&aws).await.ours(), "cluster", "main");
        let task = named[2].split(' ').nth(1).unwrap();
        let call = aws.ecs.stop_task().cluster(cluster).task(task);
        call.send().await.unwrap();
    });
    place.run("doctor dev").shows(&[clear]);
    assert_eq!(served.counts()["vpc"], before["vpc"]);
    place.expect(0, "destroy dev --yes");
}

/// A task in our cluster that no service started; its id.
async fn by_hand(aws: &Aws) -> String {
    use aws_sdk_ecs::types::{
        AwsVpcConfiguration, Compatibility, ContainerDefinition, LaunchType, NetworkConfiguration,
        NetworkMode,
    };
    let container = ContainerDefinition::builder().name("migration");
    let call = aws.ecs.register_task_definition().family("migration");
    let call = call
        .network_mode(NetworkMode::Awsvpc)
        .cpu("256")
        .memory("512");
    let call = call.requires_compatibilities(Compatibility::Fargate);
    let call = call.container_definitions(container.image("registry.example/migration:1").build());
    call.send().await.unwrap();
    let snapshot = seen(aws).await;
    let ours = snapshot.ours();
    let place = AwsVpcConfiguration::builder()
        .subnets(id(ours, "subnet", "private-a"))
        .security_groups(id(ours, "security_group", "tasks"))
        .build()
        .unwrap();
    let network = NetworkConfiguration::builder().awsvpc_configuration(place);
    let call = aws.ecs.run_task().cluster(id(ours, "cluster", "main"));
    let call = call.task_definition("migration").started_by("somebody");
    let call = call.launch_type(LaunchType::Fargate);
    let ran = call.network_configuration(network.build()).send().await;
    let ran = ran.unwrap();
    let arn = ran.tasks()[0].task_arn().unwrap();
    arn.rsplit('/').next().unwrap().to_owned()
}

/// A rule of somebody else's that comes first and takes all of a service's paths is an outage, whatever the weights are.
#[test]
fn a_foreign_rule_that_takes_every_request_is_told_as_an_outage() {
    let stage = Stage::new("rolling");
    stage.place.expect(0, "deploy --image v2");
    let clear = "no service is without an answer";
    stage.place.run("doctor dev").shows(&[clear]);
    aside(&stage.served, async |aws| {
        let listener = id(seen(&aws).await.ours(), "listener", "http");
        foreign(&aws, &listener, 3).await;
    });
    // It takes another path, so nothing is wrong.
    stage.place.run("doctor dev").shows(&[clear]);
    aside(&stage.served, async |aws| {
        let listener = id(seen(&aws).await.ours(), "listener", "http");
        let arn = foreign(&aws, &listener, 1).await;
        let paths = PathPatternConditionConfig::builder().values("/api/pat*");
        let condition = RuleCondition::builder().field("path-pattern");
        let condition = condition.path_pattern_config(paths.build()).build();
        let call = aws.elb.modify_rule().rule_arn(arn);
        call.conditions(condition).send().await.unwrap();
    });
    let told = "patient: rule 1 on the same listener, which hcctl did not make, comes first";
    stage.place.run("doctor dev").shows(&[told]);
    let told = "comes first and takes every request";
    for line in ["plan dev", "status dev"] {
        stage.place.run(line).shows(&[told]);
    }
    stage.place.expect(2, "drift dev").shows(&[told]);
}

/// What somebody had a service run from elsewhere nobody deployed: it is named, and an apply leads back to what was.
#[test]
fn an_image_that_nobody_deployed_is_not_taken_over() {
    let stage = Stage::new("rolling");
    stage.place.expect(0, "deploy --image v2");
    aside(&stage.served, async |aws| {
        let (cluster, service) = (aws.scope.name("cluster"), aws.scope.name("patient-service"));
        let seen = aws.ecs.describe_task_definition();
        let seen = seen.task_definition(&service).send().await.unwrap();
        let seen = seen.task_definition.unwrap();
        let mut containers = seen.container_definitions.unwrap();
        containers[0].image = Some("registry.example/miner:latest".to_owned());
        let call = aws.ecs.register_task_definition().family("miner");
        let call = call.set_container_definitions(Some(containers));
        let call = call.set_volumes(seen.volumes).set_cpu(seen.cpu);
        let call = call
            .set_memory(seen.memory)
            .set_network_mode(seen.network_mode);
        let call = call.set_requires_compatibilities(seen.requires_compatibilities);
        let call = call.set_execution_role_arn(seen.execution_role_arn);
        let call = call.set_task_role_arn(seen.task_role_arn);
        call.set_runtime_platform(seen.runtime_platform)
            .send()
            .await
            .unwrap();
        let call = aws.ecs.update_service().cluster(cluster).service(service);
        call.task_definition("miner").send().await.unwrap();
    });
    let told = "registry.example/miner:latest";
    stage.place.expect(2, "drift dev").shows(&[told]);
    stage.place.expect(0, "plan dev").shows(&[told]);
    stage.place.expect(0, "apply dev --yes");
    assert_eq!(stage.image("patient"), "v2");
    stage.place.expect(0, "drift dev");
}

/// What somebody protected is told before anything is deleted, whatever kind it is.
#[test]
fn a_log_group_that_somebody_protected_stops_a_destroy_before_it_begins() {
    let (served, place) = Served::with_place();
    place.expect(0, "apply dev --yes");
    let before = served.counts();
    aside(&served, async |aws| {
        let call = aws.logs.put_log_group_deletion_protection();
        let group = "/ecs/healthcare-app-dev/patient";
        let call = call.log_group_identifier(group);
        call.deletion_protection_enabled(true).send().await.unwrap();
    });
    let told = "AWS still protects log_group/patient against deletion";
    place.expect(4, "destroy dev --yes").says(&[told]);
    assert_eq!(served.counts(), before);
    place.expect(0, "apply dev --yes");
    place.expect(0, "destroy dev --yes");
}

/// A subnet of somebody else's has the range that a new zone would get.
#[test]
fn a_range_that_is_taken_is_refused_by_the_plan() {
    let (served, place) = Served::with_place();
    place.expect(0, "apply dev --yes");
    let world = World {
        sandbox: served.sandbox.clone(),
    };
    let environment = load("dev");
    let theirs = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let aws = world.aws(&environment).await;
        let vpc = id(seen(&aws).await.ours(), "vpc", "main");
        let call = aws
            .ec2
            .create_subnet()
            .vpc_id(vpc)
            .cidr_block("10.0.3.0/25");
        let made = call.availability_zone("us-east-1c").send().await.unwrap();
        made.subnet.unwrap().subnet_id.unwrap()
    });
    place.expect(0, "plan dev");
    let three = text("dev").replace("zones: 2", "zones: 3");
    place.write("environments/dev.yaml", &three);
    let what =
        format!("subnet/public-c: its range 10.0.3.0/24 overlaps with 10.0.3.0/25 of {theirs}");
    for line in ["plan dev", "apply dev --yes"] {
        place.expect(4, line).says(&[&what]);
    }
    place
        .expect(1, "doctor dev")
        .shows(&["failed   conflicts", &theirs]);
    let before = served.counts();
    place.expect(4, "apply dev --yes");
    assert_eq!(served.counts(), before);
}

/// Quotas that are met: of the account, and of the rules that a load balancer may have.
#[test]
fn a_quota_that_is_met_is_refused_by_the_plan() {
    let served = Served::start(Settings {
        quotas: Quotas {
            vpcs: 0,
            ..Quotas::default()
        },
        ..Settings::instant()
    });
    let place = Place::new().at(&served.url());
    for line in ["plan dev", "apply dev --yes"] {
        let ran = place.expect(4, line);
        ran.says(&["vpc/main: the account's quota is met: 0 of 0 used, 1 more needed"]);
    }
    assert!(served.counts().is_empty(), "{:?}", served.counts());

    let (served, place) = Served::with_place();
    place.expect(0, "apply dev --yes");
    let world = World {
        sandbox: served.sandbox.clone(),
    };
    let environment = load("dev");
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let aws = world.aws(&environment).await;
        let listener = id(seen(&aws).await.ours(), "listener", "http");
        for priority in 1_000..1_098 {
            foreign(&aws, &listener, priority).await;
        }
    });
    place.expect(0, "plan dev");
    let bills = "  billing: { paths: [\"/api/bills*\"] }\n\n  patient:\n";
    let more = text("dev").replacen("  patient:\n", bills, 1);
    place.write("environments/dev.yaml", &more);
    let ran = place.expect(4, "plan dev");
    ran.says(&[
        "would have 101 rules, 98 of which hcctl did not make",
        "quota is 100",
    ]);
}

/// A VPN gateway writes what it learns into the tables that it is enabled for.
#[tokio::test]
async fn routes_that_a_vpn_gateway_propagates_are_left_alone() {
    let environment = load("dev");
    let settings = Settings {
        quotas: Quotas::none(),
        ..Settings::instant()
    };
    let world = World::settled(settings, &environment).await;
    let aws = world.aws(&environment).await;
    let table = id(seen(&aws).await.ours(), "route_table", "private-a");
    world
        .sandbox
        .propagate_route(&table, "192.168.0.0/16", "vgw-0123456789abcdef0");
    let call = aws.ec2.describe_route_tables().route_table_ids(&table);
    let told = format!("{:?}", call.send().await.unwrap());
    assert!(told.contains("EnableVgwRoutePropagation"), "{told}");
    let plan = world.plan(&environment).await;
    assert!(plan.is_empty(), "{:?}", lines(&plan));
}

/// Requests go to every target: one that is no task's is named and taken out, and a task's that was taken out is put back.
#[test]
fn targets_that_are_not_as_ecs_registers_them_are_named_and_put_right() {
    let stage = Stage::new("rolling");
    stage.place.expect(0, "deploy --image v2");
    stage.place.expect(0, "drift dev");
    let group = async |aws: &Aws| id(seen(aws).await.ours(), "target_group", "patient");
    let registered = || {
        aside(&stage.served, async |aws| {
            let call = aws.elb.describe_target_health();
            let answer = call.target_group_arn(group(&aws).await).send().await;
            let all = answer.unwrap().target_health_descriptions.unwrap();
            let draining = |one: &TargetHealthDescription| {
                one.target_health().unwrap().state() == Some(&TargetHealthStateEnum::Draining)
            };
            let all = all.iter().filter(|one| !draining(one));
            let all = all.map(|one| one.target().unwrap().clone());
            all.collect::<Vec<TargetDescription>>()
        })
    };
    let tasks = registered();
    assert_eq!(tasks.len(), 2, "{tasks:?}");
    let own = tasks[0].clone();
    let stranger = TargetDescription::builder().id("10.0.9.9").port(81);
    aside(&stage.served, async |aws| {
        let group = group(&aws).await;
        let call = aws.elb.register_targets().target_group_arn(&group);
        call.targets(stranger.build()).send().await.unwrap();
    });
    let told = "{10.0.9.9:81: \"not a task of the service\"}";
    stage.place.run("plan dev").shows(&[told]);
    stage.place.expect(2, "drift dev").shows(&[told]);
    aside(&stage.served, async |aws| {
        let group = group(&aws).await;
        let call = aws.elb.deregister_targets().target_group_arn(&group);
        call.targets(own.clone()).send().await.unwrap();
    });
    let of_task = format!("{}:{}", own.id().unwrap(), own.port().unwrap());
    let ran = stage.place.expect(2, "drift dev");
    ran.shows(&[
        "10.0.9.9:81",
        &of_task,
        "deregistered, though its task runs",
    ]);
    stage.place.expect(0, "apply dev --yes");
    stage.place.expect(0, "drift dev");
    let mut left = registered();
    left.sort_by_key(|one| one.id != own.id);
    assert_eq!((left[0].id(), left[0].port()), (own.id(), own.port()));
    assert_eq!(left.len(), 2, "{left:?}");
}
