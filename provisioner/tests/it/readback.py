"""Reads an environment back attribute by attribute: python readback.py ENDPOINT ENVIRONMENT.

A line per attribute that is as the environment file wants it; ends with 1 where one is not, and says which.
What is wanted stands here by hand, not taken from hcctl.
"""
import json
import sys

import boto3

endpoint, env = sys.argv[1:]
prefix = f"healthcare-app-{env}"
account, region = "123456789012", "us-east-1"
dev = env == "dev"
services = ["patient", "appointment"]
tables = {"patient": f"{prefix}-patients", "appointment": f"{prefix}-appointments"}
wrong = []


def check(what, got, want):
    if got == want:
        print(f"ok: {what} = {want!r}")
    else:
        wrong.append(f"{what}: got {got!r}, want {want!r}")


def client(name):
    return boto3.client(name, endpoint_url=endpoint, region_name=region)


def every(api, operation, key, **kwargs):
    return [item for page in api.get_paginator(operation).paginate(**kwargs) for item in page[key]]


def tags_of(resource, key="Key", value="Value"):
    return {tag[key]: tag[value] for tag in resource}


def tagged(what, tags):
    for name, want in [("Project", "healthcare-app"), ("Environment", env), ("ManagedBy", "hcctl")]:
        check(f"{what} tag {name}", tags.get(name), want)


def arn(service, rest):
    return f"arn:aws:{service}:{region}:{account}:{rest}"


# Network.
ec2 = client("ec2")
mine = [{"Name": "tag:Environment", "Values": [env]}, {"Name": "tag:Project", "Values": ["healthcare-app"]}]
vpcs = ec2.describe_vpcs(Filters=mine)["Vpcs"]
check("VPCs", len(vpcs), 1)
vpc = vpcs[0]["VpcId"]
net = "10.0" if dev else "10.1"
check("VPC block", vpcs[0]["CidrBlock"], f"{net}.0.0/16")
tagged("VPC", tags_of(vpcs[0]["Tags"]))
for attribute, key in [("enableDnsSupport", "EnableDnsSupport"), ("enableDnsHostnames", "EnableDnsHostnames")]:
    check(f"VPC {attribute}", ec2.describe_vpc_attribute(VpcId=vpc, Attribute=attribute)[key]["Value"], True)
in_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
subnets = {tags_of(one["Tags"])["Name"]: one for one in ec2.describe_subnets(Filters=in_vpc)["Subnets"]}
rows = {"public-a": 1, "public-b": 2, "private-a": 11, "private-b": 12}
check("subnets", sorted(subnets), sorted(f"{prefix}-{name}" for name in rows))
ids = {name: subnets[f"{prefix}-{name}"]["SubnetId"] for name in rows}
for name, number in rows.items():
    one = subnets[f"{prefix}-{name}"]
    check(f"subnet {name} block", one["CidrBlock"], f"{net}.{number}.0/24")
    check(f"subnet {name} zone", one["AvailabilityZone"], region + name[-1])
    check(f"subnet {name} public IP", one["MapPublicIpOnLaunch"], False)
    tagged(f"subnet {name}", tags_of(one["Tags"]))
gateways = ec2.describe_internet_gateways(Filters=mine)["InternetGateways"]
check("internet gateways", [a["VpcId"] for g in gateways for a in g["Attachments"]], [vpc])
nats = [one for one in ec2.describe_nat_gateways(Filters=in_vpc)["NatGateways"] if one["State"] == "available"]
zones = ["a"] if dev else ["a", "b"]
check("NAT gateways", sorted(one["SubnetId"] for one in nats), sorted(ids[f"public-{zone}"] for zone in zones))
addresses = {one["AllocationId"] for one in ec2.describe_addresses(Filters=mine)["Addresses"]}
check("elastic IPs", addresses, {address["AllocationId"] for one in nats for address in one["NatGatewayAddresses"]})
nat_of = {one["SubnetId"]: one["NatGatewayId"] for one in nats}
routes = {}
for table in ec2.describe_route_tables(Filters=in_vpc)["RouteTables"]:
    for association in table["Associations"]:
        if "SubnetId" in association:
            routes[association["SubnetId"]] = table
