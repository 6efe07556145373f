//! Listener rules.

use super::{COGNITO, JWT, OIDC, Row, row};

/// The rows.
pub(in crate::coverage) const ROWS: &[Row] = &[
    row(
        "listener_rule/patient",
        &["Priority"],
        &["155"],
        &[(
            "elbv2",
            "SetRulePriorities",
            r#"{"RulePriorities":[{"RuleArn":"<id>","Priority":155}]}"#,
        )],
    ),
    row(
        "listener_rule/patient",
        &["Conditions[].HostHeaderConfig.Values[]"],
        &["admin.example.com"],
        &[(
            "elbv2",
            "ModifyRule",
            r#"{"RuleArn":"<id>","Conditions":[{"Field":"path-pattern","PathPatternConfig":{"Values":["/api/patients*"]}},
                {"Field":"host-header","HostHeaderConfig":{"Values":["admin.example.com"]}}]}"#,
        )],
    ),
    row(
        "listener_rule/patient",
        &[
            "Conditions[].PathPatternConfig.RegexValues[]",
            "Conditions[].HostHeaderConfig.RegexValues[]",
            "Conditions[].HttpHeaderConfig.RegexValues[]",
        ],
        &[
            "path-pattern RegexValues",
            "host-header RegexValues",
            "^/x$",
            "^h$",
            "^v$",
        ],
        &[(
            "elbv2",
            "ModifyRule",
            r#"{"RuleArn":"<id>","Conditions":[{"Field":"path-pattern","PathPatternConfig":{"RegexValues":["^/x$"]}},
                {"Field":"host-header","HostHeaderConfig":{"RegexValues":["^h$"]}},
                {"Field":"http-header","HttpHeaderConfig":{"HttpHeaderName":"x-a","RegexValues":["^v$"]}}]}"#,
        )],
    ),
    row(
        "listener_rule/patient",
        &[
            "Conditions[].PathPatternConfig.Values[]",
            "Conditions[].HttpHeaderConfig.HttpHeaderName",
            "Conditions[].HttpHeaderConfig.Values[]",
        ],
        &["/other", "x-beta", "yes"],
        &[(
            "elbv2",
            "ModifyRule",
            r#"{"RuleArn":"<id>","Conditions":[{"Field":"path-pattern","PathPatternConfig":{"Values":["/other"]}},
                {"Field":"http-header","HttpHeaderConfig":{"HttpHeaderName":"x-beta","Values":["yes"]}}]}"#,
        )],
    ),
    row(
        "listener_rule/appointment",
        &[
            "Conditions[].QueryStringConfig",
            "Conditions[].HttpRequestMethodConfig",
            "Conditions[].SourceIpConfig.Values[]",
        ],
        &[
            "query-string",
            "v=2",
            "http-request-method",
            "DELETE",
            "source-ip",
            "203.0.113.0/24",
        ],
        &[(
            "elbv2",
            "ModifyRule",
            r#"{"RuleArn":"<id>","Conditions":[{"Field":"path-pattern","PathPatternConfig":{"Values":["/api/appointments*"]}},
                {"Field":"query-string","QueryStringConfig":{"Values":[{"Key":"v","Value":"2"}]}},
                {"Field":"http-request-method","HttpRequestMethodConfig":{"Values":["DELETE"]}},
                {"Field":"source-ip","SourceIpConfig":{"Values":["203.0.113.0/24"]}}]}"#,
        )],
    ),
    row(
        "listener_rule/appointment",
        &["Actions[].Type", "Actions[].FixedResponseConfig"],
        &["fixed-response", "sorry", "503", "text/plain"],
        &[(
            "elbv2",
            "ModifyRule",
            r#"{"RuleArn":"<id>","Actions":[{"Type":"fixed-response","FixedResponseConfig":{"StatusCode":"503","MessageBody":"sorry","ContentType":"text/plain"}}]}"#,
        )],
    ),
    row(
        "listener_rule/appointment",
        &["Actions[].RedirectConfig"],
        &[
            "redirect",
            "evil.example.com",
            "8443",
            "/x",
            "a=b",
            "302",
            "HTTPS",
        ],
        &[(
            "elbv2",
            "ModifyRule",
            r#"{"RuleArn":"<id>","Actions":[{"Type":"redirect","RedirectConfig":{"Protocol":"HTTPS","Port":"8443","Host":"evil.example.com","Path":"/x","Query":"a=b","StatusCode":"HTTP_302"}}]}"#,
        )],
    ),
    row(
        "listener_rule/appointment",
        &[
            "Actions[].TargetGroupArn",
            "Actions[].ForwardConfig.TargetGroups[].TargetGroupArn",
        ],
        &["target_group/appointment-alternate"],
        &[(
            "elbv2",
            "ModifyRule",
            r#"{"RuleArn":"<id>","Actions":[{"Type":"forward","TargetGroupArn":"<target_group/appointment-alternate>"}]}"#,
        )],
    ),
    row(
        "listener_rule/patient",
        &["Actions[].ForwardConfig.TargetGroupStickinessConfig"],
        &["TargetGroupStickinessConfig", "67"],
        &[(
            "elbv2",
            "ModifyRule",
            r#"{"RuleArn":"<id>","Actions":[{"Type":"forward","ForwardConfig":{"TargetGroups":[
                {"TargetGroupArn":"<target_group/patient>","Weight":100},{"TargetGroupArn":"<target_group/patient-alternate>","Weight":0}],
                "TargetGroupStickinessConfig":{"Enabled":true,"DurationSeconds":67}}}]}"#,
        )],
    ),
    row(
        "listener_rule/patient",
        &["Actions[].AuthenticateOidcConfig"],
        OIDC,
        &[("elbv2", "ModifyRule", oidc!("RuleArn", "<id>", "Actions"))],
    ),
    row(
        "listener_rule/patient",
        &["Actions[].AuthenticateCognitoConfig"],
        COGNITO,
        &[(
            "elbv2",
            "ModifyRule",
            cognito!("RuleArn", "<id>", "Actions"),
        )],
    ),
    row(
        "listener_rule/patient",
        &["Actions[].JwtValidationConfig"],
        JWT,
        &[("elbv2", "ModifyRule", jwt!("RuleArn", "<id>", "Actions"))],
    ),
    row(
        "listener_rule/patient",
        &["Transforms"],
        &[
            "transform url-rewrite",
            "^/api to /v2",
            "transform host-header-rewrite",
            "^a$ to b",
        ],
        &[(
            "elbv2",
            "ModifyRule",
            r#"{"RuleArn":"<id>","Transforms":[{"Type":"url-rewrite","UrlRewriteConfig":{"Rewrites":[{"Regex":"^/api","Replace":"/v2"}]}},
                {"Type":"host-header-rewrite","HostHeaderRewriteConfig":{"Rewrites":[{"Regex":"^a$","Replace":"b"}]}}]}"#,
        )],
    ),
];
