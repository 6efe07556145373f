//! What must agree across sections.
//!
//! It reads the tree again on its own, key by key, so that it speaks up also about a file with errors elsewhere; what cannot be
//! read was reported already and is left out.

use std::collections::BTreeMap;

use super::reader::At;
use crate::environment::defaults;
use crate::environment::deployment::StrategyName;
use crate::environment::values::cidr::Cidr;
use crate::environment::values::host::HostPattern;
use crate::environment::values::name::{EnvironmentName, Project, ServiceName, TableName};
use crate::environment::values::number::{Count, Priority};
use crate::environment::values::path::PathPattern;
use crate::environment::values::place::{
    AccountId, BoundaryPolicy, CertificateArn, Region, TopicArn,
};
use crate::environment::values::reach::PolicyArn;
use crate::environment::values::rejection::Rejection;
use crate::environment::values::secret::SecretSource;
use crate::environment::values::zone::ZoneName;

/// An IAM role's name has 64 characters at most (IAM CreateRole, `RoleName`), the narrowest of the limits that names cannot be
/// shortened to meet. These are the longest endings a role's name may have, per service and per environment.
const LONGEST_ROLE: usize = 64;
const SERVICE_ROLE: &str = "task";
const ENVIRONMENT_ROLE: &str = "ecs-infrastructure";

/// A load balancer has 100 rules and 100 target groups (Elastic Load Balancing, "Quotas for your Application Load Balancers").
const MOST_SERVICES: usize = 100;

/// Checks the file as a whole.
pub(crate) fn across_sections(at: &At<'_>, name: &EnvironmentName) {
    let services: Vec<(&str, At<'_>)> = at
        .find("services")
        .map(|at| at.children())
        .unwrap_or_default();
    names(at, name, &services);
    tables(&services);
    addresses(at, &services);
    super::calls::check(&services);
    let public = services.iter().filter(|(_, at)| is_public(at)).count();
    if few_enough(at, public) {
        priorities(&services);
        paths(&services);
    }
    places(at);
}

fn names(at: &At<'_>, name: &EnvironmentName, services: &[(&str, At<'_>)]) {
    let Some(project) = at.peek::<Project>("project") else {
        return;
    };
    let excess = |full: &str| full.len().saturating_sub(LONGEST_ROLE);
    let too_long = |full: &str| {
        Rejection::new(
            format!(
                "`{full}` would have {} characters, and an IAM role's name has 64 at most",
                full.len()
            ),
            format!(
                "shorten the project, environment or service by {}",
                excess(full)
            ),
        )
    };
    let widest = format!("{project}-{name}-{ENVIRONMENT_ROLE}");
    if excess(&widest) > 0 {
        if let Some(at) = at.find("project") {
            at.refuse(too_long(&widest));
        }
        return;
    }
    for (service, at) in services {
        let full = format!("{project}-{name}-{service}-{SERVICE_ROLE}");
        if service.parse::<ServiceName>().is_ok() && excess(&full) > 0 {
            at.refuse_key(too_long(&full));
        }
    }
}

fn few_enough(at: &At<'_>, count: usize) -> bool {
    let strategy = at
        .find("deployment")
        .and_then(|at| at.peek::<StrategyName>("strategy"));
    let doubled = strategy.is_some_and(|strategy| strategy != StrategyName::Rolling);
    let most = if doubled {
        MOST_SERVICES / 2
    } else {
        MOST_SERVICES
    };
    if count <= most {
        return true;
    }
    if let Some(at) = at.find("services") {
        let why = if doubled {
            "50 when each has two target groups"
        } else {
            "100"
        };
        at.refuse_key(Rejection::new(
            format!("{count} services, and a load balancer takes {why}"),
            "divide them among several projects",
        ));
    }
    false
}

