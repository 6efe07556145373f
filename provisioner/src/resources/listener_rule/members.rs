//! Whose each member of the answers is that [`ListenerRule`] is read from.

use super::super::coverage::{Answer, By, Class, Covered};
use super::ListenerRule;
use Class::{Derived, Identity, Left, Owned};

impl Covered for ListenerRule {
    const ANSWERS: &'static [Answer] = &[
        Answer {
            service: "elbv2",
            operation: "DescribeRules",
            at: "Rules[]",
            members: &[
                (Identity, &["RuleArn"]),
                (Owned("priority"), &["Priority"]),
                (
                    Derived("the default rule is the listener, compared there"),
                    &["IsDefault"],
                ),
                (Owned("paths"), &["Conditions[].PathPatternConfig.Values[]"]),
                (Owned("hosts"), &["Conditions[].HostHeaderConfig.Values[]"]),
                (
                    Derived("an older form of the same"),
                    &[
                        "Conditions[].Values[]",
                        "Conditions[].RegexValues[]",
                        "Conditions[].Field",
                    ],
                ),
                (
                    Owned("header"),
                    &[
                        "Conditions[].HttpHeaderConfig.HttpHeaderName",
                        "Conditions[].HttpHeaderConfig.Values[]",
                    ],
                ),
                (
                    Owned("target_groups"),
                    &[
                        "Actions[].TargetGroupArn",
                        "Actions[].ForwardConfig.TargetGroups[].TargetGroupArn",
                    ],
                ),
                (
                    Left(
                        By::Ecs,
                        "moves them during a deployment; what leads to nobody without one is the field weights",
                    ),
                    &["Actions[].ForwardConfig.TargetGroups[].Weight"],
                ),
                (
                    Derived("never answered: a secret, and how it is handed over"),
                    &[
                        "Actions[].AuthenticateOidcConfig.ClientSecret",
                        "Actions[].AuthenticateOidcConfig.UseExistingClientSecret",
                    ],
                ),
                (
                    Derived("a rule has one action that is not an authentication"),
                    &["Actions[].Order"],
                ),
                (
                    Owned("other"),
                    &[
                        "Conditions[].HostHeaderConfig.RegexValues[]",
                        "Conditions[].PathPatternConfig.RegexValues[]",
                        "Conditions[].HttpHeaderConfig.RegexValues[]",
                        "Conditions[].QueryStringConfig.Values[].Key",
                        "Conditions[].QueryStringConfig.Values[].Value",
                        "Conditions[].HttpRequestMethodConfig.Values[]",
                        "Conditions[].SourceIpConfig.Values[]",
                        "Conditions[].SourceIpConfig.IpAddressType",
                        "Actions[].Type",
                        "Actions[].AuthenticateOidcConfig.Issuer",
                        "Actions[].AuthenticateOidcConfig.AuthorizationEndpoint",
                        "Actions[].AuthenticateOidcConfig.TokenEndpoint",
                        "Actions[].AuthenticateOidcConfig.UserInfoEndpoint",
                        "Actions[].AuthenticateOidcConfig.ClientId",
                        "Actions[].AuthenticateOidcConfig.SessionCookieName",
                        "Actions[].AuthenticateOidcConfig.Scope",
                        "Actions[].AuthenticateOidcConfig.SessionTimeout",
                        "Actions[].AuthenticateOidcConfig.AuthenticationRequestExtraParams{}",
                        "Actions[].AuthenticateOidcConfig.OnUnauthenticatedRequest",
                        "Actions[].AuthenticateCognitoConfig.UserPoolArn",
                        "Actions[].AuthenticateCognitoConfig.UserPoolClientId",
                        "Actions[].AuthenticateCognitoConfig.UserPoolDomain",
                        "Actions[].AuthenticateCognitoConfig.SessionCookieName",
                        "Actions[].AuthenticateCognitoConfig.Scope",
                        "Actions[].AuthenticateCognitoConfig.SessionTimeout",
                        "Actions[].AuthenticateCognitoConfig.AuthenticationRequestExtraParams{}",
                        "Actions[].AuthenticateCognitoConfig.OnUnauthenticatedRequest",
                        "Actions[].RedirectConfig.Protocol",
                        "Actions[].RedirectConfig.Port",
                        "Actions[].RedirectConfig.Host",
                        "Actions[].RedirectConfig.Path",
                        "Actions[].RedirectConfig.Query",
                        "Actions[].RedirectConfig.StatusCode",
                        "Actions[].FixedResponseConfig.MessageBody",
                        "Actions[].FixedResponseConfig.StatusCode",
                        "Actions[].FixedResponseConfig.ContentType",
                        "Actions[].ForwardConfig.TargetGroupStickinessConfig.Enabled",
                        "Actions[].ForwardConfig.TargetGroupStickinessConfig.DurationSeconds",
                        "Actions[].JwtValidationConfig.JwksEndpoint",
                        "Actions[].JwtValidationConfig.Issuer",
                        "Actions[].JwtValidationConfig.AdditionalClaims[].Format",
                        "Actions[].JwtValidationConfig.AdditionalClaims[].Name",
                        "Actions[].JwtValidationConfig.AdditionalClaims[].Values[]",
                        "Transforms[].Type",
                        "Transforms[].HostHeaderRewriteConfig.Rewrites[].Regex",
                        "Transforms[].HostHeaderRewriteConfig.Rewrites[].Replace",
                        "Transforms[].UrlRewriteConfig.Rewrites[].Regex",
                        "Transforms[].UrlRewriteConfig.Rewrites[].Replace",
                    ],
                ),
            ],
        },
        Answer {
            service: "elbv2",
            operation: "DescribeTags",
            at: "TagDescriptions[]",
            members: &[
                (Identity, &["ResourceArn"]),
                (Owned("tags"), &["Tags[].Key", "Tags[].Value"]),
            ],
        },
    ];
}
