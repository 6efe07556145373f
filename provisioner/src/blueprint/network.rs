//! The network: a VPC, a public and a private subnet per zone, the ways in and out, and who may talk to whom.

use std::collections::{BTreeMap, BTreeSet};

use hcctl_engine::Link;

use super::Plot;
use crate::environment::{Egress, Environment, Nat, Port, Service, ServiceName, Subnet as Planned};
use crate::resources::security_group_rule::{Direction, Peer};
use crate::resources::{
    Others, default_security_group, elastic_ip, internet_gateway, nat_gateway, route_table,
    security_group, security_group_rule, subnet, vpc, vpc_endpoint,
};

/// What the rest of the environment stands on.
pub(super) struct Network {
    pub vpc: Link,
    pub public: BTreeSet<Link>,
    pub private: BTreeSet<Link>,
    /// Where some service is reached from outside.
    pub alb_group: Option<Link>,
    pub tasks_group: Link,
    /// By service, the group of its own ways out and of those in by name, where it has some.
    pub service_groups: BTreeMap<String, Link>,
}

const ANYWHERE: &str = "0.0.0.0/0";

pub(super) fn draw(plot: &mut Plot<'_>) -> Network {
    let network = &plot.environment.network;
    let tags = plot.named_tags("vpc");
    let spec = vpc::Spec {
        cidr: network.cidr.to_string(),
        dns_support: true,
        dns_hostnames: true,
        tags,
    };
    let vpc = plot.builder.want::<vpc::Vpc>("main", &spec);
    let empty = default_security_group::Spec {
        vpc: vpc.clone(),
        rules: BTreeSet::new(),
    };
    plot.builder
        .want::<default_security_group::DefaultSecurityGroup>("main", &empty);
    let tags = plot.named_tags("igw");
    let gateway = internet_gateway::Spec {
        vpc: vpc.clone(),
        attached: true,
        tags,
    };
    let gateway = plot
        .builder
        .want::<internet_gateway::InternetGateway>("main", &gateway);

    let numbers: Vec<u8> = plot
        .inputs
        .zones
        .iter()
        .map(|(number, _)| *number)
        .collect();
    let planned = network.subnets(&numbers);
    let (public, private): (Vec<_>, Vec<_>) = planned
        .iter()
        .map(|one| (one, self::subnet(plot, &vpc, *one)))
        .partition(|(one, _)| one.public);
    let links = |row: &[(&Planned, Link)]| {
        row.iter()
            .map(|(_, link)| link.clone())
            .collect::<BTreeSet<_>>()
    };
    let nats = nats(plot, &public);
    let mut tables = BTreeSet::from([table(plot, &vpc, "public", &gateway, links(&public))]);
    for (one, link) in &private {
        // With one gateway every zone goes through it, with one each zone through its own.
        let nat = nats.get(&one.number).or_else(|| nats.values().next());
        let Some(nat) = nat else { continue };
        let name = format!("private-{}", letter(plot, **one));
        tables.insert(table(
            plot,
            &vpc,
            &name,
            nat,
            BTreeSet::from([link.clone()]),
        ));
    }
    for service in ["s3", "dynamodb"] {
        let spec = vpc_endpoint::Spec {
            vpc: vpc.clone(),
            service: format!("com.amazonaws.{}.{service}", plot.scope.region),
            route_tables: tables.clone(),
            policy: None,
            tags: plot.named_tags(service),
        };
        plot.builder
            .want::<vpc_endpoint::VpcEndpoint>(service, &spec);
    }
    let (alb_group, tasks_group) = groups(plot, &vpc);
    let network = plot.environment.network.egress.iter();
    ways_out(plot, &tasks_group, "tasks", network);
    let mut service_groups = BTreeMap::new();
    let environment = plot.environment;
    let own = |(name, it): &(&ServiceName, &Service)| {
        !it.egress.is_empty() || environment.connects(name, it)
    };
    for (name, service) in plot.services().filter(own) {
        let own = format!("{name}-service");
        let description = format!("What {name} alone may reach");
        let group = group(plot, &vpc, &own, &description);
        ways_out(plot, &group, &own, service.egress.iter());
        service_groups.insert(name.to_string(), group);
    }
    calls(plot, &service_groups);
    Network {
        public: links(&public),
        private: links(&private),
        vpc,
        alb_group,
        tasks_group,
        service_groups,
    }
}

