"""What is left of an environment on an endpoint, whatever its tags say: python leftovers.py ENDPOINT ENVIRONMENT.

The state bucket with its journal stays by design. Ends with 1 where anything else is left, and names it.
"""
import sys

import boto3

endpoint, env = sys.argv[1:]
prefix = f"healthcare-app-{env}"


def client(name):
    return boto3.client(name, endpoint_url=endpoint, region_name="us-east-1")


def every(api, operation, key, **kwargs):
    return [item for page in api.get_paginator(operation).paginate(**kwargs) for item in page[key]]


left = []


def report(what, found):
    print(f"{what}: {len(found)}")
    left.extend(f"{what} {item}" for item in found)


ec2, elb, ecs, logs = client("ec2"), client("elbv2"), client("ecs"), client("logs")
watch, iam = client("cloudwatch"), client("iam")
dead = ("deleted", "deleting")
default = {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if vpc["IsDefault"]}
report("vpc", [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if vpc["VpcId"] not in default])
for what, operation, key, name in [
    ("subnet", "describe_subnets", "Subnets", "SubnetId"),
    ("route table", "describe_route_tables", "RouteTables", "RouteTableId"),
    ("security group", "describe_security_groups", "SecurityGroups", "GroupId"),
    ("endpoint", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    ("nat gateway", "describe_nat_gateways", "NatGateways", "NatGatewayId"),
]:
    found = every(ec2, operation, key)
    report(what, [one[name] for one in found if one.get("VpcId") not in default and one.get("State") not in dead])
# moto keeps the interface of a NAT gateway that it has deleted; AWS deletes it along with the gateway.
kept = {
    address["NetworkInterfaceId"]
    for gateway in every(ec2, "describe_nat_gateways", "NatGateways") if gateway["State"] in dead
    for address in gateway["NatGatewayAddresses"]
}
interfaces = {one["NetworkInterfaceId"] for one in every(ec2, "describe_network_interfaces", "NetworkInterfaces")}
report("network interface", sorted(interfaces - kept))
report("internet gateway", [
    gateway["InternetGatewayId"]
    for gateway in every(ec2, "describe_internet_gateways", "InternetGateways")
    if not any(attachment["VpcId"] in default for attachment in gateway["Attachments"])
])
report("address", [one["AllocationId"] for one in ec2.describe_addresses()["Addresses"]])
balancers = every(elb, "describe_load_balancers", "LoadBalancers")
report("load balancer", [one["LoadBalancerName"] for one in balancers])
report("target group", [one["TargetGroupName"] for one in every(elb, "describe_target_groups", "TargetGroups")])
clusters = [one for one in every(ecs, "list_clusters", "clusterArns")]
active = [one["clusterArn"] for one in ecs.describe_clusters(clusters=clusters)["clusters"] if one["status"] == "ACTIVE"]
report("cluster", active)
report("service", [arn for cluster in active for arn in every(ecs, "list_services", "serviceArns", cluster=cluster)])
report("task definition", every(ecs, "list_task_definitions", "taskDefinitionArns", status="ACTIVE"))
report("repository", [one["repositoryName"] for one in every(client("ecr"), "describe_repositories", "repositories")])
report("role", [one["RoleName"] for one in every(iam, "list_roles", "Roles") if prefix in one["RoleName"]])
report("table", every(client("dynamodb"), "list_tables", "TableNames"))
report("log group", [one["logGroupName"] for one in every(logs, "describe_log_groups", "logGroups")])
report("alarm", [one["AlarmName"] for one in every(watch, "describe_alarms", "MetricAlarms")])
report("dashboard", [one["DashboardName"] for one in every(watch, "list_dashboards", "DashboardEntries")])
scaling = client("application-autoscaling")
report("scalable target", every(scaling, "describe_scalable_targets", "ScalableTargets", ServiceNamespace="ecs"))
report("scaling policy", every(scaling, "describe_scaling_policies", "ScalingPolicies", ServiceNamespace="ecs"))
report("bucket beside the state's", [
    one["Name"] for one in client("s3").list_buckets()["Buckets"] if not one["Name"].startswith("hcctl-123456789012-")
])
report("lease", [
    one["Key"] for one in client("s3").list_objects_v2(Bucket="hcctl-123456789012-us-east-1").get("Contents", [])
    if one["Key"].endswith("lease.json")
])
if left:
    sys.exit("left: " + "; ".join(map(str, left)))
