//! Whose each member of the answers is that [`Listener`] is read from.

use super::super::coverage::{Answer, By, Class, Covered, Unasked, unasked};
use super::Listener;
use Class::{Constant, Derived, Fixed, Identity, Left, Owned, Unread};

impl Covered for Listener {
    const ANSWERS: &'static [Answer] = &[
        Answer {
            service: "elbv2",
            operation: "DescribeListeners",
            at: "Listeners[]",
            members: &[
                (Identity, &["ListenerArn"]),
                (Fixed("load_balancer"), &["LoadBalancerArn"]),
                (Owned("port"), &["Port"]),
                (Owned("protocol"), &["Protocol"]),
                (Owned("certificate"), &["Certificates[].CertificateArn"]),
                (
                    Derived("the first one is the default"),
                    &["Certificates[].IsDefault"],
                ),
                (Owned("ssl_policy"), &["SslPolicy"]),
                (
                    Derived("never answered: a secret, and how it is handed over"),
                    &[
                        "DefaultActions[].AuthenticateOidcConfig.ClientSecret",
                        "DefaultActions[].AuthenticateOidcConfig.UseExistingClientSecret",
                    ],
                ),
                (
                    Derived("a listener has one action that is not an authentication"),
                    &["DefaultActions[].Order"],
                ),
                (
                    Owned("default"),
                    &[
                        "DefaultActions[].Type",
                        "DefaultActions[].TargetGroupArn",
                        "DefaultActions[].RedirectConfig.Protocol",
                        "DefaultActions[].RedirectConfig.Port",
                        "DefaultActions[].RedirectConfig.Host",
                        "DefaultActions[].RedirectConfig.Path",
                        "DefaultActions[].RedirectConfig.Query",
                        "DefaultActions[].RedirectConfig.StatusCode",
                        "DefaultActions[].ForwardConfig.TargetGroups[].TargetGroupArn",
                    ],
                ),
                (
                    Left(By::Ecs, "moves them during a deployment"),
                    &["DefaultActions[].ForwardConfig.TargetGroups[].Weight"],
                ),
                (
                    Owned("other"),
                    &[
                        "DefaultActions[].AuthenticateOidcConfig.Issuer",
                        "DefaultActions[].AuthenticateOidcConfig.AuthorizationEndpoint",
                        "DefaultActions[].AuthenticateOidcConfig.TokenEndpoint",
                        "DefaultActions[].AuthenticateOidcConfig.UserInfoEndpoint",
                        "DefaultActions[].AuthenticateOidcConfig.ClientId",
                        "DefaultActions[].AuthenticateOidcConfig.SessionCookieName",
                        "DefaultActions[].AuthenticateOidcConfig.Scope",
                        "DefaultActions[].AuthenticateOidcConfig.SessionTimeout",
                        "DefaultActions[].AuthenticateOidcConfig.AuthenticationRequestExtraParams{}",
                        "DefaultActions[].AuthenticateOidcConfig.OnUnauthenticatedRequest",
                        "DefaultActions[].AuthenticateCognitoConfig.UserPoolArn",
                        "DefaultActions[].AuthenticateCognitoConfig.UserPoolClientId",
                        "DefaultActions[].AuthenticateCognitoConfig.UserPoolDomain",
                        "DefaultActions[].AuthenticateCognitoConfig.SessionCookieName",
                        "DefaultActions[].AuthenticateCognitoConfig.Scope",
                        "DefaultActions[].AuthenticateCognitoConfig.SessionTimeout",
                        "DefaultActions[].AuthenticateCognitoConfig.AuthenticationRequestExtraParams{}",
                        "DefaultActions[].AuthenticateCognitoConfig.OnUnauthenticatedRequest",
                        "DefaultActions[].FixedResponseConfig.MessageBody",
                        "DefaultActions[].FixedResponseConfig.StatusCode",
                        "DefaultActions[].FixedResponseConfig.ContentType",
                        "DefaultActions[].ForwardConfig.TargetGroupStickinessConfig.Enabled",
                        "DefaultActions[].ForwardConfig.TargetGroupStickinessConfig.DurationSeconds",
                        "DefaultActions[].JwtValidationConfig.JwksEndpoint",
                        "DefaultActions[].JwtValidationConfig.Issuer",
                        "DefaultActions[].JwtValidationConfig.AdditionalClaims[].Format",
                        "DefaultActions[].JwtValidationConfig.AdditionalClaims[].Name",
                        "DefaultActions[].JwtValidationConfig.AdditionalClaims[].Values[]",
                        "MutualAuthentication.Mode",
                        "MutualAuthentication.TrustStoreArn",
                        "MutualAuthentication.IgnoreClientCertificateExpiry",
                        "MutualAuthentication.AdvertiseTrustStoreCaNames",
                    ],
                ),
                (
                    Derived("whether the trust store is still shared"),
                    &["MutualAuthentication.TrustStoreAssociationStatus"],
                ),
                (
                    Unread,
                    &["MutualAuthentication.ClientCertificateIdentityFilters"],
                ),
                (Constant("for network load balancers only"), &["AlpnPolicy"]),
            ],
        },
        Answer {
            service: "elbv2",
            operation: "DescribeListenerAttributes",
            at: "Attributes[]",
            members: &[(Identity, &["Key"]), (Owned("other"), &["Value"])],
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
    const UNASKED: &'static [Unasked] = &[unasked(
        "elbv2",
        "DescribeListenerCertificates",
        By::Account,
        "further certificates serve further names; the one of the file stays the default",
    )];
}