for name in rows:
    table = routes[ids[name]]
    out = [route for route in table["Routes"] if route.get("DestinationCidrBlock") == "0.0.0.0/0"]
    if name.startswith("public"):
        check(f"{name} goes out by", [one.get("GatewayId") for one in out], [gateways[0]["InternetGatewayId"]])
    else:
        zone = "a" if dev else name[-1]
        check(f"{name} goes out by", [one.get("NatGatewayId") for one in out], [nat_of[ids[f"public-{zone}"]]])
endpoints = {one["ServiceName"]: one for one in ec2.describe_vpc_endpoints(Filters=in_vpc)["VpcEndpoints"]}
check("endpoints", sorted(endpoints), [f"com.amazonaws.{region}.dynamodb", f"com.amazonaws.{region}.s3"])
for name, one in endpoints.items():
    check(f"{name} type", one["VpcEndpointType"], "Gateway")
    check(f"{name} tables", set(one["RouteTableIds"]), {table["RouteTableId"] for table in routes.values()})

# Security groups.
groups = {one["GroupName"]: one for one in ec2.describe_security_groups(Filters=in_vpc)["SecurityGroups"]}
check("security groups", sorted(groups), sorted(["default", f"{prefix}-alb", f"{prefix}-tasks"]))
check("default group, in", groups["default"]["IpPermissions"], [])
check("default group, out", groups["default"]["IpPermissionsEgress"], [])
group = {name: groups[f"{prefix}-{name}"]["GroupId"] for name in ["alb", "tasks"]}
check("alb group says", groups[f"{prefix}-alb"]["Description"], "HTTP and HTTPS from the internet")
check("tasks group says", groups[f"{prefix}-tasks"]["Description"], "From the load balancer only")
rules = every(ec2, "describe_security_group_rules", "SecurityGroupRules",
              Filters=[{"Name": "group-id", "Values": list(group.values())}])


def peer(rule):
    return rule.get("CidrIpv4") or rule.get("ReferencedGroupInfo", {}).get("GroupId")


seen = sorted((r["GroupId"], r["IsEgress"], r["IpProtocol"], r["FromPort"], r["ToPort"], peer(r)) for r in rules)
anywhere = "0.0.0.0/0"
check("rules", seen, sorted([
    (group["alb"], False, "tcp", 80, 80, anywhere),
    (group["alb"], False, "tcp", 443, 443, anywhere),
    (group["alb"], True, "tcp", 3000, 3000, group["tasks"]),
    (group["tasks"], False, "tcp", 3000, 3000, group["alb"]),
    (group["tasks"], True, "tcp", 443, 443, anywhere),
]))
for rule in rules:
    check(f"rule {rule['SecurityGroupRuleId']} has a description", bool(rule.get("Description")), True)

# Edge.
elb = client("elbv2")
balancers = elb.describe_load_balancers(Names=[f"{prefix}-alb"])["LoadBalancers"]
check("load balancers", len(balancers), 1)
alb = balancers[0]
check("ALB type", alb["Type"], "application")
check("ALB scheme", alb["Scheme"], "internet-facing")
check("ALB subnets", {zone["SubnetId"] for zone in alb["AvailabilityZones"]}, {ids["public-a"], ids["public-b"]})
check("ALB groups", alb["SecurityGroups"], [group["alb"]])
check("ALB VPC", alb["VpcId"], vpc)
attributes = tags_of(elb.describe_load_balancer_attributes(LoadBalancerArn=alb["LoadBalancerArn"])["Attributes"])
check("ALB drops invalid headers", attributes["routing.http.drop_invalid_header_fields.enabled"], "true")
check("ALB deletion protection", attributes["deletion_protection.enabled"], "false" if dev else "true")
listeners = elb.describe_listeners(LoadBalancerArn=alb["LoadBalancerArn"])["Listeners"]
check("listeners", [(one["Protocol"], one["Port"]) for one in listeners], [("HTTP", 80)])
check("default action", [one["Type"] for one in listeners[0]["DefaultActions"]], ["forward"])
targets = {one["TargetGroupName"]: one for one in every(elb, "describe_target_groups", "TargetGroups")}
wanted = {service: [f"{prefix}-{service}"] for service in services}
if not dev:
    # 32 characters at most; a name that is too long is shortened in one way or another, but stays unique.
    check("target groups", len(targets), 4)
    check("names fit", [name for name in targets if len(name) > 32], [])
    wanted = {service: [name for name in targets if service[:7] in name] for service in services}
    check("two groups each", [len(names) for names in wanted.values()], [2, 2])
