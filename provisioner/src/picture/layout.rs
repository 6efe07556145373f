//! Gives every box its place: zones as columns, services as rows across them, tables beside the services that use them.

use super::canvas::Area;
use super::scene::{Node, Scene};

/// Around everything.
pub(super) const MARGIN: i32 = 24;
/// Between boxes.
const GAP: i32 = 16;
/// The lanes for lines left and right of the zones.
const LANE: i32 = 56;
/// The height of a frame's label.
const LABEL: i32 = 30;
/// The width of the boxes at the side.
const SIDE: i32 = 300;
/// Between the network's frame and the boxes at the side.
const SIDE_LANE: i32 = 66;
/// The height of a NAT gateway.
const NAT: i32 = 58;
/// Half the width of an endpoint, which straddles the network's frame.
const ENDPOINT: i32 = 20;

/// Where everything is.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) width: i32,
    pub(super) height: i32,
    pub(super) internet: Area,
    pub(super) network: Area,
    pub(super) gateway: Area,
    pub(super) edge: Area,
    pub(super) zones: Vec<Column>,
    pub(super) cluster: Area,
    pub(super) services: Vec<Area>,
    pub(super) tables: Vec<Area>,
    pub(super) endpoints: Vec<Area>,
    pub(super) cards: Vec<Area>,
    /// Where requests come in: between two zones, where no words stand.
    pub(super) entry: i32,
    /// Where lines run: left of the zones, right of them, below the edge, between the subnets.
    pub(super) left: i32,
    pub(super) right: i32,
    pub(super) below_edge: i32,
    pub(super) between: i32,
    /// Where the heading of the boxes at the side stands.
    pub(super) side: (i32, i32),
    /// Where the legend begins.
    pub(super) legend: i32,
}

/// One zone.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Column {
    pub(super) frame: Area,
    pub(super) public: Area,
    pub(super) private: Area,
    pub(super) nat: Area,
}

/// The height of a box with so many lines below its name.
fn tall(lines: usize) -> i32 {
    36 + 18 * lines as i32
}

/// The height of a service's box.
const fn service_height(changed: bool) -> i32 {
    if changed { 120 } else { 102 }
}

fn card(node: &Node) -> i32 {
    let lines = node.lines.iter().filter(|line| !line.is_empty());
    tall(lines.count())
}

/// Places everything.
pub(super) fn layout(scene: &Scene) -> Layout {
    let mut at = Layout::default();
    let count = scene.zones.len().max(1) as i32;
    let column = match count {
        1 => 520,
        2 => 332,
        3 => 258,
        _ => 236,
    };
    let zones = Area {
        x: MARGIN + LANE,
        w: count * column + (count - 1) * GAP,
        ..Area::default()
    };
    at.left = MARGIN + LANE / 2 - 4;
    at.right = zones.right() + LANE / 2;
    at.entry = if count == 1 {
        zones.middle()
    } else {
        zones.x + count / 2 * (column + GAP) - GAP / 2
    };
    let top = edge(&mut at, zones);
    let nats = scene.zones.iter().any(|zone| zone.nat.is_some());
    let nat_y = at.below_edge + 17;
    let public_end = 12 + if nats { nat_y + NAT } else { at.edge.bottom() };
    at.between = public_end + 15;
    let below = cards(scene, &mut at);
    let private_y = public_end + 30;
    // A table must not stand higher than the boxes above it end.
    let services_y = (private_y + LABEL + 30).max(below + 4);
    let inner_end = services(scene, &mut at, zones, services_y);
    at.cluster = Area {
        x: zones.x + 20,
        y: private_y + LABEL,
        w: zones.w - 40,
        h: inner_end - private_y - LABEL,
    };
    let private_end = inner_end + 12;
    let inset = if count > 2 { 18 } else { 34 };
    for place in 0..count {
        let x = zones.x + place * (column + GAP);
        let area = |inset: i32, y: i32, end: i32| Area {
            x: x + inset,
            y,
            w: column - 2 * inset,
            h: end - y,
        };
        at.zones.push(Column {
            frame: area(0, top, private_end + 10),
            public: area(9, top + LABEL, public_end),
            private: area(9, private_y, private_end),
            nat: area(inset, nat_y, nat_y + NAT),
        });
    }
    at.network.h = private_end + 10 + 18 - at.network.y;
    let end = tables(scene, &mut at, below, services_y);
    endpoints(scene, &mut at, (top, public_end), (private_y, private_end));
    at.legend = at.network.bottom().max(end) + 34;
    at.width = at.side.0 + SIDE + MARGIN;
    at.height = at.legend;
    at
}

