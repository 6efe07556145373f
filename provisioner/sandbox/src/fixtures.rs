//! What the tests of several rooms stand on: a network with a load balancer in it.

use serde_json::{Value, json};

use crate::bench::{Bench, text};

/// Ids of a small network: two public subnets in two zones behind an internet gateway, and one group.
pub(crate) struct Network {
    pub(crate) vpc: String,
    pub(crate) subnets: [String; 2],
    pub(crate) group: String,
    pub(crate) gateway: String,
}

/// Makes the network.
pub(crate) fn network(bench: &Bench) -> Network {
    let make = |operation: &str, params: &[(&str, &str)], id: &str| {
        text(&bench.ec2(operation, params).unwrap(), id)
    };
    let vpc = make("CreateVpc", &[("CidrBlock", "10.0.0.0/16")], "vpcId");
    let subnet = |zone: &str, block: &str| {
        let params = [
            ("VpcId", vpc.as_str()),
            ("CidrBlock", block),
            ("AvailabilityZone", zone),
        ];
        make("CreateSubnet", &params, "subnetId")
    };
    let subnets = [
        subnet("us-east-1a", "10.0.0.0/24"),
        subnet("us-east-1b", "10.0.1.0/24"),
    ];
    let gateway = make("CreateInternetGateway", &[], "internetGatewayId");
    let attach = [
        ("VpcId", vpc.as_str()),
        ("InternetGatewayId", gateway.as_str()),
    ];
    bench.ec2("AttachInternetGateway", &attach).unwrap();
    let group = [
        ("VpcId", vpc.as_str()),
        ("GroupName", "edge"),
        ("GroupDescription", "edge"),
    ];
    let group = make("CreateSecurityGroup", &group, "groupId");
    Network {
        vpc,
        subnets,
        group,
        gateway,
    }
}

impl Network {
    /// Makes a load balancer and answers its ARN.
    pub(crate) fn load_balancer(&self, bench: &Bench) -> String {
        let params = [
            ("Name", "edge"),
            ("Subnets.member.1", self.subnets[0].as_str()),
            ("Subnets.member.2", self.subnets[1].as_str()),
            ("SecurityGroups.member.1", self.group.as_str()),
        ];
        let xml = bench
            .query("elasticloadbalancing", "CreateLoadBalancer", &params)
            .unwrap();
        text(&xml, "LoadBalancerArn")
    }

    /// Makes a target group and answers its ARN.
    pub(crate) fn target_group(&self, bench: &Bench, name: &str) -> String {
        let params = [
            ("Name", name),
            ("Protocol", "HTTP"),
            ("Port", "8080"),
            ("VpcId", self.vpc.as_str()),
            ("TargetType", "ip"),
            ("HealthCheckPath", "/health"),
        ];
        let xml = bench
            .query("elasticloadbalancing", "CreateTargetGroup", &params)
            .unwrap();
        text(&xml, "TargetGroupArn")
    }
}

/// Makes a listener on port 80 that forwards to a group, and answers its ARN.
pub(crate) fn listener(bench: &Bench, load_balancer: &str, group: &str) -> String {
    let params = [
        ("LoadBalancerArn", load_balancer),
        ("Protocol", "HTTP"),
        ("Port", "80"),
        ("DefaultActions.member.1.Type", "forward"),
        ("DefaultActions.member.1.TargetGroupArn", group),
    ];
    let xml = bench
        .query("elasticloadbalancing", "CreateListener", &params)
        .unwrap();
    text(&xml, "ListenerArn")
}

/// Everything that a service stands on.
pub(crate) struct Stage {
    pub(crate) network: Network,
    pub(crate) target_group: String,
    pub(crate) load_balancer: String,
    pub(crate) listener: String,
}

/// What a service needs besides to shift its traffic.
pub(crate) struct Shift {
    pub(crate) alternate: String,
    pub(crate) rule: String,
    pub(crate) test_rule: String,
}

/// What every image of the stage's repository is called, up to its tag.
pub(crate) const IMAGE: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com/patient";

/// Makes the network with a way out, a load balancer that forwards to a target group, a role, a log group, a repository with the image
/// `v1` in it, and the cluster `main` with the task definition `patient:1` of that image.
pub(crate) fn stage(bench: &Bench) -> Stage {
    let network = network(bench);
    let tables = bench.ec2("DescribeRouteTables", &[]).unwrap();
    let out = [
        ("RouteTableId", text(&tables, "routeTableId")),
        ("DestinationCidrBlock", "0.0.0.0/0".to_owned()),
        ("GatewayId", network.gateway.clone()),
    ];
    let out: Vec<(&str, &str)> = out
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    bench.ec2("CreateRoute", &out).unwrap();
    let load_balancer = network.load_balancer(bench);
    let target_group = network.target_group(bench, "patient");
    let listener = listener(bench, &load_balancer, &target_group);
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": { "Service": "ecs-tasks.amazonaws.com" }, "Action": "sts:AssumeRole" }],
    });
    let role = [
        ("RoleName", "run"),
        ("AssumeRolePolicyDocument", &trust.to_string()),
    ];
    bench.query("iam", "CreateRole", &role).unwrap();
    bench
        .json(
            "logs",
            "CreateLogGroup",
            json!({ "logGroupName": "/patient" }),
        )
        .unwrap();
    bench
        .json(
            "ecr",
            "CreateRepository",
            json!({ "repositoryName": "patient" }),
        )
        .unwrap();
    push(bench, "v1");
    bench
        .json("ecs", "CreateCluster", json!({ "clusterName": "main" }))
        .unwrap();
    register(bench, "v1");
    Stage {
        network,
        target_group,
        load_balancer,
        listener,
    }
}

