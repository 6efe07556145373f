//! The edge: the load balancer, its listeners, and per service a rule and its target groups.

use std::collections::{BTreeMap, BTreeSet};

use hcctl_engine::plan::PlanError;
use hcctl_engine::{Address, Link};

use super::Plot;
use super::network::Network;
use crate::aws::names::{ELB_NAME, short};
use crate::environment::{Environment, Health as Planned, RulePriority, Service, ServiceName};
use crate::resources::reach::Strays;
use crate::resources::rule_priority::{CHOSEN, LAST, Seat};
use crate::resources::target_group::{Health, TRAFFIC_PORT};
use crate::resources::{Others, listener, listener_rule, load_balancer, target_group};

/// What services and alarms need of the edge.
#[derive(Default)]
pub(super) struct Edge {
    /// By service, of those that requests reach from outside.
    pub services: BTreeMap<String, ServiceEdge>,
}

/// One service's part of it.
pub(super) struct ServiceEdge {
    pub balancer: Link,
    /// The group that the service starts on.
    pub group: Link,
    /// The other one, where deployments shift traffic.
    pub alternate: Option<Link>,
    pub rule: Link,
    pub test_rule: Option<Link>,
}

/// TLS 1.2 and 1.3 with post-quantum key exchange; on the current list of Security Hub ELB.17.
const TLS_POLICY: &str = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09";

/// Nothing where no service is reached from outside.
pub(super) fn draw(plot: &mut Plot<'_>, network: &Network) -> Edge {
    let Some(security_group) = &network.alb_group else {
        return Edge::default();
    };
    let spec = load_balancer::Spec {
        vpc: network.vpc.clone(),
        name: load_balancer::name(&plot.scope),
        scheme: "internet-facing".to_owned(),
        subnets: network.public.clone(),
        security_groups: BTreeSet::from([security_group.clone()]),
        drop_invalid_headers: true,
        desync_mitigation: "defensive".to_owned(),
        deletion_protection: plot.environment.protect,
        other: Others::new(),
        tags: plot.tags(),
    };
    let load_balancer = plot
        .builder
        .want::<load_balancer::LoadBalancer>("main", &spec);
    let groups: Vec<_> = plot
        .services()
        .filter(|(_, service)| service.is_public())
        .map(|(name, service)| (name, service, groups(plot, network, name, service)))
        .collect();
    let (live, test) = listeners(
        plot,
        &load_balancer,
        groups.first().map(|(.., (group, _))| group),
    );
    let mut services = BTreeMap::new();
    for (name, service, (group, alternate)) in groups {
        let both: BTreeSet<Link> = [Some(&group), alternate.as_ref()]
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        let rule = rule(plot, &live, name.to_string(), service, both.clone());
        let test_rule = test
            .as_ref()
            .map(|test| self::rule(plot, test, format!("{name}-test"), service, both));
        services.insert(
            name.to_string(),
            ServiceEdge {
                balancer: load_balancer.clone(),
                group,
                alternate,
                rule,
                test_rule,
            },
        );
    }
    Edge { services }
}

/// A service's target group, and a second one where deployments shift traffic between two.
fn groups(
    plot: &mut Plot<'_>,
    network: &Network,
    name: &ServiceName,
    service: &Service,
) -> (Link, Option<Link>) {
    let shifts = plot.shifts_traffic(service);
    let mut group = |rest: String| {
        let spec = target_group::Spec {
            name: short(&plot.scope.prefix(), &rest, ELB_NAME),
            vpc: network.vpc.clone(),
            // Only for targets registered without a port; ECS gives each its container's.
            port: 80,
            health: health(&service.health),
            deregistration_delay: 30,
            targets: Strays::new(),
            other: Others::new(),
            tags: plot.tags(),
        };
        plot.builder.want::<target_group::TargetGroup>(rest, &spec)
    };
    let first = group(name.to_string());
    (first, shifts.then(|| group(format!("{name}-alternate"))))
}

fn health(planned: &Planned) -> Health {
    // Within the ranges of the file's types.
    let number = |seconds: u32| i32::try_from(seconds).unwrap_or(i32::MAX);
    let port = planned.port.map(|port| port.to_string());
    Health {
        protocol: "HTTP".to_owned(),
        port: port.unwrap_or_else(|| TRAFFIC_PORT.to_owned()),
        path: planned.path.to_string(),
        interval: number(planned.interval_seconds.get()),
        timeout: number(planned.timeout_seconds.get()),
        healthy: number(planned.healthy.get()),
        unhealthy: number(planned.unhealthy.get()),
        codes: planned.codes.to_string(),
    }
}

