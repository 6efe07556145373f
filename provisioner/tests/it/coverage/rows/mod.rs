//! Per member that hcctl owns, how somebody changes it in an environment with TLS and canary deployments; and what cannot be
//! played, and why. Tags have a test of their own, for they are changed alike everywhere (`drift`).

/// A sign-on by OIDC, before the forward.
macro_rules! oidc {
    ($arn:literal, $id:literal, $actions:literal) => {
        concat!(
            r#"{""#, $arn, r#"":""#, $id, r#"",""#, $actions, r#"":[{"Type":"authenticate-oidc","Order":1,"AuthenticateOidcConfig":{
                "Issuer":"https://id.example.com","AuthorizationEndpoint":"https://id.example.com/authorize",
                "TokenEndpoint":"https://id.example.com/token","UserInfoEndpoint":"https://id.example.com/info",
                "ClientId":"client-1","ClientSecret":"secret","SessionCookieName":"cookie-1","Scope":"email","SessionTimeout":77,
                "OnUnauthenticatedRequest":"deny"}},
              {"Type":"forward","Order":2,"TargetGroupArn":"<target_group/patient>"}]}"#
        )
    };
}

/// The same by Cognito.
macro_rules! cognito {
    ($arn:literal, $id:literal, $actions:literal) => {
        concat!(
            r#"{""#, $arn, r#"":""#, $id, r#"",""#, $actions, r#"":[{"Type":"authenticate-cognito","Order":1,"AuthenticateCognitoConfig":{
                "UserPoolArn":"arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a","UserPoolClientId":"client-2",
                "UserPoolDomain":"domain-2","SessionCookieName":"cookie-2","Scope":"phone","SessionTimeout":78,
                "OnUnauthenticatedRequest":"allow"}},
              {"Type":"forward","Order":2,"TargetGroupArn":"<target_group/patient>"}]}"#
        )
    };
}

/// Tokens that are looked at.
macro_rules! jwt {
    ($arn:literal, $id:literal, $actions:literal) => {
        concat!(
            r#"{""#, $arn, r#"":""#, $id, r#"",""#, $actions, r#"":[{"Type":"jwt-validation","Order":1,"JwtValidationConfig":{
                "JwksEndpoint":"https://id.example.com/jwks","Issuer":"https://jwt.example.com",
                "AdditionalClaims":[{"Format":"single-string","Name":"role","Values":["doctor"]}]}},
              {"Type":"forward","Order":2,"TargetGroupArn":"<target_group/patient>"}]}"#
        )
    };
}

pub(super) mod compute;
pub(super) mod definition;
pub(super) mod edge;
pub(super) mod network;
pub(super) mod rest;
pub(super) mod rules;

const OIDC: &[&str] = &[
    "id.example.com/authorize",
    "id.example.com/token",
    "id.example.com/info",
    "client-1",
    "cookie-1",
    "email",
    "77",
    "Deny",
];
const COGNITO: &[&str] = &[
    "userpool/us-east-1_a",
    "client-2",
    "domain-2",
    "cookie-2",
    "phone",
    "78",
    "Allow",
];
const JWT: &[&str] = &[
    "id.example.com/jwks",
    "jwt.example.com",
    "SingleString",
    "role",
    "doctor",
];

/// One way to change something.
pub(super) struct Row {
    /// The address.
    pub(super) at: &'static str,
    /// The members that it changes, by their paths in the kind's answers; each stands for all below it.
    pub(super) members: &'static [&'static str],
    /// What `drift` must say of it, each somewhere among the values that are there and should not be.
    pub(super) says: &'static [&'static str],
    /// The calls: service, operation, parameters. `<id>` is its own id, `<KIND/NAME>` another's, and `<KIND/NAME.FIELD>` a
    /// field of it.
    pub(super) calls: &'static [(&'static str, &'static str, &'static str)],
}

const fn row(
    at: &'static str,
    members: &'static [&'static str],
    says: &'static [&'static str],
    calls: &'static [(&'static str, &'static str, &'static str)],
) -> Row {
    Row {
        at,
        members,
        says,
        calls,
    }
}

/// Every row.
pub(super) fn all() -> impl Iterator<Item = &'static Row> {
    let all = [
        network::ROWS,
        edge::ROWS,
        rules::ROWS,
        compute::ROWS,
        definition::ROWS,
        rest::ROWS,
        rest::ACCOUNT,
    ];
    all.into_iter().flatten()
}