/// Pushes an image of its own under a tag, and answers its digest.
pub(crate) fn push(bench: &Bench, tag: &str) -> String {
    let manifest = json!({ "mediaType": "application/vnd.oci.image.manifest.v1+json", "annotations": { "tag": tag } });
    let body = json!({ "repositoryName": "patient", "imageManifest": manifest.to_string(), "imageTag": tag });
    let made = bench.json("ecr", "PutImage", body).unwrap();
    made["image"]["imageId"]["imageDigest"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Registers a revision of the task definition `patient` with an image of this tag, and answers its ARN.
pub(crate) fn register(bench: &Bench, tag: &str) -> String {
    let made = bench
        .json("ecs", "RegisterTaskDefinition", definition(tag))
        .unwrap();
    made["taskDefinition"]["taskDefinitionArn"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// The task definition `patient` with an image of this tag.
pub(crate) fn definition(tag: &str) -> Value {
    json!({
        "family": "patient",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": "arn:aws:iam::123456789012:role/run",
        "runtimePlatform": { "cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX" },
        "volumes": [{ "name": "tmp" }],
        "containerDefinitions": [{
            "name": "app",
            "image": format!("{IMAGE}:{tag}"),
            "portMappings": [{ "containerPort": 8080 }],
            "readonlyRootFilesystem": true,
            "linuxParameters": { "capabilities": { "drop": ["ALL"] }, "initProcessEnabled": true },
            "mountPoints": [{ "sourceVolume": "tmp", "containerPath": "/tmp" }],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": { "awslogs-group": "/patient", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "app" },
            },
        }],
        "tags": [{ "key": "hcctl:stack", "value": "dev" }],
    })
}

impl Stage {
    /// The service `patient` of two tasks behind the load balancer, with the circuit breaker on.
    pub(crate) fn service(&self) -> Value {
        json!({
            "cluster": "main",
            "serviceName": "patient",
            "taskDefinition": "patient",
            "desiredCount": 2,
            "launchType": "FARGATE",
            "loadBalancers": [{ "targetGroupArn": self.target_group, "containerName": "app", "containerPort": 8080 }],
            "networkConfiguration": { "awsvpcConfiguration": {
                "subnets": self.network.subnets,
                "securityGroups": [self.network.group],
                "assignPublicIp": "ENABLED",
            } },
            "deploymentConfiguration": { "deploymentCircuitBreaker": { "enable": true, "rollback": true } },
            "healthCheckGracePeriodSeconds": 30,
            "enableECSManagedTags": true,
            "propagateTags": "SERVICE",
            "tags": [{ "key": "hcctl:stack", "value": "dev" }],
        })
    }

    /// Makes a second target group, a rule that forwards to both, one for test traffic, and the role with which ECS writes them.
    pub(crate) fn shift(&self, bench: &Bench) -> Shift {
        let elb = |operation: &str, params: &[(&str, &str)]| {
            bench
                .query("elasticloadbalancing", operation, params)
                .unwrap()
        };
        let alternate = self.network.target_group(bench, "alternate");
        let test = elb(
            "CreateListener",
            &[
                ("LoadBalancerArn", self.load_balancer.as_str()),
                ("Protocol", "HTTP"),
                ("Port", "8443"),
                ("DefaultActions.member.1.Type", "forward"),
                (
                    "DefaultActions.member.1.TargetGroupArn",
                    self.target_group.as_str(),
                ),
            ],
        );
        let test = text(&test, "ListenerArn");
        let groups = "Actions.member.1.ForwardConfig.TargetGroups.member";
        let rule = |listener: &str| {
            let params = [
                ("ListenerArn".to_owned(), listener),
                ("Priority".to_owned(), "100"),
                ("Conditions.member.1.Field".to_owned(), "path-pattern"),
                ("Conditions.member.1.Values.member.1".to_owned(), "/*"),
                ("Actions.member.1.Type".to_owned(), "forward"),
                (format!("{groups}.1.TargetGroupArn"), &self.target_group),
                (format!("{groups}.1.Weight"), "100"),
                (format!("{groups}.2.TargetGroupArn"), &alternate),
                (format!("{groups}.2.Weight"), "0"),
            ];
            let params: Vec<(&str, &str)> = params
                .iter()
                .map(|(name, value)| (name.as_str(), *value))
                .collect();
            text(&elb("CreateRule", &params), "RuleArn")
        };
        let (rule, test_rule) = (rule(&self.listener), rule(&test));
        let trust = json!({
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Principal": { "Service": "ecs.amazonaws.com" }, "Action": "sts:AssumeRole" }],
        });
        let shifter = [
            ("RoleName", "shift"),
            ("AssumeRolePolicyDocument", &trust.to_string()),
        ];
        bench.query("iam", "CreateRole", &shifter).unwrap();
        Shift {
            alternate,
            rule,
            test_rule,
        }
    }

    /// The service's load balancer with both target groups.
    pub(crate) fn both_groups(&self, shift: &Shift) -> Value {
        json!([{
            "targetGroupArn": self.target_group,
            "containerName": "app",
            "containerPort": 8080,
            "advancedConfiguration": {
                "alternateTargetGroupArn": shift.alternate,
                "productionListenerRule": shift.rule,
                "testListenerRule": shift.test_rule,
                "roleArn": "arn:aws:iam::123456789012:role/shift",
            },
        }])
    }

    /// Makes that service.
    pub(crate) fn create_service(&self, bench: &Bench) -> Value {
        bench.json("ecs", "CreateService", self.service()).unwrap()["service"].clone()
    }
}

/// The service `patient` as it looks now.
pub(crate) fn describe_service(bench: &Bench) -> Value {
    let body = json!({ "cluster": "main", "services": ["patient"], "include": ["TAGS"] });
    bench.json("ecs", "DescribeServices", body).unwrap()["services"][0].clone()
}
