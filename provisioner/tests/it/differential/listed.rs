//! Where the sandbox and moto 5.2.1 answer differently, and why the sandbox does as it does.
//!
//! AWS's own API reference (API_...) decides. A step is named by its operation, or by its operation and which time it is
//! played; `*` stands for anything. `+` is a member that only the sandbox answers, `-` one that only moto answers, `~` one
//! where the two differ; `error` is the code of a refusal.

/// Step, member, reason.
pub(super) type Listed = (&'static str, &'static str, &'static str);

/// Nothing that hcctl reads, and nothing that AWS promises.
const UNREAD: &str = "moto answers it and the sandbox does not: hcctl never reads it";
/// Documented members that moto leaves out.
pub(super) const LEFT_OUT: &str = "a documented member of the answer that moto leaves out";
/// The sandbox refuses, as AWS does.
pub(super) const REFUSED: &str = "AWS refuses; moto does it";
/// moto did before what it should have refused.
pub(super) const EARLIER: &str = "moto did it already, where it should have refused";
/// The sandbox shows what AWS shows for a while.
const PENDING: &str =
    "AWS answers the state before the change is done; moto's changes are done at once";
/// moto answers none of AWS's errors.
pub(super) const CRASH: &str = "moto fails with HTTP 500";

/// Every difference but those of IAM and of what a few services use.
pub(super) const DIFFERENCES: &[Listed] = &[
    // What else can be set.
    (
        "dynamodb:DeleteResourcePolicy 1",
        "+RevisionId",
        "the id of the policy that went (API_DeleteResourcePolicy)",
    ),
    (
        "elbv2:*ListenerAttributes *",
        "+Attributes[][routing.*",
        LEFT_OUT,
    ),
    (
        "elbv2:*ListenerAttributes *",
        "-Attributes[][tcp.idle_timeout.seconds]",
        "for network load balancers only (API_ListenerAttribute)",
    ),
    ("logs:AssociateKmsKey", "-error", CRASH),
    (
        "ecr:GetAuthorizationToken 1",
        "~authorizationData[].proxyEndpoint",
        "a served sandbox is the registry itself, so that engines can push to it",
    ),
    ("ecs:StopTask 1", "~error", CRASH),
    ("logs:DeleteDataProtectionPolicy", "-error", CRASH),
    ("logs:DisassociateKmsKey", "-error", CRASH),
    ("logs:PutBearerTokenAuthentication", "-error", CRASH),
    ("logs:PutLogGroupDeletionProtection", "-error", CRASH),
    ("ec2:CreateNetworkAcl", "+ClientToken", LEFT_OUT),
    ("ec2:*VpnGateway* *", "+*AmazonSideAsn", LEFT_OUT),
    // Application Auto Scaling.
    (
        "application-autoscaling:DeregisterScalableTarget 2",
        "~error",
        "ObjectNotFoundException is the documented code (API_DeregisterScalableTarget)",
    ),
    (
        "application-autoscaling:DescribeScalableTargets",
        "+ScalableTargets[].RoleARN",
        LEFT_OUT,
    ),
    (
        "application-autoscaling:DescribeScalableTargets",
        "+ScalableTargets[].SuspendedState.*",
        LEFT_OUT,
    ),
    (
        "application-autoscaling:ListTagsForResource",
        "-error",
        CRASH,
    ),
    ("application-autoscaling:TagResource", "-error", CRASH),
    ("application-autoscaling:UntagResource", "-error", CRASH),
    // CloudTrail: moto has no LookupEvents at all.
    ("cloudtrail:LookupEvents 1", "-error", CRASH),
    ("cloudtrail:LookupEvents 2", "~error", CRASH),
    // CloudWatch.
    (
        "cloudwatch:DeleteAlarms 2",
        "+error",
        "an alarm that is not there is ResourceNotFound (API_DeleteAlarms); moto ignores it",
    ),
    (
        "cloudwatch:DescribeAlarms",
        "+MetricAlarms[].StateTransitionedTimestamp",
        LEFT_OUT,
    ),
    (
        "cloudwatch:DescribeAlarms",
        "-MetricAlarms[].StateReasonData",
        UNREAD,
    ),
    (
        "cloudwatch:DescribeAlarms",
        "~MetricAlarms[].StateValue",
        "a new alarm has INSUFFICIENT_DATA (API_PutMetricAlarm); moto says OK",
    ),
    // DynamoDB.
    (
        "dynamodb:*Table",
        "+Table*.BillingModeSummary.LastUpdateToPayPerRequestDateTime",
        LEFT_OUT,
    ),
    ("dynamodb:*Table", "+Table*.TableId", LEFT_OUT),
    ("dynamodb:*Table", "-Table*.WarmThroughput.*", UNREAD),
    (
        "dynamodb:CreateTable",
        "~TableDescription.TableStatus",
        PENDING,
    ),
    (
        "dynamodb:DeleteTable",
        "~TableDescription.TableStatus",
        PENDING,
    ),
    (
        "dynamodb:UpdateTimeToLive 2",
        "+error",
        "TTL that is already enabled is a ValidationException in AWS; moto takes it",
    ),
    // EC2.
    ("ec2:*Address*", "+*NetworkBorderGroup", LEFT_OUT),
    ("ec2:*Address*", "+*PublicIpv4Pool", LEFT_OUT),
    (
        "ec2:*SecurityGroup*",
        "+SecurityGroupRules[].GroupOwnerId",
        LEFT_OUT,
    ),
    (
        "ec2:*SecurityGroup*",
        "+SecurityGroupRules[].ReferencedGroupInfo.VpcId",
        LEFT_OUT,
    ),
    (
        "ec2:*SecurityGroup*",
        "+SecurityGroupRules[].SecurityGroupRuleArn",
        LEFT_OUT,
    ),
    (
        "ec2:AuthorizeSecurityGroupEgress 1",
        "+SecurityGroupRules[].Description",
        "moto drops the description of a rule that names a group",
    ),
    (
        "ec2:DescribeSecurityGroupRules",
        "~SecurityGroupRules[].Description",
        "moto drops the description of a rule that names a group",
    ),
    (
        "ec2:DescribeSecurityGroups",
        "+SecurityGroups[].IpPermissions[].*",
        "a new VPC's default group lets itself in (VPC user guide, Default security groups); moto's does not",
    ),
    ("ec2:DeleteSecurityGroup", "+GroupId", LEFT_OUT),
    ("ec2:DeleteSecurityGroup", "+Return", LEFT_OUT),
    ("ec2:DeleteSecurityGroup 1", "+error", REFUSED),
    ("ec2:DeleteSecurityGroup 2", "-error", EARLIER),
    (
        "ec2:DeleteSecurityGroup 3",
        "+error",
        "a VPC's default group is CannotDelete; moto deletes it",
    ),
    (
        "ec2:RevokeSecurityGroup*",
        "+RevokedSecurityGroupRules[].*",
        LEFT_OUT,
    ),
    (
        "ec2:RevokeSecurityGroupIngress 2",
        "~error",
        "a rule id that is unknown is InvalidSecurityGroupRuleId.NotFound; moto has the code for permissions",
    ),
    ("ec2:*NatGateway*", "+*AvailabilityMode", LEFT_OUT),
    ("ec2:*NatGateway*", "+*ConnectivityType", LEFT_OUT),
    (
        "ec2:*NatGateway*",
        "+*NatGatewayAddresses[].IsPrimary",
        LEFT_OUT,
    ),
    (
        "ec2:*NatGateway*",
        "+*NatGatewayAddresses[].Status",
        LEFT_OUT,
    ),
    ("ec2:CreateNatGateway", "+ClientToken", LEFT_OUT),
    ("ec2:CreateNatGateway", "~NatGateway.State", PENDING),
    ("ec2:DeleteNatGateway 2", "~error", CRASH),
    ("ec2:CreateRouteTable", "+ClientToken", LEFT_OUT),
    ("ec2:*Subnet*", "+Subnet*.EnableDns64", LEFT_OUT),
    (
        "ec2:*Subnet*",
        "+Subnet*.MapCustomerOwnedIpOnLaunch",
        LEFT_OUT,
    ),
    (
        "ec2:*Subnet*",
        "~Subnet*.AvailabilityZoneId",
        "which zone a letter stands for is each account's own",
    ),
    ("ec2:DeleteSubnet 1", "+error", REFUSED),
    ("ec2:DeleteSubnet 2", "-error", EARLIER),
    (
        "ec2:DescribeAvailabilityZones",
        "+AvailabilityZones[].GroupName",
        LEFT_OUT,
    ),
    (
        "ec2:DescribeAvailabilityZones",
        "+AvailabilityZones[].NetworkBorderGroup",
        LEFT_OUT,
    ),
    (
        "ec2:DescribeAvailabilityZones",
        "+AvailabilityZones[].OptInStatus",
        LEFT_OUT,
    ),
    (
        "elbv2:DescribeAccountLimits",
        "~Limits[].*",
        "the sandbox tells of the limits that it enforces, and moto of all that AWS lists",
    ),
    (
        "ec2:DescribeAvailabilityZones",
        "~AvailabilityZones[].Zone*",
        "the sandbox's regions have three zones each; us-east-1 has six",
    ),
    (
        "ec2:*Vpc*",
        "~Vpc*.DhcpOptionsId",
        "a VPC names a set of options by its id; moto's says `default`",
    ),
    (
        "ec2:*VpcEndpoint*",
        "+VpcEndpoint*.RequesterManaged",
        LEFT_OUT,
    ),
    ("ec2:*VpcEndpoint*", "+VpcEndpoint*.ServiceRegion", LEFT_OUT),
    (
        "ec2:*VpcEndpoint*",
        "~VpcEndpoint*.PrivateDnsEnabled",
        "private names are an interface endpoint's; a gateway endpoint has false",
    ),
    (
        "ec2:DeleteVpcEndpoints",
        "-error",
        "moto removes the endpoint's routes from the tables it was made with, and fails where it put none",
    ),
    ("ec2:DetachInternetGateway 1", "+error", REFUSED),
    ("ec2:DetachInternetGateway 2", "-error", EARLIER),
    ("ec2:ReleaseAddress 1", "+error", REFUSED),
    ("ec2:ReleaseAddress 2", "-error", EARLIER),
    // ECR.
    ("ecr:DeleteLifecyclePolicy", "-lastEvaluatedAt", UNREAD),
    (
        "ecr:DescribeImages",
        "+imageDetails[].artifactMediaType",
        LEFT_OUT,
    ),
    (
        "ecr:DescribeImages",
        "~imageDetails[].imageSizeInBytes",
        "the sandbox adds up layers, moto the configuration too; hcctl never reads it",
    ),
    (
        "ecr:GetAuthorizationToken",
        "~authorizationData[].authorizationToken",
        "each makes up a password of its own",
    ),
    // ECS.
    (
        "ecs:*Service*",
        "+service*.availabilityZoneRebalancing",
        LEFT_OUT,
    ),
    ("ecs:*Service*", "+service*.created*", LEFT_OUT),
    ("ecs:*Service*", "+service*.currentService*", LEFT_OUT),
    (
        "ecs:*Service*",
        "+service*.deploymentConfiguration.*",
        "CreateService keeps none of it in moto, and shows no defaults",
    ),
    (
        "ecs:*Service*",
        "+service*.deployments[].platformVersion",
        LEFT_OUT,
    ),
    ("ecs:*Service*", "+service*.enableE*", LEFT_OUT),
    (
        "ecs:*Service*",
        "+service*.events[].*",
        "ECS tells what it does in events; moto has none",
    ),
    (
        "ecs:*Service*",
        "+service*.healthCheckGracePeriodSeconds",
        LEFT_OUT,
    ),
    ("ecs:*Service*", "+service*.platform*", LEFT_OUT),
    ("ecs:*Service*", "+service*.roleArn", LEFT_OUT),
    (
        "ecs:*Service*",
        "~service*.deployments[].platformFamily",
        "a platform family is an operating system (API_Deployment); moto says FARGATE",
    ),
    (
        "ecs:CreateService",
        "~service.deployments[].rolloutState*",
        PENDING,
    ),
    ("ecs:DeleteService", "~service.status", PENDING),
    (
        "ecs:DescribeServices",
        "~failures[].arn",
        "a service's ARN names its cluster; moto's is the old form",
    ),
    (
        "ecs:*TaskDefinition*",
        "+taskDefinition*.containerDefinitions[].portMappings[].hostPort",
        "with awsvpc the host's port is the container's (API_PortMapping); moto leaves it out",
    ),
    (
        "ecs:*TaskDefinition*",
        "+taskDefinition*.*registeredAt",
        LEFT_OUT,
    ),
    (
        "ecs:*TaskDefinition*",
        "+taskDefinition*.registeredBy",
        LEFT_OUT,
    ),
    (
        "ecs:*TaskDefinition*",
        "+taskDefinition*.requiresAttributes[].name",
        LEFT_OUT,
    ),
    ("ecs:RegisterTaskDefinition", "+tags[][Team]", LEFT_OUT),
    ("ecs:DeleteCluster 1", "+error", REFUSED),
    (
        "ecs:ContinueServiceDeployment",
        "~error",
        "ServiceDeploymentNotFoundException (API_ContinueServiceDeployment); moto fails with HTTP 500",
    ),
    ("ecs:DescribeServiceDeployments", "-error", CRASH),
    ("ecs:DescribeServiceRevisions", "-error", CRASH),
    (
        "ecs:DescribeTasks",
        "+failures[].*",
        "a task that is not there is a failure MISSING (API_DescribeTasks); moto leaves it out",
    ),
    (
        "ecs:ListServiceDeployments",
        "~error",
        "ServiceNotFoundException (API_ListServiceDeployments); moto fails with HTTP 500",
    ),
    (
        "ecs:StopServiceDeployment",
        "~error",
        "ServiceDeploymentNotFoundException (API_StopServiceDeployment); moto fails with HTTP 500",
    ),
    // Elastic Load Balancing.
    (
        "elbv2:*Listener*",
        "+Listeners[].DefaultActions[].ForwardConfig.*",
        "AWS answers a single target group as a ForwardConfig too; moto as it was sent",
    ),
    (
        "elbv2:*Listener*",
        "-Listeners[].SslPolicy",
        "a listener for HTTP has no policy (API_Listener); moto answers a default",
    ),
    (
        "elbv2:CreateLoadBalancer 2",
        "+error",
        "a load balancer needs subnets in two zones (API_CreateLoadBalancer); moto takes one",
    ),
    (
        "elbv2:CreateLoadBalancer",
        "~LoadBalancers[].State.Code",
        "this sandbox is one without waiting times: active at once",
    ),
    ("elbv2:DeleteLoadBalancer 1", "+error", REFUSED),
    ("elbv2:ModifyLoadBalancerAttributes 4", "-error", EARLIER),
    (
        "elbv2:*LoadBalancerAttributes",
        "+Attributes*",
        "AWS answers every attribute with its default (API_LoadBalancerAttribute); moto only some",
    ),
    (
        "elbv2:*LoadBalancerAttributes",
        "~Attributes[][load_balancing.cross_zone.enabled]",
        "always true for an Application Load Balancer (API_LoadBalancerAttribute); moto says false",
    ),
    (
        "elbv2:*TargetGroupAttributes",
        "+Attributes*",
        "AWS answers every attribute with its default (API_TargetGroupAttribute); moto only some",
    ),
    (
        "elbv2:DescribeTargetGroupAttributes",
        "-Attributes[][waf.fail_open.enabled]",
        "an attribute of load balancers, not of target groups",
    ),
    (
        "elbv2:*Rule*",
        "+Rules[].Conditions[].Values[]",
        "AWS answers a path pattern in both forms (API_RuleCondition); moto as it was sent",
    ),
    (
        "elbv2:DescribeRules",
        "~Rules[].Actions[].ForwardConfig.TargetGroups[].Weight",
        "the default rule's single target group has a weight too",
    ),
    ("elbv2:SetSubnets", "+IpAddressType", LEFT_OUT),
    // CloudWatch Logs.
    (
        "logs:DescribeLogGroups",
        "+logGroups[].deletionProtectionEnabled",
        LEFT_OUT,
    ),
    (
        "logs:DescribeLogGroups",
        "+logGroups[].logGroupClass",
        LEFT_OUT,
    ),
    // S3.
    (
        "s3:*Object",
        "+ServerSideEncryption",
        "S3 encrypts every object and says so since 2023; moto does not",
    ),
    ("s3:*Object", "-ChecksumCRC32", UNREAD),
    ("s3:GetObject", "-AcceptRanges", UNREAD),
    (
        "s3:*Object",
        "~VersionId",
        "opaque: each makes up its own form",
    ),
    // Service Quotas.
    (
        "service-quotas:GetAWSDefaultServiceQuota 1",
        "-error",
        CRASH,
    ),
    (
        "service-quotas:GetServiceQuota 1",
        "~Quota.QuotaArn",
        "moto knows the quotas of one region of its own choice, and names no account",
    ),
    (
        "service-quotas:GetServiceQuota 1",
        "-Quota.ServiceName",
        UNREAD,
    ),
    // STS.
    (
        "sts:GetCallerIdentity",
        "~Arn",
        "who calls is each one's own; IAM users are IAM's, not STS's (API_GetCallerIdentity)",
    ),
    (
        "sts:GetCallerIdentity",
        "~UserId",
        "who calls is each one's own; a user's id begins with AIDA, not as a key's",
    ),
];