/// Kind, members, and why nobody plays a change of them.
pub(super) const UNPLAYED: &[(&str, &[&str], &str)] = &[
    (
        "task_definition",
        &["trustedExecutionConfiguration"],
        "the sandbox's model of the API is older than it",
    ),
    (
        "default_security_group",
        &[
            "IpPermissions[].Ipv6Ranges",
            "IpPermissionsEgress[].Ipv6Ranges",
        ],
        "the sandbox has no IPv6; any rule at all is a difference",
    ),
    (
        "target_group",
        &["Target.Id", "Target.Port"],
        "no task runs in the world of these rows: `strangers` has a case of its own",
    ),
    (
        "internet_gateway",
        &["Attachments[].VpcId"],
        "load balancers and NAT gateways must go first: `drift` has a case of its own",
    ),
    (
        "route_table",
        &[
            "Routes[].DestinationIpv6CidrBlock",
            "Routes[].DestinationPrefixListId",
            "Routes[].EgressOnlyInternetGatewayId",
            "Routes[].InstanceId",
            "Routes[].TransitGatewayId",
            "Routes[].LocalGatewayId",
            "Routes[].CarrierGatewayId",
            "Routes[].NetworkInterfaceId",
            "Routes[].VpcPeeringConnectionId",
            "Routes[].CoreNetworkArn",
            "Routes[].OdbNetworkArn",
            "Routes[].IpAddress",
        ],
        "the sandbox has none of these gateways; the kind's own tests read such routes",
    ),
    (
        "security_group_rule",
        &["CidrIpv6"],
        "the sandbox has no IPv6",
    ),
    (
        "listener_rule",
        &["Conditions[].SourceIpConfig.IpAddressType"],
        "the sandbox has no IPv6",
    ),
    (
        "listener",
        &[
            "DefaultActions[].AuthenticateOidcConfig.AuthenticationRequestExtraParams{}",
            "DefaultActions[].AuthenticateCognitoConfig.AuthenticationRequestExtraParams{}",
        ],
        "the sandbox's answers have no maps; the sign-on is told as a whole",
    ),
    (
        "listener_rule",
        &[
            "Actions[].AuthenticateOidcConfig.AuthenticationRequestExtraParams{}",
            "Actions[].AuthenticateCognitoConfig.AuthenticationRequestExtraParams{}",
        ],
        "the sandbox's answers have no maps; the sign-on is told as a whole",
    ),
    (
        "load_balancer",
        &["IpAddressType"],
        "AWS takes dual-stack in subnets with IPv6 only, which the sandbox has not",
    ),
    (
        "task_definition",
        &[
            "inferenceAccelerators",
            "proxyConfiguration",
            "networkMode",
            "requiresCompatibilities",
            "containerDefinitions[].privileged",
            "containerDefinitions[].credentialSpecs",
        ],
        "AWS refuses it with Fargate, and so does the sandbox",
    ),
    (
        "service",
        &[
            "serviceRegistries",
            "deployments[].serviceConnectConfiguration.accessLogConfiguration",
            "deployments[].serviceConnectConfiguration.containerConfigurations",
            "deployments[].serviceConnectConfiguration.logConfiguration",
            "deployments[].serviceConnectConfiguration.services[].clientAliases[].testTrafficRules",
            "deployments[].serviceConnectConfiguration.services[].ingressPortOverride",
            "deployments[].serviceConnectConfiguration.services[].timeout",
            "deployments[].serviceConnectConfiguration.services[].tls",
            "deployments[].volumeConfigurations",
            "deployments[].vpcLatticeConfigurations",
            "deploymentController",
        ],
        "the sandbox has no registries of Cloud Map, no proxies, no EBS, no VPC Lattice and no other controller; the kind's own tests find them",
    ),
    (
        "scaling_policy",
        &[
            "PolicyType",
            "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification",
        ],
        "the sandbox tracks the predefined metrics and metric math only; the kind's own tests read others",
    ),
    (
        "alarm",
        &[
            "ThresholdMetricId",
            "EvaluationCriteria",
            "EvaluationInterval",
            "EvaluationWindow",
            "WarmUpConfiguration",
            "ActionConfiguration",
        ],
        "the sandbox has no anomaly detection and no PromQL; the kind's own tests find them",
    ),
    (
        "oidc_provider",
        &["ClientIDList[]"],
        "`bootstrap` has a test of its own: what is not called can take none away",
    ),
];
