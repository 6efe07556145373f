"""Reads the account's set-up back: python readback_account.py ENDPOINT OWNER/REPO.

A line per attribute that is as AWS's and GitHub's documentation want it; ends with 1 where one is not, and says which. What
is wanted stands here by hand, not taken from hcctl.
"""
import sys

import boto3

endpoint, repository = sys.argv[1:]
owner, name = repository.split("/")
account, region = "123456789012", "us-east-1"
host = "token.actions.githubusercontent.com"
wrong = []


def check(what, got, want):
    if got == want:
        print(f"ok: {what} = {want!r}")
    else:
        wrong.append(f"{what}: got {got!r}, want {want!r}")


def client(service):
    return boto3.client(service, endpoint_url=endpoint, region_name=region)


def tagged(what, tags):
    tags = {tag["Key"]: tag["Value"] for tag in tags}
    for key, want in [("Project", "healthcare-app"), ("ManagedBy", "hcctl")]:
        check(f"{what} tag {key}", tags.get(key), want)


# The bucket of leases and journals.
s3 = client("s3")
bucket = f"hcctl-{account}-{region}"
check("versions", s3.get_bucket_versioning(Bucket=bucket).get("Status"), "Enabled")
block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
for key in ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]:
    check(f"bucket {key}", block[key], True)

# GitHub's word.
iam = client("iam")
provider = f"arn:aws:iam::{account}:oidc-provider/{host}"
seen = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=provider)
check("provider URL", seen["Url"], host)
check("provider audiences", seen["ClientIDList"], ["sts.amazonaws.com"])

for env in ["dev", "prod"]:
    # What the environment's roles may do at most.
    boundary = f"arn:aws:iam::{account}:policy/hcctl-bootstrap/healthcare-app-{env}-hcctl-boundary"
    policy = iam.get_policy(PolicyArn=boundary)["Policy"]
    tagged(f"boundary of {env}", policy["Tags"])
    version = iam.get_policy_version(PolicyArn=boundary, VersionId=policy["DefaultVersionId"])
    statements = version["PolicyVersion"]["Document"]["Statement"]
    actions = [action for one in statements for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])]
    check(f"boundary of {env} reaches IAM", [action for action in actions if action.startswith(("iam:", "sts:"))], [])
    check(f"boundary of {env} has patterns", [action for action in actions if "*" in action], [])

    # Who plans and who applies: in both forms that GitHub's subjects have.
    jobs = {
        "plan": ["pull_request", "ref:refs/heads/main"],
        "apply": [f"environment:{env}"],
    }
    for verb, contexts in jobs.items():
        role = iam.get_role(RoleName=f"healthcare-app-{env}-hcctl-{verb}")["Role"]
        what = f"{verb} role of {env}"
        check(f"{what} path", role["Path"], "/hcctl-bootstrap/")
        tagged(what, role["Tags"])
        [trust] = role["AssumeRolePolicyDocument"]["Statement"]
        check(f"{what} action", trust["Action"], "sts:AssumeRoleWithWebIdentity")
        check(f"{what} principal", trust["Principal"], {"Federated": provider})
        check(f"{what} audience", trust["Condition"]["StringEquals"], {f"{host}:aud": "sts.amazonaws.com"})
        subjects = [
            subject
            for context in contexts
            for subject in (f"repo:{owner}/{name}:{context}", f"repo:{owner}@*/{name}@*:{context}")
        ]
        check(f"{what} subjects", sorted(trust["Condition"]["StringLike"][f"{host}:sub"]), sorted(subjects))
        names = iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
        check(f"{what} policies", names, [verb])
        document = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=verb)["PolicyDocument"]
        sids = {one["Sid"]: one for one in document["Statement"]}
        if verb == "plan":
            check(f"{what} statements", sorted(sids), ["Doctor", "Look"])
        else:
            made = sids["RolesWithinBoundary"]
            check(f"{what} boundary", made["Condition"]["StringEquals"], {"iam:PermissionsBoundary": boundary})
            check(f"{what} roles", made["Resource"], f"arn:aws:iam::{account}:role/hcctl/healthcare-app-{env}-*")

for line in wrong:
    print(f"WRONG: {line}")
sys.exit(1 if wrong else 0)