check("target groups belong", sorted(targets), sorted(name for names in wanted.values() for name in names))
for name, one in targets.items():
    for key, want in [
        ("TargetType", "ip"), ("Protocol", "HTTP"), ("VpcId", vpc), ("HealthCheckPath", "/health"),
        ("HealthCheckIntervalSeconds", 10), ("HealthyThresholdCount", 2), ("UnhealthyThresholdCount", 3),
        ("HealthCheckTimeoutSeconds", 5), ("Matcher", {"HttpCode": "200"}),
    ]:
        check(f"{name} {key}", one[key], want)
    attributes = tags_of(elb.describe_target_group_attributes(TargetGroupArn=one["TargetGroupArn"])["Attributes"])
    check(f"{name} deregistration", attributes["deregistration_delay.timeout_seconds"], "30")
rules = [one for one in elb.describe_rules(ListenerArn=listeners[0]["ListenerArn"])["Rules"] if not one["IsDefault"]]
by_path = {}
for rule in rules:
    paths = [value for condition in rule["Conditions"] for value in condition["PathPatternConfig"]["Values"]]
    forward = [group for action in rule["Actions"] for group in action["ForwardConfig"]["TargetGroups"]]
    by_path[tuple(paths)] = {one["TargetGroupArn"] for one in forward}
    check(f"rule {paths} weight", sum(one.get("Weight", 1) for one in forward) > 0, True)
check("rules", by_path, {
    (f"/api/{service}s*",): {targets[name]["TargetGroupArn"] for name in wanted[service]} for service in services
})

# Registry.
ecr = client("ecr")
for service in services:
    name = f"{prefix}-{service}-service"
    one = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]
    check(f"{name} scan", one["imageScanningConfiguration"]["scanOnPush"], True)
    check(f"{name} tags", one["imageTagMutability"], "IMMUTABLE")
    check(f"{name} encryption", one["encryptionConfiguration"]["encryptionType"], "AES256")
    tagged(name, tags_of(ecr.list_tags_for_resource(resourceArn=one["repositoryArn"])["tags"]))
    policy = json.loads(ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"])
    selections = [rule["selection"] for rule in policy["rules"]]
    check(f"{name} untagged", [s for s in selections if s["tagStatus"] != "tagged"], [])
    check(f"{name} tagged", [(s["countType"], s["countNumber"], s["tagPatternList"]) for s in selections
                             if s["tagStatus"] == "tagged"],
          [("imageCountMoreThan", 1000, ["hcctl-keep-*"]), ("imageCountMoreThan", 5, ["hcctl-*"])])

# Identity.
iam = client("iam")
roles = {role["RoleName"]: role for role in every(iam, "list_roles", "Roles") if role["RoleName"].startswith(prefix)}
names = ["ecs-execution", "patient-task", "appointment-task"] + ([] if dev else ["ecs-infrastructure"])
check("roles", sorted(roles), sorted(f"{prefix}-{name}" for name in names))
policies = {}
for name, role in roles.items():
    trust = role["AssumeRolePolicyDocument"]["Statement"]
    principal = "ecs" if name.endswith("infrastructure") else "ecs-tasks"
    check(f"{name} trusts", [one["Principal"] for one in trust], [{"Service": f"{principal}.amazonaws.com"}])
    check(f"{name} on condition", [one["Condition"] for one in trust], [{
        "StringEquals": {"aws:SourceAccount": account}, "ArnLike": {"aws:SourceArn": arn("ecs", "*")},
    }])
    check(f"{name} path", role["Path"], "/hcctl/")
    check(f"{name} attached", every(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=name), [])
    tagged(name, tags_of(iam.list_role_tags(RoleName=name)["Tags"]))
    policies[name] = [statement for policy in every(iam, "list_role_policies", "PolicyNames", RoleName=name)
                      for statement in iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]["Statement"]]
    check(f"{name} only allows", {one["Effect"] for one in policies[name]}, {"Allow"})


