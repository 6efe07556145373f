//! The attributes AWS gives every load balancer, target group and listener, and what a Modify call may set them to.
//!
//! Keys and defaults follow the `LoadBalancerAttribute`, `TargetGroupAttribute` and `ListenerAttribute` pages of the
//! Elastic Load Balancing API reference (version 2015-12-01), for application load balancers and their target groups.

use std::collections::BTreeMap;

use crate::answer::AwsError;

/// What a value may be.
#[derive(Clone, Copy)]
enum Allowed {
    Flag,
    Range(u32, u32),
    OneOf(&'static [&'static str]),
    Text,
}

struct Attribute {
    key: &'static str,
    default: &'static str,
    allowed: Allowed,
}

/// The attributes of one kind of object.
pub(super) struct Table(&'static [Attribute]);

const fn flag(key: &'static str, default: &'static str) -> Attribute {
    Attribute {
        key,
        default,
        allowed: Allowed::Flag,
    }
}

const fn range(key: &'static str, default: &'static str, from: u32, to: u32) -> Attribute {
    Attribute {
        key,
        default,
        allowed: Allowed::Range(from, to),
    }
}

const fn one_of(
    key: &'static str,
    default: &'static str,
    values: &'static [&'static str],
) -> Attribute {
    Attribute {
        key,
        default,
        allowed: Allowed::OneOf(values),
    }
}

const fn text(key: &'static str, default: &'static str) -> Attribute {
    Attribute {
        key,
        default,
        allowed: Allowed::Text,
    }
}

/// The key whose value decides whether a load balancer may be deleted.
pub(super) const DELETION_PROTECTION: &str = "deletion_protection.enabled";

/// The key that says how long a deregistered target drains.
pub(super) const DEREGISTRATION_DELAY: &str = "deregistration_delay.timeout_seconds";

pub(super) const LOAD_BALANCER: Table = Table(&[
    flag(DELETION_PROTECTION, "false"),
    flag("access_logs.s3.enabled", "false"),
    text("access_logs.s3.bucket", ""),
    text("access_logs.s3.prefix", ""),
    flag("connection_logs.s3.enabled", "false"),
    text("connection_logs.s3.bucket", ""),
    text("connection_logs.s3.prefix", ""),
    flag("health_check_logs.s3.enabled", "false"),
    text("health_check_logs.s3.bucket", ""),
    text("health_check_logs.s3.prefix", ""),
    range("client_keep_alive.seconds", "3600", 60, 604_800),
    range("idle_timeout.timeout_seconds", "60", 1, 4000),
    flag("load_balancing.cross_zone.enabled", "true"),
    one_of(
        "routing.http.desync_mitigation_mode",
        "defensive",
        &["monitor", "defensive", "strictest"],
    ),
    flag("routing.http.drop_invalid_header_fields.enabled", "false"),
    flag("routing.http.preserve_host_header.enabled", "false"),
    flag(
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
        "false",
    ),
    flag("routing.http.x_amzn_tls_kx.enabled", "false"),
    flag("routing.http.xff_client_port.enabled", "false"),
    one_of(
        "routing.http.xff_header_processing.mode",
        "append",
        &["append", "preserve", "remove"],
    ),
    flag("routing.http2.enabled", "true"),
    flag("waf.fail_open.enabled", "false"),
    flag("zonal_shift.config.enabled", "false"),
]);

pub(super) const TARGET_GROUP: Table = Table(&[
    range(DEREGISTRATION_DELAY, "300", 0, 3600),
    flag("stickiness.enabled", "false"),
    one_of("stickiness.type", "lb_cookie", &["lb_cookie", "app_cookie"]),
    range("stickiness.lb_cookie.duration_seconds", "86400", 1, 604_800),
    text("stickiness.app_cookie.cookie_name", ""),
    range(
        "stickiness.app_cookie.duration_seconds",
        "86400",
        1,
        604_800,
    ),
    range("slow_start.duration_seconds", "0", 0, 900),
    one_of(
        "load_balancing.algorithm.type",
        "round_robin",
        &[
            "round_robin",
            "least_outstanding_requests",
            "weighted_random",
        ],
    ),
    one_of(
        "load_balancing.algorithm.anomaly_mitigation",
        "off",
        &["on", "off"],
    ),
    one_of(
        "load_balancing.cross_zone.enabled",
        "use_load_balancer_configuration",
        &["true", "false", "use_load_balancer_configuration"],
    ),
    text(
        "target_group_health.dns_failover.minimum_healthy_targets.count",
        "1",
    ),
    text(
        "target_group_health.dns_failover.minimum_healthy_targets.percentage",
        "off",
    ),
    range(
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
        "1",
        1,
        1000,
    ),
    text(
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
        "off",
    ),
]);