fn tables(services: &[(&str, At<'_>)]) {
    let mut owners: BTreeMap<TableName, &str> = BTreeMap::new();
    for (service, at) in services {
        let Some(table) = at.peek::<TableName>("table") else {
            continue;
        };
        let Some(owner) = owners.get(&table) else {
            owners.insert(table, service);
            continue;
        };
        if let Some(at) = at.find("table") {
            at.refuse(Rejection::new(
                format!("`{table}` is already the table of the service `{owner}`, which alone may use it"),
                "give each service a table of its own, and let services ask one another",
            ));
        }
    }
}

fn priorities(services: &[(&str, At<'_>)]) {
    let mut owners: BTreeMap<Priority, &str> = BTreeMap::new();
    for (service, at) in services {
        let Some(priority) = at.peek::<Priority>("priority") else {
            continue;
        };
        if let (Some(owner), Some(at)) = (owners.get(&priority), at.find("priority")) {
            at.refuse(Rejection::new(
                format!("{priority} is already the priority of the service `{owner}`"),
                "give each service a priority of its own; the lowest number is tried first",
            ));
        } else {
            owners.insert(priority, service);
        }
    }
}

/// Whether the load balancer has a rule for a service.
fn is_public(at: &At<'_>) -> bool {
    let some = |key| at.find(key).is_some_and(|at| !at.items().is_empty());
    some("paths") || some("hosts")
}

/// A pattern with its service, the hosts on which it counts (all of them where there are none), and its place.
struct Claim<'a> {
    service: &'a str,
    priority: Option<Priority>,
    pattern: PathPattern,
    hosts: Vec<HostPattern>,
    at: At<'a>,
}

impl Claim<'_> {
    /// Whether some request leads to both.
    fn overlaps(&self, other: &Claim<'_>) -> bool {
        let anywhere = self.hosts.is_empty() || other.hosts.is_empty();
        let met = |host: &HostPattern| other.hosts.iter().any(|theirs| theirs.overlaps(host));
        self.pattern.overlaps(&other.pattern) && (anywhere || self.hosts.iter().any(met))
    }

    /// Whether every request that leads to the other one surely leads to this one too.
    fn covers(&self, other: &Claim<'_>) -> bool {
        let held = |theirs: &HostPattern| self.hosts.iter().any(|host| host.covers(theirs));
        let hosts =
            self.hosts.is_empty() || !other.hosts.is_empty() && other.hosts.iter().all(held);
        self.pattern.covers(&other.pattern) && hosts
    }

    /// The pattern as a reader knows it, with its hosts.
    fn shown(&self) -> String {
        let hosts: Vec<&str> = self.hosts.iter().map(AsRef::as_ref).collect();
        match hosts.as_slice() {
            [] => format!("`{}`", self.pattern),
            hosts => format!("`{}` of {}", self.pattern, hosts.join(" and ")),
        }
    }
}

/// Refuses patterns of different services that match the same path, unless both services say who is asked first, and patterns
/// that another service's leave nothing to match.
fn paths<'a>(services: &[(&'a str, At<'a>)]) {
    let mut claims: Vec<Claim<'a>> = Vec::new();
    for (service, at) in services {
        // A priority that cannot be read was reported; to complain about the overlap as well would mislead.
        if at.has("priority") && at.peek::<Priority>("priority").is_none() {
            continue;
        }
        let hosts_at = at.find("hosts");
        let Some(hosts) = hosts_at
            .as_ref()
            .map_or_else(|| Some(Vec::new()), At::quietly)
        else {
            continue;
        };
        let items = at.find("paths").map(|at| at.items()).unwrap_or_default();
        let named = items
            .into_iter()
            .filter_map(|item| Some((item.quietly::<PathPattern>()?, item)));
        let mut patterns: Vec<(PathPattern, At<'a>)> = named.collect();
        if let (true, false, Some(hosts_at)) = (patterns.is_empty(), hosts.is_empty(), hosts_at) {
            patterns.push((PathPattern::every(), hosts_at));
        }
        claims.extend(patterns.into_iter().map(|(pattern, item)| Claim {
            service,
            priority: at.peek("priority"),
            pattern,
            hosts: hosts.clone(),
            at: item,
        }));
    }
    for (index, later) in claims.iter().enumerate() {
        for earlier in &claims[..index] {
            if earlier.service != later.service && earlier.overlaps(later) {
                overlap(earlier, later);
            }
        }
    }
}

fn overlap(one: &Claim<'_>, other: &Claim<'_>) {
    let (Some(a), Some(b)) = (one.priority, other.priority) else {
        let both = if one.pattern == other.pattern {
            "is also a path"
        } else {
            "matches paths that also match one"
        };
        let whose = if one.pattern == other.pattern {
            format!("of the service `{}`", one.service)
        } else {
            format!("of the service `{}`, {}", one.service, one.shown())
        };
        other.at.refuse(Rejection::new(
            format!("{} {both} {whose}", other.shown()),
            "narrow one of the two, or give both services a `priority`: the lowest number is tried first",
        ));
        return;
    };
    let (first, second) = if a < b { (one, other) } else { (other, one) };
    if a != b && first.covers(second) {
        second.at.refuse(Rejection::new(
            format!(
                "{} never gets a request: {} of the service `{}` matches all of its paths and is tried first",
                second.shown(), first.shown(), first.service
            ),
            format!("give `{}` a lower `priority` than `{}`", second.service, first.service),
        ));
    }
}

/// Refuses what is in another region or account than the environment.
fn places(at: &At<'_>) {
    let region = at.peek::<Region>("region");
    let account = at.peek::<AccountId>("account");
    let zones = at.find("network").and_then(|at| at.find("zones"));
    for zone_at in zones.iter().flat_map(At::items) {
        if let (Some(zone), Some(region)) = (zone_at.quietly::<ZoneName>(), &region)
            && zone.region().is_some_and(|of| of != region.as_str())
        {
            zone_at.refuse(Rejection::new(
                format!("`{zone}` is not in the region {region}"),
                format!("list zones of {region}, such as `{region}a`"),
            ));
        }
    }
    if let Some(certificate_at) = at.find("edge").and_then(|at| at.find("certificate"))
        && let Some(certificate) = certificate_at.quietly::<CertificateArn>()
    {
        if region.as_ref().is_some_and(|r| *r != certificate.region()) {
            certificate_at.refuse(Rejection::new(
                format!(
                    "the certificate is in {}, and a load balancer takes one of its own region",
                    certificate.region()
                ),
                "request or import it in the file's `region` as well, and write that ARN",
            ));
        }
        if account
            .as_ref()
            .is_some_and(|a| *a != certificate.account())
        {
            certificate_at.refuse(Rejection::new(
                format!(
                    "the certificate is in the account {}, and a load balancer takes one of its own account",
                    certificate.account()
                ),
                "request or import it in the file's `account` as well, and write that ARN",
            ));
        }
    }
    if let Some(boundary_at) = at.find("permissions_boundary")
        && let Some(theirs) = boundary_at
            .quietly::<BoundaryPolicy>()
            .and_then(|boundary| boundary.account())
        && account.as_ref().is_some_and(|a| *a != theirs)
    {
        boundary_at.refuse(Rejection::new(
            format!(
                "the boundary is in the account {theirs}, and a role takes one of its own account"
            ),
            "write the ARN of a policy in the file's `account`, or of one of AWS's own",
        ));
    }
    if let Some(region) = &region {
        partitions(at, region);
    }
    let topics = at
        .find("alarms")
        .and_then(|at| at.find("notify"))
        .map(|at| at.items())
        .unwrap_or_default();
    for topic_at in topics {
        if let (Some(region), Some(topic)) = (&region, topic_at.quietly::<TopicArn>())
            && *region != topic.region()
        {
            topic_at.refuse(Rejection::new(
                format!(
                    "the topic is in {}, and an alarm tells topics of its own region",
                    topic.region()
                ),
                format!("write a topic in {region}"),
            ));
        }
    }
}

/// Refuses what is in another of AWS's partitions, between which no ARN means anything. Certificates and topics need no look:
/// they are of the file's own region.
fn partitions(at: &At<'_>, region: &Region) {
    let here = region.partition();
    let elsewhere = |what: &str, there: &str| {
        (there != here).then(|| {
            Rejection::new(
                format!("the {what} is in the partition {there}, and {region} is in {here}"),
                format!("write the ARN of one in {here}: `arn:{here}:...`"),
            )
        })
    };
    if let Some(boundary_at) = at.find("permissions_boundary")
        && let Some(boundary) = boundary_at.quietly::<BoundaryPolicy>()
        && let Some(rejection) = boundary
            .partition()
            .and_then(|there| elsewhere("boundary", there))
    {
        boundary_at.refuse(rejection);
    }
    let services = at.find("services").map(|at| at.children());
    for (_, service) in services.unwrap_or_default() {
        permissions(at, &service, here);
        let secrets = service.find("secrets").map(|at| at.children());
        for (_, secret_at) in secrets.unwrap_or_default() {
            if let Some(secret) = secret_at.quietly::<SecretSource>()
                && let Some(secret) = secret.arn()
                && let Some(rejection) = elsewhere("secret", secret.region().partition())
            {
                secret_at.refuse(rejection);
            }
        }
    }
}

/// Refuses managed policies of another partition, and those that would allow nothing within the boundary that `hcctl bootstrap`
/// makes: it is made of the file, which does not say what a managed policy allows.
fn permissions(at: &At<'_>, service: &At<'_>, here: &str) {
    let boundary = at.peek::<BoundaryPolicy>("permissions_boundary");
    let made = boundary.is_some_and(|boundary| boundary.partition().is_none());
    let policies = service
        .find("permissions")
        .and_then(|at| at.find("policies"));
    for policy_at in policies.iter().flat_map(At::items) {
        let Some(policy) = policy_at.quietly::<PolicyArn>() else {
            continue;
        };
        if policy.partition() != here {
            policy_at.refuse(Rejection::new(
                format!(
                    "the policy is in the partition {}, and the file's region is in {here}",
                    policy.partition()
                ),
                format!("write the ARN of one in {here}: `arn:{here}:iam::...`"),
            ));
        } else if made {
            policy_at.refuse(Rejection::new(
                "the boundary that `hcctl bootstrap` makes holds what the file itself allows, so that this policy would allow nothing",
                "write what it allows under `allow:`, or name a boundary of your own by ARN as `permissions_boundary`",
            ));
        }
    }
}

/// Refuses more tasks than the private subnets have addresses for: each task of Fargate takes one.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html>
fn addresses(at: &At<'_>, services: &[(&str, At<'_>)]) {
    let Some(network) = at.find("network") else {
        return;
    };
    let zones = network
        .find("zones")
        .map_or_else(|| Some(defaults::zones()), |at| at.quietly());
    let (Some(cidr_at), Some(zones)) = (network.find("cidr"), zones.map(|zones| zones.count()))
    else {
        return;
    };
    let cidr = cidr_at.quietly::<Cidr>();
    let Some((cidr, subnet)) = cidr.and_then(|cidr| Some((cidr, cidr.subnet(0)?))) else {
        return;
    };
    let tasks: u64 = services
        .iter()
        .map(|(_, at)| at.peek::<Count>("count").unwrap_or_else(defaults::count))
        .map(|count| u64::from(count.get()))
        .sum();
    let room = |subnet: Cidr| u64::from(subnet.free_addresses()) * zones as u64;
    if tasks <= room(subnet) {
        return;
    }
    let enough = (16..cidr.prefix()).rev().find(|&prefix| {
        cidr.widened(prefix)
            .subnet(0)
            .is_some_and(|it| room(it) >= tasks)
    });
    let remedy = enough.map_or_else(
        || format!("lower the services' `count` to {} in all", room(subnet)),
        |prefix| format!("write {}, or lower `count`", cidr.widened(prefix)),
    );
    cidr_at.refuse(Rejection::new(
        format!(
            "{tasks} tasks take an address each, and the {zones} private subnets of {cidr}, a /{} each, have {} for them",
            subnet.prefix(),
            room(subnet)
        ),
        remedy,
    ));
}