def resources(statements):
    many = [one["Resource"] for one in statements if one["Action"] != "ecr:GetAuthorizationToken"]
    return sorted(name for one in many for name in ([one] if isinstance(one, str) else one))


execution = f"{prefix}-ecs-execution"
check("execution role reaches", resources(policies[execution]), sorted(
    [arn("ecr", f"repository/{prefix}-{service}-service") for service in services]
    + [arn("logs", f"log-group:/ecs/{prefix}/{service}:*") for service in services]))
for service in services:
    table = arn("dynamodb", f"table/{tables[service]}")
    check(f"{service} role reaches", resources(policies[f"{prefix}-{service}-task"]), [table, f"{table}/index/*"])
    actions = [action for one in policies[f"{prefix}-{service}-task"] for action in one["Action"]]
    check(f"{service} role may not", [action for action in actions if "*" in action or "Delete" in action],
          ["dynamodb:DeleteItem"])

# Data.
dynamodb = client("dynamodb")
for service, name in tables.items():
    one = dynamodb.describe_table(TableName=name)["Table"]
    keys = [(key["AttributeName"], key["KeyType"]) for key in one["KeySchema"]]
    check(f"{name} keys", keys, [("pk", "HASH"), ("sk", "RANGE")])
    indexes = [(index["IndexName"], index["Projection"]["ProjectionType"],
                [(key["AttributeName"], key["KeyType"]) for key in index["KeySchema"]])
               for index in one["GlobalSecondaryIndexes"]]
    check(f"{name} index", indexes, [("gsi1", "ALL", [("gsi1pk", "HASH"), ("gsi1sk", "RANGE")])])
    check(f"{name} on demand", one["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST")
    check(f"{name} deletion protection", one.get("DeletionProtectionEnabled", False), not dev)
    ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    check(f"{name} TTL", (ttl["TimeToLiveStatus"], ttl.get("AttributeName")), ("ENABLED", "expires_at"))
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovery = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
    check(f"{name} point-in-time recovery", recovery, "ENABLED")
    tagged(name, tags_of(dynamodb.list_tags_of_resource(ResourceArn=one["TableArn"])["Tags"]))

# Compute.
ecs = client("ecs")
cluster = ecs.describe_clusters(clusters=[f"{prefix}-cluster"], include=["SETTINGS", "TAGS"])["clusters"][0]
check("container insights", cluster["settings"], [{"name": "containerInsights", "value": "enabled"}])
tagged("cluster", tags_of(cluster["tags"], "key", "value"))
for service in services:
    name = f"{prefix}-{service}-service"
    answer = ecs.describe_task_definition(taskDefinition=name, include=["TAGS"])
    tagged(f"{name} definition", tags_of(answer["tags"], "key", "value"))
    definition = answer["taskDefinition"]
    for key, want in [
        ("networkMode", "awsvpc"), ("requiresCompatibilities", ["FARGATE"]),
        ("cpu", "256" if dev else "512"), ("memory", "512" if dev else "1024"),
        ("executionRoleArn", f"arn:aws:iam::{account}:role/hcctl/{execution}"),
        ("taskRoleArn", f"arn:aws:iam::{account}:role/hcctl/{prefix}-{service}-task"),
    ]:
        check(f"{name} {key}", definition[key], want)
    check(f"{name} containers", len(definition["containerDefinitions"]), 1)
    container = definition["containerDefinitions"][0]
    check(f"{name} user is root", container["user"].split(":")[0] in ("", "0", "root"), False)
    check(f"{name} read-only root", container["readonlyRootFilesystem"], True)
    check(f"{name} capabilities", container["linuxParameters"]["capabilities"]["drop"], ["ALL"])
    check(f"{name} privileged", container.get("privileged", False), False)
    check(f"{name} ports", [port["containerPort"] for port in container["portMappings"]], [3000])
    check(f"{name} log driver", container["logConfiguration"]["logDriver"], "awslogs")
    options = container["logConfiguration"]["options"]
    check(f"{name} logs to", (options["awslogs-group"], options["awslogs-region"]), (f"/ecs/{prefix}/{service}", region))
    variables = tags_of(container["environment"], "name", "value")
    want = {"RUST_LOG": "info", "PORT": "3000", "APP_ENV": env, "AWS_REGION": region, "TABLE": tables[service]}
    if not dev:
        want |= {"AUTH_ISSUER": "https://auth.example.com/", "AUTH_AUDIENCE": "healthcare-api"}
    check(f"{name} environment", variables, want)
    one = ecs.describe_services(cluster=f"{prefix}-cluster", services=[name], include=["TAGS"])["services"][0]
    tagged(f"{name}", tags_of(one["tags"], "key", "value"))
    place = one["networkConfiguration"]["awsvpcConfiguration"]
    check(f"{name} subnets", set(place["subnets"]), {ids["private-a"], ids["private-b"]})
    check(f"{name} groups", place["securityGroups"], [group["tasks"]])
    check(f"{name} public IP", place["assignPublicIp"], "DISABLED")
    check(f"{name} launch type", one["launchType"], "FARGATE")
    check(f"{name} count before its first deploy", one["desiredCount"], 0)
    check(f"{name} definition", one["taskDefinition"], definition["taskDefinitionArn"])
    check(f"{name} grace", one["healthCheckGracePeriodSeconds"], 60)
    balancing = [(b["targetGroupArn"], b["containerName"], b["containerPort"]) for b in one["loadBalancers"]]
    check(f"{name} port", [b[2] for b in balancing], [3000])
    check(f"{name} container", [b[1] for b in balancing], [container["name"]])
    check(f"{name} group", {b[0] for b in balancing} <= {targets[n]["TargetGroupArn"] for n in wanted[service]}, True)
    rollout = one["deploymentConfiguration"]
    check(f"{name} strategy", rollout["strategy"], "ROLLING" if dev else "BLUE_GREEN")
    breaker = rollout["deploymentCircuitBreaker"]
    check(f"{name} circuit breaker", (breaker["enable"], breaker["rollback"]), (True, True))
    if not dev:
        check(f"{name} bake", rollout["bakeTimeInMinutes"], 10)
        check(f"{name} rolls back on alarms", (rollout["alarms"]["enable"], rollout["alarms"]["rollback"]), (True, True))
        advanced = one["loadBalancers"][0]["advancedConfiguration"]
        both = {balancing[0][0], advanced["alternateTargetGroupArn"]}
        check(f"{name} both groups", both, {targets[n]["TargetGroupArn"] for n in wanted[service]})
        check(f"{name} rule", advanced["productionListenerRule"] in {rule["RuleArn"] for rule in rules}, True)
        check(f"{name} role", advanced["roleArn"], f"arn:aws:iam::{account}:role/hcctl/{prefix}-ecs-infrastructure")

# Scaling.
scaling = client("application-autoscaling")
for service in services:
    resource = f"service/{prefix}-cluster/{prefix}-{service}-service"
    found = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[resource])["ScalableTargets"]
    check(f"{service} scales", [(one["MinCapacity"], one["MaxCapacity"]) for one in found], [(1, 2) if dev else (2, 6)])
    check(f"{service} dimension", [one["ScalableDimension"] for one in found], ["ecs:service:DesiredCount"])
    found = scaling.describe_scaling_policies(ServiceNamespace="ecs", ResourceId=resource)["ScalingPolicies"]
    tracking = [one["TargetTrackingScalingPolicyConfiguration"] for one in found]
    check(f"{service} tracks", [
        (one["PredefinedMetricSpecification"]["PredefinedMetricType"], one["TargetValue"]) for one in tracking
    ], [("ECSServiceAverageCPUUtilization", 70.0)])