fn group(plot: &mut Plot<'_>, vpc: &Link, name: &str, description: &str) -> Link {
    let spec = security_group::Spec {
        vpc: vpc.clone(),
        name: plot.name(name),
        description: description.to_owned(),
        tags: plot.named_tags(name),
    };
    plot.builder
        .want::<security_group::SecurityGroup>(name, &spec)
}

/// The rules of a group by which its tasks reach what the file names.
fn ways_out<'e>(
    plot: &mut Plot<'_>,
    group: &Link,
    of: &str,
    all: impl Iterator<Item = &'e Egress>,
) {
    for one in all {
        let name = format!("{of}-to-{}", one.name());
        let to = one.to.to_string();
        let spec = security_group_rule::Spec {
            group: group.clone(),
            direction: Direction::Egress,
            protocol: one.protocol.name().to_owned(),
            from_port: one.port.get().into(),
            to_port: one.port.get().into(),
            peer: match to.split('-').next() {
                Some("sg") => Peer::Group(Link::id(to)),
                Some("pl") => Peer::Prefixes(to),
                _ => Peer::Range(to),
            },
            description: one.why.to_string(),
            tags: plot.named_tags(&name),
        };
        plot.builder
            .want::<security_group_rule::SecurityGroupRule>(name, &spec);
    }
}

/// The rules by which a service reaches those that it calls, and they let it in.
fn calls(plot: &mut Plot<'_>, groups: &BTreeMap<String, Link>) {
    for (caller, service) in plot.services() {
        for callee in &service.calls {
            let (from, to) = (groups.get(caller.as_str()), groups.get(callee.as_str()));
            let called = plot.environment.services.get(callee);
            let (Some(from), Some(to), Some(called)) = (from, to, called) else {
                continue;
            };
            let mut rule = |name: String, group: &Link, direction, peer: &Link, description| {
                let spec = security_group_rule::Spec {
                    group: group.clone(),
                    direction,
                    protocol: "tcp".to_owned(),
                    from_port: called.port.get().into(),
                    to_port: called.port.get().into(),
                    peer: Peer::Group(peer.clone()),
                    description,
                    tags: plot.named_tags(&name),
                };
                plot.builder
                    .want::<security_group_rule::SecurityGroupRule>(name, &spec);
            };
            rule(
                format!("{caller}-service-to-{callee}-service"),
                from,
                Direction::Egress,
                to,
                format!("Calls to {callee}"),
            );
            rule(
                format!("{callee}-service-from-{caller}-service"),
                to,
                Direction::Ingress,
                from,
                format!("Calls of {caller}"),
            );
        }
    }
}

/// The zone that a subnet stands in, by its number.
fn zone(plot: &Plot<'_>, planned: Planned) -> String {
    let mut zones = plot.inputs.zones.iter();
    let zone = zones.find(|(number, _)| *number == planned.number);
    zone.map(|(_, name)| name.clone()).unwrap_or_default()
}

/// By number, the zones that the environment's subnets stand in, whoever sees them. Where the network's range is to change,
/// or subnets were made by hand, they are numbered in the order of their names.
pub fn standing(environment: &Environment, subnets: &[subnet::Spec]) -> Vec<(u8, String)> {
    let zones: BTreeSet<&String> = subnets.iter().map(|subnet| &subnet.zone).collect();
    let numbered: Vec<(u8, String)> = zones
        .iter()
        .filter_map(|zone| {
            let mut of_zone = subnets.iter().filter(|subnet| subnet.zone == ***zone);
            let number = of_zone.find_map(|subnet| environment.network.number_of(&subnet.cidr))?;
            Some((number, (*zone).clone()))
        })
        .collect();
    let numbers: BTreeSet<u8> = numbered.iter().map(|(number, _)| *number).collect();
    if numbers.len() == zones.len() {
        return numbered
            .into_iter()
            .collect::<BTreeMap<_, _>>()
            .into_iter()
            .collect();
    }
    (1..).zip(zones.into_iter().cloned()).collect()
}

/// What tells the zone apart within its region: `a` of `us-east-1a`.
fn letter(plot: &Plot<'_>, planned: Planned) -> String {
    let zone = zone(plot, planned);
    zone.strip_prefix(&plot.scope.region)
        .unwrap_or(&zone)
        .to_owned()
}

