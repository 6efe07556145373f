//! Where a request goes: by the rules of its listener, the weights of the rule's groups, and the health of their targets.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use http::header::HOST;
use http::request::Parts;
use winterbaume_elasticloadbalancingv2::model::{
    ListOfString, RedirectActionConfig, RuleCondition,
};

use crate::elbv2::{Front, Health, Step};
use crate::params::{decode, matches_pattern};

/// All listeners and groups as they are now.
#[derive(Debug, Default)]
pub(super) struct Routes {
    /// By listener.
    pub(super) fronts: BTreeMap<String, Front>,
    /// By group.
    pub(super) groups: BTreeMap<String, Vec<(SocketAddr, Health)>>,
    /// The port on this machine, by load balancer and the listener's port in AWS.
    pub(super) ports: BTreeMap<(String, u16), u16>,
}

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It goes to a target.
    To(SocketAddr),
    /// It is answered here: status, type, body.
    Answer(u16, String, String),
    /// It is sent elsewhere: status, address.
    Elsewhere(u16, String),
}

impl Routes {
    /// What becomes of a request to a listener; `ticket` counts requests, and spreads them.
    pub(super) fn fate(
        &self,
        listener: &str,
        parts: &Parts,
        peer: SocketAddr,
        ticket: u64,
    ) -> Fate {
        let Some(front) = self.fronts.get(listener) else {
            return unavailable();
        };
        let way = front.ways.iter().find(|way| {
            way.conditions
                .iter()
                .all(|condition| holds(condition, parts, peer))
        });
        match way.map(|way| &way.step) {
            Some(Step::Forward(groups)) => self.forward(groups, ticket),
            Some(Step::Fixed { status, kind, body }) => {
                Fate::Answer(*status, kind.clone(), body.clone())
            }
            Some(Step::Redirect(to)) => self.elsewhere(front, to, parts),
            Some(Step::Unknown(what)) => {
                let body = format!("the sandbox does not simulate a rule's action {what}\n");
                Fate::Answer(501, "text/plain".to_owned(), body)
            }
            None => unavailable(),
        }
    }

    /// A group by its weight, and one of its targets in turn. Where every target is unhealthy, all get requests, whatever they answer;
    /// those that start or drain get none (ELB User Guide, "Target group health": fail open).
    fn forward(&self, groups: &[(String, i32)], ticket: u64) -> Fate {
        let total: u64 = groups
            .iter()
            .map(|(_, weight)| u64::from(weight.unsigned_abs()))
            .sum();
        if total == 0 {
            return unavailable();
        }
        // Multiplied so that neighbours fall apart, and not all of a burst on one group.
        let mut drawn = (ticket.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33) % total;
        let group = groups.iter().find(|(_, weight)| {
            let weight = u64::from(weight.unsigned_abs());
            let here = drawn < weight;
            drawn = drawn.saturating_sub(weight);
            here
        });
        let targets = group.and_then(|(group, _)| self.groups.get(group));
        let targets = targets.map(Vec::as_slice).unwrap_or_default();
        let of = |wanted: &[Health]| -> Vec<SocketAddr> {
            let fit = targets.iter().filter(|(_, health)| wanted.contains(health));
            fit.map(|(address, _)| *address).collect()
        };
        let mut able = of(&[Health::Healthy]);
        if able.is_empty() {
            able = of(&[Health::Unhealthy, Health::Erring]);
        }
        match able.len() {
            0 => unavailable(),
            number => Fate::To(able[(ticket % number as u64) as usize]),
        }
    }

    /// The address of a redirect, with what it keeps of the request's. A port of the same load balancer is this machine's, and the
    /// scheme is then HTTP, as that is what is spoken there.
    fn elsewhere(&self, front: &Front, to: &RedirectActionConfig, parts: &Parts) -> Fate {
        let host = host_of(parts);
        let own = if front.secure { "HTTPS" } else { "HTTP" };
        let path = parts.uri.path().trim_start_matches('/');
        let query = parts.uri.query().unwrap_or_default();
        let port = front.port.to_string();
        let fill = |template: &Option<String>, usual: &str| {
            template
                .as_deref()
                .unwrap_or(usual)
                .replace("#{protocol}", own)
                .replace("#{host}", host)
                .replace("#{port}", &port)
                .replace("#{path}", path)
                .replace("#{query}", query)
        };
        let to_port = fill(&to.port, "#{port}");
        let to_host = fill(&to.host, "#{host}");
        let here = to_port.parse().ok().filter(|_| to_host == host);
        let here = here.and_then(|port| self.ports.get(&(front.balancer.clone(), port)));
        let mut address = if let Some(port) = here {
            format!("http://{host}:{port}")
        } else {
            let scheme = fill(&to.protocol, "#{protocol}").to_lowercase();
            format!("{scheme}://{to_host}:{to_port}")
        };
        address.push_str(&fill(&to.path, "/#{path}"));
        let query = fill(&to.query, "#{query}");
        if !query.is_empty() {
            address.push('?');
            address.push_str(&query);
        }
        let status = if to.status_code == "HTTP_301" {
            301
        } else {
            302
        };
        Fate::Elsewhere(status, address)
    }
}