/// The listener that rules stand on, and the one for test traffic. The default action is a forward, like every rule's:
/// ECS shifts no traffic on a listener that mixes forwards with other actions.
fn listeners(
    plot: &mut Plot<'_>,
    load_balancer: &Link,
    first: Option<&Link>,
) -> (Link, Option<Link>) {
    let forward = || {
        first.map_or(listener::Default::RedirectToHttps, |group| {
            listener::Default::Forward(group.clone())
        })
    };
    let certificate = plot
        .environment
        .edge
        .certificate
        .as_ref()
        .map(ToString::to_string);
    let (secure, test_port) = (certificate.is_some(), plot.environment.deployment.test_port);
    let mut listener = |name: &str, port: i32, secure: bool, default| {
        let spec = listener::Spec {
            load_balancer: load_balancer.clone(),
            port,
            protocol: if secure { "HTTPS" } else { "HTTP" }.to_owned(),
            default,
            certificate: certificate.clone().filter(|_| secure),
            ssl_policy: secure.then(|| TLS_POLICY.to_owned()),
            other: Others::new(),
            tags: plot.tags(),
        };
        plot.builder.want::<listener::Listener>(name, &spec)
    };
    let live = if secure {
        listener("http", 80, false, listener::Default::RedirectToHttps);
        listener("https", 443, true, forward())
    } else {
        listener("http", 80, false, forward())
    };
    (
        live,
        test_port.map(|port| listener("test", i32::from(port.get()), secure, forward())),
    )
}

/// So many priorities belong to a service that names none: from its usual one up to the next service's.
const CHOICE: u32 = 100;

/// Gives each rule a priority that no other rule of its listener has. One that the file names is taken or refused; another
/// is the one that was once chosen and is free still, or else the first of its service's that is.
///
/// # Errors
///
/// A [`PlanError::Conflict`] for each rule that AWS would refuse (`PriorityInUse`).
pub fn priorities(
    environment: &Environment,
    seats: &[Seat],
) -> Result<BTreeMap<String, u32>, Vec<PlanError>> {
    let (mut chosen, mut errors) = (BTreeMap::new(), Vec::new());
    let public = environment.services.values();
    let given = public
        .filter(|service| service.is_public())
        .map(|service| service.priority);
    let given: BTreeSet<u32> = given
        .filter(|priority| !priority.is_automatic())
        .map(RulePriority::get)
        .collect();
    let live = if environment.edge.certificate.is_some() {
        "https"
    } else {
        "http"
    };
    let test = environment.deployment.test_port.map(|_| "test");
    let public = environment.services.iter();
    for (name, service) in public.filter(|(_, service)| service.is_public()) {
        let (rule, usual) = (name.to_string(), service.priority.get());
        let rules = [(Some(live), rule.clone()), (test, format!("{rule}-test"))];
        for (listener, rule) in rules {
            let Some(listener) = listener else { continue };
            let there = || seats.iter().filter(|seat| seat.listener == listener);
            let stranger =
                |priority: u32| there().find(|it| it.rule.is_none() && it.priority == priority);
            let address = || Address::new("listener_rule", &rule);
            if let RulePriority::Given(priority) = service.priority {
                if let Some(stranger) = stranger(usual) {
                    errors.push(PlanError::Conflict {
                        address: address(),
                        reason: format!(
                            "priority {usual} on the listener `{listener}` is taken by {}, which hcctl did not make",
                            stranger.arn
                        ),
                        remedy: format!(
                            "give `{name}` another `priority` than {priority}, or remove that rule"
                        ),
                    });
                }
                chosen.insert(rule, usual);
                continue;
            }
            let range = usual..(usual + CHOICE).min(LAST + 1);
            let free = |priority: &u32| !given.contains(priority) && stranger(*priority).is_none();
            let own = there().find(|seat| seat.rule.as_ref() == Some(&rule));
            let kept = own.and_then(|seat| seat.chosen);
            let kept = kept.filter(|priority| range.contains(priority) && free(priority));
            match kept.or_else(|| range.clone().find(free)) {
                Some(priority) => {
                    chosen.insert(rule, priority);
                }
                None => errors.push(PlanError::Conflict {
                    address: address(),
                    reason: format!(
                        "rules that hcctl did not make have all priorities from {usual} to {} on the listener `{listener}`",
                        range.end - 1
                    ),
                    remedy: format!("give `{name}` a `priority` that is free, or remove some of them"),
                }),
            }
        }
    }
    if errors.is_empty() {
        Ok(chosen)
    } else {
        Err(errors)
    }
}

fn rule(
    plot: &mut Plot<'_>,
    listener: &Link,
    name: String,
    service: &Service,
    target_groups: BTreeSet<Link>,
) -> Link {
    let usual = service.priority.get();
    let priority = *plot.inputs.priorities.get(&name).unwrap_or(&usual);
    let mut tags = plot.tags();
    if priority != usual {
        tags.insert(CHOSEN.to_owned(), priority.to_string());
    }
    let spec = listener_rule::Spec {
        listener: listener.clone(),
        priority,
        paths: service.paths.iter().map(ToString::to_string).collect(),
        hosts: service.hosts.iter().map(ToString::to_string).collect(),
        header: None,
        target_groups,
        weights: None,
        other: Others::new(),
        tags,
    };
    plot.builder
        .want::<listener_rule::ListenerRule>(name, &spec)
}
