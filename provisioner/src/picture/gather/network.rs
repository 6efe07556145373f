//! The network and its edge: zones, subnets, the ways in and out.

use std::collections::BTreeMap;

use hcctl_engine::{Change, Link};

use super::{Pile, around, bundle, names, read};
use crate::picture::count;
use crate::picture::mark::Mark;
use crate::picture::scene::{Endpoint, Node, Sort, Zone};
use crate::resources::{
    listener, load_balancer, nat_gateway, route_table, subnet, vpc, vpc_endpoint,
};

/// The network's part of the scene.
#[derive(Default)]
pub(super) struct Network {
    pub frame: Option<Node>,
    pub gateway: Option<Node>,
    pub edge: Option<Node>,
    pub listeners: Vec<String>,
    pub zones: Vec<Zone>,
    pub endpoints: Vec<Endpoint>,
}

pub(super) fn gather(pile: &mut Pile<'_>) -> Network {
    let mut network = Network::default();
    if let Some(heart) = pile.take("vpc", "main") {
        let more = pile.take_all("default_security_group");
        let cidr = read::<vpc::Spec>(heart).map(|spec| format!(" {}", spec.cidr));
        let title = format!("VPC{}", cidr.unwrap_or_default());
        network.frame = Some(around(Sort::Other, title, heart, &more));
    }
    edge(pile, &mut network);
    network.zones = zones(pile);
    if let Some(heart) = pile.take("internet_gateway", "main") {
        // The tables of private subnets are taken already.
        let more = pile.take_all("route_table");
        network.gateway = Some(around(Sort::Gateway, "internet gateway", heart, &more));
    }
    for heart in pile.take_all("vpc_endpoint") {
        let spec = read::<vpc_endpoint::Spec>(heart);
        let service = spec.and_then(|spec| spec.service.rsplit('.').next().map(str::to_owned));
        let service = service.unwrap_or_else(|| heart.address.name.clone());
        let title = match service.as_str() {
            "dynamodb" => "DynamoDB endpoint".to_owned(),
            "s3" => "S3 endpoint".to_owned(),
            other => format!("{other} endpoint"),
        };
        let node = around(Sort::Gateway, title, heart, &[]);
        network.endpoints.push(Endpoint { node, service });
    }
    network
}

fn edge(pile: &mut Pile<'_>, network: &mut Network) {
    let Some(heart) = pile.take("load_balancer", "main") else {
        return;
    };
    let listeners = pile.take_all("listener");
    let mut node = around(
        Sort::Balancer,
        "application load balancer",
        heart,
        &listeners,
    );
    if let Some(spec) = read::<load_balancer::Spec>(heart) {
        node.lines.push(spec.name);
    }
    let kept = |change: &&&Change| Mark::of(change.action) != Mark::Delete;
    network.listeners = listeners
        .iter()
        .filter(kept)
        .filter_map(|change| read::<listener::Spec>(change))
        .map(|spec| {
            let more = match spec.default {
                listener::Default::RedirectToHttps => " to HTTPS",
                listener::Default::Forward(_) | listener::Default::Other(_) => "",
            };
            format!("{} {}{more}", spec.protocol, spec.port)
        })
        .collect();
    network.edge = Some(node);
}

/// A zone while its parts are found.
#[derive(Default)]
struct Found<'a> {
    public: Option<&'a Change>,
    private: Option<&'a Change>,
}

fn zones(pile: &mut Pile<'_>) -> Vec<Zone> {
    let mut found: BTreeMap<String, Found<'_>> = BTreeMap::new();
    for subnet in pile.take_where("subnet", |change| read::<subnet::Spec>(change).is_some()) {
        let Some(spec) = read::<subnet::Spec>(subnet) else {
            continue;
        };
        let zone = found.entry(spec.zone).or_default();
        let place = if subnet.address.name.starts_with("public") {
            &mut zone.public
        } else {
            &mut zone.private
        };
        // One that a killed run left twice stands with what fits nowhere.
        if place.is_none() {
            *place = Some(subnet);
        } else {
            pile.taken.remove(&subnet.address);
        }
    }
    let mut zones = Vec::new();
    let mut nats: Vec<Option<&Change>> = Vec::new();
    for (name, parts) in &found {
        let stands = |nat: &nat_gateway::Spec| {
            parts
                .public
                .is_some_and(|public| names(&nat.subnet, public))
        };
        let here = |change: &Change| read(change).as_ref().is_some_and(stands);
        let mut here = pile.take_where("nat_gateway", here);
        let heart = here.pop();
        // A second one, which a killed run left.
        for spare in here {
            pile.taken.remove(&spare.address);
        }
        let nat = heart.map(|heart| nat(pile, heart));
        nats.push(heart);
        zones.push(Zone {
            name: name.clone(),
            public: parts
                .public
                .map(|subnet| self::subnet(subnet, "public", &[])),
            nat,
            ..Zone::default()
        });
    }
    for (zone, parts) in zones.iter_mut().zip(found.values()) {
        let Some(subnet) = parts.private else {
            continue;
        };
        let uses = |table: &route_table::Spec| table.subnets.iter().any(|one| names(one, subnet));
        let tables = pile.take_where("route_table", |change| {
            read(change).as_ref().is_some_and(uses)
        });
        zone.private = Some(self::subnet(subnet, "private", &tables));
        let out = tables.iter().find_map(|table| {
            let spec = read::<route_table::Spec>(table)?;
            spec.routes.get("0.0.0.0/0").cloned()
        });
        zone.way_out = out.and_then(|out: Link| {
            nats.iter()
                .position(|nat| nat.is_some_and(|nat| names(&out, nat)))
        });
    }
    zones
}

fn nat(pile: &mut Pile<'_>, heart: &Change) -> Node {
    let address = read::<nat_gateway::Spec>(heart).map(|spec| spec.address);
    let more =
        address.map(|address| pile.take_where("elastic_ip", |change| names(&address, change)));
    around(Sort::Nat, "NAT gateway", heart, &more.unwrap_or_default())
}

fn subnet(heart: &Change, row: &str, tables: &[&Change]) -> Node {
    let cidr = read::<subnet::Spec>(heart).map(|spec| spec.cidr);
    let mut node = around(Sort::Other, row, heart, tables);
    node.lines.extend(cidr);
    node
}

/// All of some kinds in one box, line by line; nothing where there are none.
pub(super) fn all_of(
    pile: &mut Pile<'_>,
    sort: Sort,
    title: &str,
    kinds: &[&[(&str, &str)]],
) -> Option<Node> {
    let mut parts = Vec::new();
    let mut lines = Vec::new();
    for line in kinds {
        let mut words = Vec::new();
        for (kind, word) in *line {
            let found = pile.take_all(kind);
            if !found.is_empty() {
                words.push(count(found.len(), word));
            }
            parts.extend(found);
        }
        lines.push(words.join(", "));
    }
    let mut node = bundle(sort, title, &parts);
    node.lines = lines;
    (!parts.is_empty()).then_some(node)
}