/// No target can take it.
fn unavailable() -> Fate {
    Fate::Answer(
        503,
        "text/html".to_owned(),
        page(503, "Service Temporarily Unavailable"),
    )
}

/// What a load balancer answers by itself.
pub(super) fn page(status: u16, what: &str) -> String {
    format!(
        "<html>\r\n<head><title>{status} {what}</title></head>\r\n<body>\r\n<center><h1>{status} {what}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
}

/// The request's host without its port.
fn host_of(parts: &Parts) -> &str {
    let header = parts
        .headers
        .get(HOST)
        .and_then(|value| value.to_str().ok());
    let host = parts.uri.host().or(header).unwrap_or_default();
    host.rsplit_once(':').map_or(host, |(host, _)| host)
}

/// Whether a condition holds: any of its values does.
fn holds(condition: &RuleCondition, parts: &Parts, peer: SocketAddr) -> bool {
    let any = |values: &Option<ListOfString>, matches: &dyn Fn(&str) -> bool| {
        values
            .iter()
            .flat_map(|list| &list.items)
            .any(|value| matches(value))
    };
    let of_field = |config: Option<&Option<ListOfString>>, matches: &dyn Fn(&str) -> bool| {
        config.map_or_else(
            || any(&condition.values, matches),
            |values| any(values, matches),
        )
    };
    match condition.field.as_deref() {
        // Paths are compared with their case, hosts without.
        Some("path-pattern") => {
            let config = condition.path_pattern_config.as_ref().map(|it| &it.values);
            of_field(config, &|value| matches_pattern(value, parts.uri.path()))
        }
        Some("host-header") => {
            let config = condition.host_header_config.as_ref().map(|it| &it.values);
            let host = host_of(parts).to_lowercase();
            of_field(config, &|value| {
                matches_pattern(&value.to_lowercase(), &host)
            })
        }
        Some("http-request-method") => {
            let config = condition
                .http_request_method_config
                .as_ref()
                .map(|it| &it.values);
            of_field(config, &|value| value == parts.method.as_str())
        }
        Some("http-header") => condition.http_header_config.as_ref().is_some_and(|config| {
            let name = config.http_header_name.as_deref().unwrap_or_default();
            let sent = parts.headers.get_all(name).iter();
            let sent: Vec<String> = sent
                .map(|value| String::from_utf8_lossy(value.as_bytes()).to_lowercase())
                .collect();
            any(&config.values, &|value| {
                sent.iter()
                    .any(|sent| matches_pattern(&value.to_lowercase(), sent))
            })
        }),
        Some("query-string") => condition
            .query_string_config
            .as_ref()
            .is_some_and(|config| {
                let wanted = config.values.iter().flat_map(|list| &list.items);
                let query = parts.uri.query().unwrap_or_default();
                let sent: Vec<(String, String)> = query
                    .split('&')
                    .map(|pair| {
                        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                        (
                            decode(key, true).to_lowercase(),
                            decode(value, true).to_lowercase(),
                        )
                    })
                    .collect();
                let fits = |pattern: &Option<String>, text: &str| {
                    pattern
                        .as_ref()
                        .is_none_or(|pattern| matches_pattern(&pattern.to_lowercase(), text))
                };
                wanted.clone().any(|wanted| {
                    sent.iter()
                        .any(|(key, value)| fits(&wanted.key, key) && fits(&wanted.value, value))
                })
            }),
        // Whoever asks is on this machine.
        Some("source-ip") => condition
            .source_ip_config
            .as_ref()
            .is_some_and(|config| any(&config.values, &|range| contains(range, peer))),
        _ => false,
    }
}

fn contains(range: &str, peer: SocketAddr) -> bool {
    let Some((net, bits)) = range.split_once('/') else {
        return false;
    };
    let (Ok(std::net::IpAddr::V4(net)), std::net::IpAddr::V4(ip), Ok(bits)) =
        (net.parse(), peer.ip(), bits.parse::<u32>())
    else {
        return false;
    };
    let mask = u32::MAX
        .checked_shl(32_u32.saturating_sub(bits))
        .unwrap_or(0);
    net.to_bits() & mask == ip.to_bits() & mask
}