fn subnet(plot: &mut Plot<'_>, vpc: &Link, planned: Planned) -> Link {
    let row = if planned.public { "public" } else { "private" };
    let name = format!("{row}-{}", letter(plot, planned));
    let spec = subnet::Spec {
        vpc: vpc.clone(),
        cidr: planned.cidr.to_string(),
        zone: zone(plot, planned),
        public_ip: false,
        other: Others::new(),
        tags: plot.named_tags(&name),
    };
    plot.builder.want::<subnet::Subnet>(name, &spec)
}

/// NAT gateways by the number of the zone that they stand in.
fn nats(plot: &mut Plot<'_>, public: &[(&Planned, Link)]) -> BTreeMap<u8, Link> {
    let many = match plot.environment.network.nat {
        Nat::Single => 1,
        Nat::PerZone => public.len(),
    };
    let mut nats = BTreeMap::new();
    for (planned, subnet) in public.iter().take(many) {
        let letter = letter(plot, **planned);
        let tags = plot.named_tags(&format!("nat-{letter}"));
        let address = plot.builder.want::<elastic_ip::ElasticIp>(
            format!("nat-{letter}"),
            &elastic_ip::Spec { tags: tags.clone() },
        );
        let spec = nat_gateway::Spec {
            subnet: subnet.clone(),
            address,
            tags,
        };
        nats.insert(
            planned.number,
            plot.builder.want::<nat_gateway::NatGateway>(letter, &spec),
        );
    }
    nats
}

fn table(plot: &mut Plot<'_>, vpc: &Link, name: &str, out: &Link, subnets: BTreeSet<Link>) -> Link {
    let routes = BTreeMap::from([(ANYWHERE.to_owned(), out.clone())]);
    let spec = route_table::Spec {
        vpc: vpc.clone(),
        routes,
        subnets,
        tags: plot.named_tags(name),
    };
    plot.builder.want::<route_table::RouteTable>(name, &spec)
}

/// The load balancer's group, open to the internet, and the tasks' group, open to the load balancer only. Without a service that
/// is reached from outside there is no load balancer.
fn groups(plot: &mut Plot<'_>, vpc: &Link) -> (Option<Link>, Link) {
    let services = plot.environment.services.values();
    let public: Vec<&Service> = services.filter(|it| it.is_public()).collect();
    let alb =
        (!public.is_empty()).then(|| group(plot, vpc, "alb", "HTTP and HTTPS from the internet"));
    let tasks = group(plot, vpc, "tasks", "From the load balancer only");
    let test_port = plot.environment.deployment.test_port;
    let ports: BTreeSet<u16> = public
        .into_iter()
        .flat_map(|service| [Some(service.port), service.health.port])
        .flatten()
        .map(Port::get)
        .collect();
    let mut rule = |name: String, group: &Link, direction, port: u16, peer, description: &str| {
        let spec = security_group_rule::Spec {
            group: group.clone(),
            direction,
            protocol: "tcp".to_owned(),
            from_port: i32::from(port),
            to_port: i32::from(port),
            peer,
            description: description.to_owned(),
            tags: plot.named_tags(&name),
        };
        plot.builder
            .want::<security_group_rule::SecurityGroupRule>(name, &spec);
    };
    let anywhere = || Peer::Range(ANYWHERE.to_owned());
    rule(
        "tasks-https".to_owned(),
        &tasks,
        Direction::Egress,
        443,
        anywhere(),
        "HTTPS to AWS and to the token issuer",
    );
    let Some(alb) = alb else {
        return (None, tasks);
    };
    rule(
        "alb-http".to_owned(),
        &alb,
        Direction::Ingress,
        80,
        anywhere(),
        "HTTP from the internet",
    );
    rule(
        "alb-https".to_owned(),
        &alb,
        Direction::Ingress,
        443,
        anywhere(),
        "HTTPS from the internet",
    );
    if let Some(port) = test_port {
        rule(
            "alb-test".to_owned(),
            &alb,
            Direction::Ingress,
            port.get(),
            anywhere(),
            "Test traffic of deployments",
        );
    }
    for port in ports {
        rule(
            format!("alb-to-tasks-{port}"),
            &alb,
            Direction::Egress,
            port,
            Peer::Group(tasks.clone()),
            "Requests to the tasks",
        );
        rule(
            format!("tasks-from-alb-{port}"),
            &tasks,
            Direction::Ingress,
            port,
            Peer::Group(alb.clone()),
            "Requests from the load balancer",
        );
    }
    (Some(alb), tasks)
}