/// From the internet to the load balancer; answers where the zones begin.
fn edge(at: &mut Layout, zones: Area) -> i32 {
    at.internet = Area {
        x: zones.x,
        y: 96,
        w: zones.w + LANE,
        h: 40,
    };
    at.network = Area {
        x: MARGIN,
        y: at.internet.bottom() + 62,
        w: LANE + zones.w + LANE + 24,
        h: 0,
    };
    at.gateway = Area {
        y: at.network.y - 16,
        h: 32,
        ..at.internet
    };
    let top = at.network.y + 54;
    at.edge = Area {
        x: zones.x + 26,
        y: top + 2 * LABEL + 6,
        w: zones.w - 52,
        h: 58,
    };
    at.below_edge = at.edge.bottom() + 15;
    at.side = (at.network.right() + SIDE_LANE, at.internet.y + 14);
    top
}

/// The boxes at the side, below one another; answers where they end.
fn cards(scene: &Scene, at: &mut Layout) -> i32 {
    let (x, mut y) = (at.side.0, at.side.1 + 14);
    for node in &scene.cards {
        let h = card(node);
        at.cards.push(Area { x, y, w: SIDE, h });
        y += h + GAP - 2;
    }
    y
}

/// The services, below one another; answers where they end.
fn services(scene: &Scene, at: &mut Layout, zones: Area, from: i32) -> i32 {
    let mut y = from;
    for service in &scene.services {
        let area = Area {
            x: zones.x + 34,
            y,
            w: zones.w - 68,
            h: service_height(service.was.is_some()),
        };
        y = area.bottom() + GAP;
        at.services.push(area);
    }
    y.max(from + 40)
}

/// Tables beside their services, the others below them; answers where they end.
fn tables(scene: &Scene, at: &mut Layout, below: i32, services_y: i32) -> i32 {
    let x = at.side.0;
    let mut end = at
        .services
        .last()
        .map_or(services_y, |last| last.bottom() + GAP);
    end = end.max(below);
    let mut last = below;
    for (place, table) in scene.tables.iter().enumerate() {
        let beside = scene
            .services
            .iter()
            .position(|service| service.table == Some(place));
        let h = card(&table.node);
        let service = beside.and_then(|beside| at.services.get(beside));
        let y = if let Some(service) = service {
            service.height() - h / 2
        } else {
            end += h + GAP;
            end - h - GAP
        };
        let area = Area { x, y, w: SIDE, h };
        last = last.max(area.bottom());
        at.tables.push(area);
    }
    last
}

/// The endpoint of the tables beside the services, the others above it.
fn endpoints(
    scene: &Scene,
    at: &mut Layout,
    (top, public_end): (i32, i32),
    (private_y, private_end): (i32, i32),
) {
    let others = scene
        .endpoints
        .iter()
        .filter(|endpoint| endpoint.service != "dynamodb");
    let others = others.count().max(1) as i32;
    let h = (public_end - top - GAP * (others - 1)) / others;
    let mut y = top;
    for endpoint in &scene.endpoints {
        let (from, to) = if endpoint.service == "dynamodb" {
            (private_y, private_end)
        } else {
            y += h + GAP;
            (y - h - GAP, y - GAP)
        };
        at.endpoints.push(Area {
            x: at.network.right() - ENDPOINT,
            y: from,
            w: 2 * ENDPOINT,
            h: to - from,
        });
    }
}