# Observability.
logs, watch = client("logs"), client("cloudwatch")
groups = {one["logGroupName"]: one.get("retentionInDays") for one in every(logs, "describe_log_groups", "logGroups")}
names = [f"/ecs/{prefix}/{service}" for service in services]
names.append(f"/aws/ecs/containerinsights/{prefix}-cluster/performance")
check("log groups", groups, dict.fromkeys(names, 7 if dev else 365))
for name in names:
    tagged(name, logs.list_tags_for_resource(resourceArn=arn("logs", f"log-group:{name}"))["tags"])
check("dashboards", [one["DashboardName"] for one in every(watch, "list_dashboards", "DashboardEntries")], [prefix])
dashboard = json.loads(watch.get_dashboard(DashboardName=prefix)["DashboardBody"])
graphed = {}
for widget in dashboard["widgets"]:
    for metric in widget["properties"]["metrics"]:
        graphed.setdefault(metric[1], set()).add(json.dumps(metric))
for metric in ["CPUUtilization", "MemoryUtilization", "RequestCount", "HTTPCode_Target_5XX_Count", "TargetResponseTime",
               "HealthyHostCount"]:
    count = 2 if dev or metric.endswith("Utilization") else 4
    check(f"dashboard shows {metric}", len(graphed.get(metric, ())), count)
