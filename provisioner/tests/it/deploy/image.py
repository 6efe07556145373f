"""Puts an image into dev's repositories, or reads back what a deploy of it did: python image.py ENDPOINT put|read TAG."""
import hashlib
import json
import sys

import boto3

endpoint, verb, tag = sys.argv[1:]


def client(service):
    return boto3.client(service, endpoint_url=endpoint, region_name="us-east-1")


ecr, ecs = client("ecr"), client("ecs")
wrong = []


def check(what, is_, wanted):
    if is_ != wanted:
        wrong.append(f"{what}: {is_!r}, not {wanted!r}")


for service in ["patient", "appointment"]:
    name = f"healthcare-app-dev-{service}-service"
    if verb == "put":
        layer = "sha256:" + hashlib.sha256(service.encode()).hexdigest()
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 2, "digest": layer},
            "layers": [],
        }
        ecr.put_image(repositoryName=name, imageTag=tag, imageManifest=json.dumps(manifest))
        print(f"put {name}:{tag}")
        continue
    [image] = ecr.describe_images(repositoryName=name, imageIds=[{"imageTag": tag}])["imageDetails"]
    digest = image["imageDigest"]
    keep = "hcctl-keep-" + digest.removeprefix("sha256:")[:12]
    check(f"{name} tags", sorted(image["imageTags"]), sorted([keep, tag]))
    [live] = ecs.describe_services(cluster="healthcare-app-dev-cluster", services=[name])["services"]
    check(f"{name} count", live["desiredCount"], 1)
    definition = ecs.describe_task_definition(taskDefinition=live["taskDefinition"])["taskDefinition"]
    check(f"{name} revision", definition["revision"], 2)
    uri = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{name}@{digest}"
    check(f"{name} image", definition["containerDefinitions"][0]["image"], uri)
    [target] = client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=[f"service/healthcare-app-dev-cluster/{name}"])["ScalableTargets"]
    check(f"{name} suspended", target["SuspendedState"]["DynamicScalingOutSuspended"], False)
print("\n".join(wrong) or "as wanted")
sys.exit(bool(wrong))
