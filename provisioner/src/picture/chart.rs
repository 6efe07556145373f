//! The scene as boxes in groups, with arrows between them: what dot and Mermaid both draw, each in its own words.

use super::Mark;
use super::scene::{Node, Scene};
use crate::appearance::TONES;

/// Boxes, groups of boxes, and arrows.
pub(super) struct Chart<'a> {
    /// What stands in it, in the order of drawing.
    pub(super) items: Vec<Item<'a>>,
    /// From box to box.
    pub(super) arrows: Vec<Arrow>,
}

/// Something drawn.
pub(super) enum Item<'a> {
    /// A box.
    Box {
        /// Its id.
        id: String,
        /// What it is.
        node: &'a Node,
        /// Lines after the node's own; empty ones are left out.
        more: Vec<String>,
    },
    /// A frame around others.
    Group {
        /// Its id.
        id: String,
        /// What is written on it.
        title: Title<'a>,
        /// What stands in it.
        items: Vec<Item<'a>>,
    },
}

/// What is written on a group.
pub(super) enum Title<'a> {
    /// A resource's name, with its sign.
    Node(&'a Node),
    /// These words.
    Words(&'a str),
}

impl Title<'_> {
    /// The words, with a node called as `name` says: where its sign stands, each form knows.
    pub(super) fn text(&self, name: fn(&Node) -> String) -> String {
        match self {
            Title::Node(node) => name(node),
            Title::Words(words) => (*words).to_owned(),
        }
    }
}

/// An arrow.
pub(super) struct Arrow {
    /// The box that it leaves.
    pub(super) from: String,
    /// The box that it points at.
    pub(super) to: String,
    /// What is written on it; empty for nothing.
    pub(super) label: String,
    /// The way out to the internet is dashed.
    pub(super) dashed: bool,
}

/// The box of the load balancer. Not `edge`: that is a keyword of dot's.
const BALANCER: &str = "balancer";
/// The box of the internet, which is no resource: each form draws it by itself.
pub(super) const INTERNET: &str = "internet";
const GATEWAY: &str = "gateway";

impl<'a> Chart<'a> {
    /// The chart of a scene.
    pub(super) fn of(scene: &'a Scene) -> Self {
        let mut inside: Vec<Item<'a>> = Vec::new();
        inside.extend(scene.gateway.iter().map(|node| plain(GATEWAY, node)));
        inside.extend(scene.edge.iter().map(|node| plain(BALANCER, node)));
        for (place, zone) in scene.zones.iter().enumerate() {
            let parts = [
                ("public", &zone.public),
                ("nat", &zone.nat),
                ("private", &zone.private),
            ];
            let boxes = parts
                .into_iter()
                .filter_map(|(id, node)| Some(plain(format!("{id}_{place}"), node.as_ref()?)));
            inside.push(Item::Group {
                id: format!("zone_{place}"),
                title: Title::Words(&zone.name),
                items: boxes.collect(),
            });
        }
        for (place, service) in scene.services.iter().enumerate() {
            let tasks = service.tasks.map(super::gather::tasks).unwrap_or_default();
            inside.push(Item::Box {
                id: format!("service_{place}"),
                node: &service.node,
                more: vec![service.image.clone(), service.size.clone(), tasks],
            });
        }
        let endpoints = scene.endpoints.iter().map(|endpoint| &endpoint.node);
        inside.extend(numbered("endpoint", endpoints));
        let network = scene.network.as_ref();
        let mut items = vec![Item::Group {
            id: "network".to_owned(),
            title: network.map_or(Title::Words(""), Title::Node),
            items: inside,
        }];
        items.extend(numbered(
            "table",
            scene.tables.iter().map(|table| &table.node),
        ));
        items.extend(numbered("card", scene.cards.iter()));
        Self {
            items,
            arrows: arrows(scene),
        }
    }
}

fn plain(id: impl Into<String>, node: &Node) -> Item<'_> {
    Item::Box {
        id: id.into(),
        node,
        more: Vec::new(),
    }
}

fn numbered<'a>(
    id: &'static str,
    nodes: impl Iterator<Item = &'a Node>,
) -> impl Iterator<Item = Item<'a>> {
    nodes
        .enumerate()
        .map(move |(place, node)| plain(format!("{id}_{place}"), node))
}

fn arrows(scene: &Scene) -> Vec<Arrow> {
    let arrow = |from: String, to: String, label: String, dashed: bool| Arrow {
        from,
        to,
        label,
        dashed,
    };
    let request = |from: &str, to: String, label: String| arrow(from.to_owned(), to, label, false);
    let out = |from: String, to: String| arrow(from, to, String::new(), true);
    let mut all = Vec::new();
    if scene.edge.is_some() {
        let listeners = scene.listeners.join(", ");
        all.push(request(INTERNET, BALANCER.to_owned(), listeners));
    }
    for (place, service) in scene.services.iter().enumerate() {
        let id = format!("service_{place}");
        if scene.edge.is_some() && !service.paths.is_empty() {
            all.push(request(BALANCER, id.clone(), service.paths.join(", ")));
        }
        if let Some(table) = service.table {
            all.push(request(&id, format!("table_{table}"), String::new()));
        }
    }
    let way_out = if scene.gateway.is_some() {
        GATEWAY
    } else {
        INTERNET
    };
    for (place, zone) in scene.zones.iter().enumerate() {
        if let (Some(nat), Some(_)) = (zone.way_out, &zone.private) {
            all.push(out(format!("private_{place}"), format!("nat_{nat}")));
        }
        if zone.nat.is_some() {
            all.push(out(format!("nat_{place}"), way_out.to_owned()));
        }
    }
    if scene.gateway.is_some() {
        all.push(out(GATEWAY.to_owned(), INTERNET.to_owned()));
    }
    all
}

/// A box's lines: its name, the node's own, then `more`, then the cost.
pub(super) fn lines(name: String, node: &Node, more: &[String]) -> Vec<String> {
    let cost = node.cost.map(|cost| format!("{} a month", cost.text()));
    let own = node.lines.iter().chain(more).cloned();
    [name].into_iter().chain(own).chain(cost).collect()
}

/// The colour of an action, where a form cannot be light and dark.
pub(super) fn ink(mark: Mark) -> &'static str {
    let tone = TONES.iter().find(|tone| tone.name == mark.class());
    tone.map_or("#57606a", |tone| tone.ink.0)
}