check("latency is p95", {json.loads(one)[-1]["stat"] for one in graphed["TargetResponseTime"]}, {"p95"})
full = alb["LoadBalancerArn"].split(":loadbalancer/")[1]
check("dashboard names the ALB", {json.loads(one)[5] for one in graphed["RequestCount"]}, {full})
alarms = {one["AlarmName"]: one for one in every(watch, "describe_alarms", "MetricAlarms")
          if one["AlarmName"].startswith(prefix)}
for service in services:
    for kind, metric, threshold, period in [
        ("cpu", "CPUUtilization", 80.0, 300), ("memory", "MemoryUtilization", 90.0 if dev else 80.0, 300),
        ("5xx", "HTTPCode_Target_5XX_Count", 5.0, 60), ("unhealthy", "UnHealthyHostCount", 0.0, 60),
    ]:
        one = alarms[f"{prefix}-{service}-{kind}"]
        for key, want in [("MetricName", metric), ("Threshold", threshold), ("Period", period),
                          ("ComparisonOperator", "GreaterThanThreshold"), ("TreatMissingData", "notBreaching")]:
            check(f"alarm {service}-{kind} {key}", one.get(key), want)
        dimensions = tags_of(one["Dimensions"], "Name", "Value")
        if metric.endswith("Utilization"):
            check(f"alarm {service}-{kind} watches", dimensions,
                  {"ClusterName": f"{prefix}-cluster", "ServiceName": f"{prefix}-{service}-service"})
        else:
            arns = {targets[name]["TargetGroupArn"].split(":")[5] for name in wanted[service]}
            check(f"alarm {service}-{kind} watches", (dimensions["LoadBalancer"], dimensions["TargetGroup"] in arns),
                  (full, True))
        tagged(f"alarm {service}-{kind}", tags_of(watch.list_tags_for_resource(ResourceARN=one["AlarmArn"])["Tags"]))
if wrong:
    sys.exit("\n".join(wrong))
