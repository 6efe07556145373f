//! The attributes that load balancers, target groups and listeners have: key and value, of which AWS answers all.
//!
//! Keys and defaults are those of the API reference, for application load balancers
//! (<https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html> and its siblings).
//! A key that is not here is newer than this list: what is usual for it is not known, so it is left alone. A test holds the
//! lists against the published models, which name every key.

use super::Others;
use super::others::Note;

/// Keys with what AWS gives a new one.
pub type Usual = &'static [(&'static str, &'static str)];

/// A load balancer's, but for those that are fields.
pub const LOAD_BALANCER: Usual = &[
    ("access_logs.s3.enabled", "false"),
    ("access_logs.s3.bucket", ""),
    ("access_logs.s3.prefix", ""),
    ("client_keep_alive.seconds", "3600"),
    ("connection_logs.s3.enabled", "false"),
    ("connection_logs.s3.bucket", ""),
    ("connection_logs.s3.prefix", ""),
    ("health_check_logs.s3.enabled", "false"),
    ("health_check_logs.s3.bucket", ""),
    ("health_check_logs.s3.prefix", ""),
    ("idle_timeout.timeout_seconds", "60"),
    ("routing.http.preserve_host_header.enabled", "false"),
    ("routing.http.x_amzn_tls_kx.enabled", "false"),
    (
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
        "false",
    ),
    ("routing.http.xff_client_port.enabled", "false"),
    ("routing.http.xff_header_processing.mode", "append"),
    ("routing.http2.enabled", "true"),
    ("waf.fail_open.enabled", "false"),
    ("zonal_shift.config.enabled", "false"),
];

/// A target group's, but for those that are fields.
pub const TARGET_GROUP: Usual = &[
    ("load_balancing.algorithm.anomaly_mitigation", "off"),
    ("load_balancing.algorithm.type", "round_robin"),
    (
        "load_balancing.cross_zone.enabled",
        "use_load_balancer_configuration",
    ),
    ("slow_start.duration_seconds", "0"),
    ("stickiness.app_cookie.cookie_name", ""),
    ("stickiness.app_cookie.duration_seconds", "86400"),
    ("stickiness.enabled", "false"),
    ("stickiness.lb_cookie.duration_seconds", "86400"),
    ("stickiness.type", "lb_cookie"),
    (
        "target_group_health.dns_failover.minimum_healthy_targets.count",
        "1",
    ),
    (
        "target_group_health.dns_failover.minimum_healthy_targets.percentage",
        "off",
    ),
    (
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
        "1",
    ),
    (
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
        "off",
    ),
];

/// A listener's. A header that is sent along has a value, one that is renamed another name.
pub const LISTENER: Usual = &[
    (
        "routing.http.request.x_amzn_mtls_clientcert.header_name",
        "X-Amzn-Mtls-Clientcert",
    ),
    (
        "routing.http.request.x_amzn_mtls_clientcert_issuer.header_name",
        "X-Amzn-Mtls-Clientcert-Issuer",
    ),
    (
        "routing.http.request.x_amzn_mtls_clientcert_leaf.header_name",
        "X-Amzn-Mtls-Clientcert-Leaf",
    ),
    (
        "routing.http.request.x_amzn_mtls_clientcert_serial_number.header_name",
        "X-Amzn-Mtls-Clientcert-Serial-Number",
    ),
    (
        "routing.http.request.x_amzn_mtls_clientcert_subject.header_name",
        "X-Amzn-Mtls-Clientcert-Subject",
    ),
    (
        "routing.http.request.x_amzn_mtls_clientcert_validity.header_name",
        "X-Amzn-Mtls-Clientcert-Validity",
    ),
    (
        "routing.http.request.x_amzn_tls_cipher_suite.header_name",
        "X-Amzn-Tls-Cipher-Suite",
    ),
    (
        "routing.http.request.x_amzn_tls_version.header_name",
        "X-Amzn-Tls-Version",
    ),
    (
        "routing.http.response.access_control_allow_credentials.header_value",
        "",
    ),
    (
        "routing.http.response.access_control_allow_headers.header_value",
        "",
    ),
    (
        "routing.http.response.access_control_allow_methods.header_value",
        "",
    ),
    (
        "routing.http.response.access_control_allow_origin.header_value",
        "",
    ),
    (
        "routing.http.response.access_control_expose_headers.header_value",
        "",
    ),
    (
        "routing.http.response.access_control_max_age.header_value",
        "",
    ),
    (
        "routing.http.response.content_security_policy.header_value",
        "",
    ),
    ("routing.http.response.server.enabled", "true"),
    (
        "routing.http.response.strict_transport_security.header_value",
        "",
    ),
    (
        "routing.http.response.x_content_type_options.header_value",
        "",
    ),
    ("routing.http.response.x_frame_options.header_value", ""),
];

/// Keys that are not compared, and why.
pub const LEFT: &[(&str, &str)] = &[
    (
        "load_balancing.cross_zone.enabled",
        "an application load balancer has it on, and no call turns it off",
    ),
    (
        "ipv6.deny_all_igw_traffic",
        "for IPv6 only, which a load balancer of ours has not",
    ),
    (
        "waf.http2.traffic_inspection_behavior",
        "for target groups of HTTP/2 only",
    ),
    (
        "routing.http2.rst_stream_error_forwarding.enabled",
        "for target groups of HTTP/2 and gRPC only",
    ),
];

/// What is not as usual. Of a header without a name of its own AWS may answer nothing.
pub(super) fn unusual<'a>(
    usual: Usual,
    seen: impl IntoIterator<Item = (Option<&'a str>, Option<&'a str>)>,
) -> Others {
    let mut others = Others::new();
    for (key, value) in seen {
        let known = usual.iter().find(|(known, _)| Some(*known) == key);
        let Some((key, usual)) = known else { continue };
        let said = |value: &&str| !(value.is_empty() && key.ends_with(".header_name"));
        others.unless(key, value.filter(said), usual);
    }
    others
}

/// What leads back to the usual, of attributes that are not so.
pub(super) fn restored(usual: Usual, others: &Others) -> Vec<(&'static str, &'static str)> {
    let all = usual.iter().copied();
    all.filter(|(key, _)| others.contains_key(*key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unusual_is_told_and_led_back() {
        let seen = [
            (Some("routing.http2.enabled"), Some("false")),
            (Some("waf.fail_open.enabled"), Some("false")),
            (Some("some.newer.key"), Some("x")),
            (None, None),
        ];
        let others = unusual(LOAD_BALANCER, seen);
        assert_eq!(others.keys().collect::<Vec<_>>(), ["routing.http2.enabled"]);
        assert_eq!(
            restored(LOAD_BALANCER, &others),
            [("routing.http2.enabled", "true")]
        );
        let header = "routing.http.request.x_amzn_tls_version.header_name";
        for same in ["X-Amzn-Tls-Version", ""] {
            assert!(unusual(LISTENER, [(Some(header), Some(same))]).is_empty());
        }
        assert!(!unusual(LISTENER, [(Some(header), Some("X-Tls"))]).is_empty());
    }
}
