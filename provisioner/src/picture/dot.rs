//! The scene for Graphviz: plain, for who draws it otherwise. <https://graphviz.org/doc/info/lang.html>

use std::fmt::Write as _;

use super::Mark;
use super::scene::{Node, Scene};

/// The scene as a directed graph.
pub(super) fn write(scene: &Scene) -> String {
    let mut out = String::from("digraph hcctl {\n");
    let _ = writeln!(out, "  label={};", quoted(&[&scene.title, &scene.outcome]));
    out.push_str("  rankdir=TB; labelloc=t; compound=true;\n");
    out.push_str(
        "  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"Helvetica\"];\n",
    );
    out.push_str("  edge [fontname=\"Helvetica\"];\n");
    out.push_str("  internet [label=\"internet\", shape=ellipse];\n");
    if let Some(node) = &scene.network {
        let _ = writeln!(
            out,
            "  subgraph cluster_network {{\n    label={};",
            quoted(&[&name(node)])
        );
    } else {
        out.push_str("  subgraph cluster_network {\n    label=\"\";\n");
    }
    for (id, node) in [("gateway", &scene.gateway), ("balancer", &scene.edge)] {
        if let Some(node) = node {
            box_of(&mut out, "    ", id, node, &[]);
        }
    }
    for (place, zone) in scene.zones.iter().enumerate() {
        let _ = writeln!(
            out,
            "    subgraph cluster_zone_{place} {{\n      label={};",
            quoted(&[&zone.name])
        );
        for (id, node) in [
            ("public", &zone.public),
            ("nat", &zone.nat),
            ("private", &zone.private),
        ] {
            if let Some(node) = node {
                box_of(&mut out, "      ", &format!("{id}_{place}"), node, &[]);
            }
        }
        out.push_str("    }\n");
    }
    for (place, service) in scene.services.iter().enumerate() {
        let tasks = service.tasks.map(super::gather::tasks).unwrap_or_default();
        let more = [service.image.as_str(), &service.size, &tasks];
        box_of(
            &mut out,
            "    ",
            &format!("service_{place}"),
            &service.node,
            &more,
        );
    }
    for (place, endpoint) in scene.endpoints.iter().enumerate() {
        box_of(
            &mut out,
            "    ",
            &format!("endpoint_{place}"),
            &endpoint.node,
            &[],
        );
    }
    out.push_str("  }\n");
    for (place, table) in scene.tables.iter().enumerate() {
        box_of(&mut out, "  ", &format!("table_{place}"), &table.node, &[]);
    }
    for (place, card) in scene.cards.iter().enumerate() {
        box_of(&mut out, "  ", &format!("card_{place}"), card, &[]);
    }
    edges(&mut out, scene);
    out.push_str("}\n");
    out
}

fn edges(out: &mut String, scene: &Scene) {
    let listeners = scene.listeners.join(", ");
    if scene.edge.is_some() {
        let _ = writeln!(
            out,
            "  internet -> balancer [label={}];",
            quoted(&[&listeners])
        );
    }
    for (place, service) in scene.services.iter().enumerate() {
        if scene.edge.is_some() {
            let paths = service.paths.join(", ");
            let _ = writeln!(
                out,
                "  balancer -> service_{place} [label={}];",
                quoted(&[&paths])
            );
        }
        if let Some(table) = service.table {
            let _ = writeln!(out, "  service_{place} -> table_{table};");
        }
    }
    for (place, zone) in scene.zones.iter().enumerate() {
        if let (Some(nat), Some(_)) = (zone.way_out, &zone.private) {
            let _ = writeln!(out, "  private_{place} -> nat_{nat} [style=dashed];");
        }
        if zone.nat.is_some() {
            let to = if scene.gateway.is_some() {
                "gateway"
            } else {
                "internet"
            };
            let _ = writeln!(out, "  nat_{place} -> {to} [style=dashed];");
        }
    }
    if scene.gateway.is_some() {
        out.push_str("  gateway -> internet [style=dashed];\n");
    }
}

fn name(node: &Node) -> String {
    match node.mark().sign() {
        Some(sign) => format!("{sign} {}", node.title),
        None => node.title.clone(),
    }
}

fn box_of(out: &mut String, indent: &str, id: &str, node: &Node, more: &[&str]) {
    let name = name(node);
    let mut lines = vec![name.as_str()];
    lines.extend(
        node.lines
            .iter()
            .map(String::as_str)
            .chain(more.iter().copied()),
    );
    let cost = node.cost.map(|cost| format!("{} a month", cost.text()));
    lines.extend(cost.as_deref());
    let colour = match node.mark() {
        Mark::Keep => "#57606a",
        Mark::Create => "#1a7f37",
        Mark::Update => "#8f5f00",
        Mark::Replace => "#7a3fd6",
        Mark::Delete => "#cf222e",
    };
    let _ = writeln!(
        out,
        "{indent}{id} [label={}, color=\"{colour}\"];",
        quoted(&lines)
    );
}

/// Lines as a quoted string: `\n` stands between them, and nothing in them stands for anything else.
fn quoted(lines: &[&str]) -> String {
    let lines = lines.iter().filter(|line| !line.is_empty());
    let lines: Vec<String> = lines
        .map(|line| {
            line.chars()
                .filter(|c| !c.is_control())
                .flat_map(|c| match c {
                    '"' | '\\' => vec!['\\', c],
                    c => vec![c],
                })
                .collect()
        })
        .collect();
    format!("\"{}\"", lines.join("\\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_string() {
        assert_eq!(quoted(&["a\"; b", "", "c\\N\n"]), r#""a\"; b\nc\\N""#);
    }
}
