"""Changes things behind hcctl's back, with boto3: python meddle.py ENDPOINT.

A line of JSON per call on standard input, {"service", "operation", "params"}, and a line back: {"ok": ANSWER} or {"error": TEXT}.
Three operations are of its own: `ecs:Revise` registers a task definition again with other members ("set": by path, such as
`containerDefinitions.0.user`; a null takes one away) and lets the service run it; `ec2:ModifyRule` sends a security group's
rule again with other terms; `ec2:LeaveTable` takes a route table from its subnets. `S3LIST` stands for the id of S3's prefix
list.
"""
import json
import sys

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

clients = {}
READ_ONLY = (
    "taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities", "registeredAt", "registeredBy",
)


def client(service):
    if service not in clients:
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        clients[service] = boto3.client(service, endpoint_url=sys.argv[1], region_name="us-east-1", config=config)
    return clients[service]


def put(tree, path, value):
    *parents, last = path.split(".")
    for part in parents:
        if isinstance(tree, list):
            tree = tree[int(part)]
        else:
            tree = tree.setdefault(part, {})
    if value is None:
        tree.pop(last, None)
    elif isinstance(tree, list):
        tree[int(last):int(last) + 1] = [value]
    else:
        tree[last] = value


def revise(params):
    ecs = client("ecs")
    seen = ecs.describe_task_definition(taskDefinition=params["definition"], include=["TAGS"])
    definition = {key: value for key, value in seen["taskDefinition"].items() if key not in READ_ONLY}
    for path, value in params["set"].items():
        put(definition, path, value)
    made = ecs.register_task_definition(**definition, tags=seen["tags"])["taskDefinition"]
    answer = ecs.update_service(
        cluster=params["cluster"], service=params["service"], taskDefinition=made["taskDefinitionArn"], **params.get("with", {})
    )
    if params.get("deregister"):
        ecs.deregister_task_definition(taskDefinition=made["taskDefinitionArn"])
    return {"service": answer["service"]["serviceArn"]}


def modify_rule(params):
    rule = {"SecurityGroupRuleId": params["id"], "SecurityGroupRule": params["rule"]}
    return client("ec2").modify_security_group_rules(GroupId=params["group"], SecurityGroupRules=[rule])


def leave_table(params):
    tables = client("ec2").describe_route_tables(RouteTableIds=[params["id"]])["RouteTables"]
    for association in tables[0]["Associations"]:
        client("ec2").disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
    return {}


def prefix_list():
    lists = client("ec2").describe_managed_prefix_lists()["PrefixLists"]
    return next(one["PrefixListId"] for one in lists if one["PrefixListName"].endswith(".s3"))


OWN = {"ecs:Revise": revise, "ec2:ModifyRule": modify_rule, "ec2:LeaveTable": leave_table}

for line in sys.stdin:
    if "S3LIST" in line:
        line = line.replace("S3LIST", prefix_list())
    call = json.loads(line)
    own = OWN.get(f"{call['service']}:{call['operation']}")
    try:
        if own:
            answer = own(call["params"])
        else:
            answer = getattr(client(call["service"]), xform_name(call["operation"]))(**call["params"])
        answer = {"ok": answer}
    except (ClientError, BotoCoreError) as error:
        answer = {"error": str(error)}
    print(json.dumps(answer, default=str), flush=True)