pub(super) const LISTENER: Table = Table(&[
    text(
        "routing.http.request.x_amzn_mtls_clientcert.header_name",
        "X-Amzn-Mtls-Clientcert",
    ),
    text(
        "routing.http.request.x_amzn_mtls_clientcert_issuer.header_name",
        "X-Amzn-Mtls-Clientcert-Issuer",
    ),
    text(
        "routing.http.request.x_amzn_mtls_clientcert_leaf.header_name",
        "X-Amzn-Mtls-Clientcert-Leaf",
    ),
    text(
        "routing.http.request.x_amzn_mtls_clientcert_serial_number.header_name",
        "X-Amzn-Mtls-Clientcert-Serial-Number",
    ),
    text(
        "routing.http.request.x_amzn_mtls_clientcert_subject.header_name",
        "X-Amzn-Mtls-Clientcert-Subject",
    ),
    text(
        "routing.http.request.x_amzn_mtls_clientcert_validity.header_name",
        "X-Amzn-Mtls-Clientcert-Validity",
    ),
    text(
        "routing.http.request.x_amzn_tls_cipher_suite.header_name",
        "X-Amzn-Tls-Cipher-Suite",
    ),
    text(
        "routing.http.request.x_amzn_tls_version.header_name",
        "X-Amzn-Tls-Version",
    ),
    flag("routing.http.response.server.enabled", "true"),
    text(
        "routing.http.response.strict_transport_security.header_value",
        "",
    ),
    text(
        "routing.http.response.access_control_allow_origin.header_value",
        "",
    ),
    text(
        "routing.http.response.access_control_allow_methods.header_value",
        "",
    ),
    text(
        "routing.http.response.access_control_allow_headers.header_value",
        "",
    ),
    text(
        "routing.http.response.access_control_allow_credentials.header_value",
        "",
    ),
    text(
        "routing.http.response.access_control_expose_headers.header_value",
        "",
    ),
    text(
        "routing.http.response.access_control_max_age.header_value",
        "",
    ),
    text(
        "routing.http.response.content_security_policy.header_value",
        "",
    ),
    text(
        "routing.http.response.x_content_type_options.header_value",
        "",
    ),
    text("routing.http.response.x_frame_options.header_value", ""),
]);

impl Table {
    /// Every attribute with AWS's default.
    pub(super) fn defaults(&self) -> BTreeMap<String, String> {
        self.0
            .iter()
            .map(|attribute| (attribute.key.to_owned(), attribute.default.to_owned()))
            .collect()
    }

    /// Sets what a Modify call sends; nothing is set when one of them is refused.
    pub(super) fn modify(
        &self,
        values: &mut BTreeMap<String, String>,
        sent: impl IntoIterator<Item = (Option<String>, Option<String>)>,
    ) -> Result<(), AwsError> {
        let mut changed = values.clone();
        for (key, value) in sent {
            let key = key.unwrap_or_default();
            let value = value.unwrap_or_default();
            let known = self.0.iter().find(|attribute| attribute.key == key);
            let attribute = known
                .ok_or_else(|| invalid(format!("The attribute key '{key}' is not recognized")))?;
            if !attribute.allowed.holds(&value) {
                return Err(invalid(format!(
                    "The value '{value}' is not valid for the attribute '{key}'"
                )));
            }
            changed.insert(key, value);
        }
        *values = changed;
        Ok(())
    }
}

impl Allowed {
    fn holds(self, value: &str) -> bool {
        match self {
            Self::Flag => value == "true" || value == "false",
            Self::Range(from, to) => value
                .parse()
                .is_ok_and(|number: u32| (from..=to).contains(&number)),
            Self::OneOf(values) => values.contains(&value),
            Self::Text => true,
        }
    }
}

fn invalid(message: String) -> AwsError {
    AwsError::new("InvalidConfigurationRequest", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_value_that_may_be_set() {
        for table in [LOAD_BALANCER, TARGET_GROUP, LISTENER] {
            for attribute in table.0 {
                assert!(
                    attribute.allowed.holds(attribute.default),
                    "{}",
                    attribute.key
                );
            }
        }
    }

    #[test]
    fn one_refused_attribute_sets_none() {
        let mut values = LOAD_BALANCER.defaults();
        let before = values.clone();
        let sent = [
            (
                Some(DELETION_PROTECTION.to_owned()),
                Some("true".to_owned()),
            ),
            (
                Some("idle_timeout.timeout_seconds".to_owned()),
                Some("0".to_owned()),
            ),
        ];
        let error = LOAD_BALANCER.modify(&mut values, sent).unwrap_err();
        assert_eq!(error.code, "InvalidConfigurationRequest");
        assert_eq!(values, before);
    }
}
