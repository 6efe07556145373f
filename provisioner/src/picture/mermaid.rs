//! The scene for Mermaid: plain, for Markdown that GitHub shows. <https://mermaid.js.org/syntax/flowchart.html>

use std::fmt::Write as _;

use super::Mark;
use super::scene::{Node, Scene};

/// The scene as a flow chart.
pub(super) fn write(scene: &Scene) -> String {
    let mut out = String::from("flowchart TB\n  internet([internet])\n");
    let network = scene.network.as_ref().map(name).unwrap_or_default();
    let _ = writeln!(out, "  subgraph network [{}]", quoted(&[&network]));
    for (id, node) in [("gateway", &scene.gateway), ("edge", &scene.edge)] {
        if let Some(node) = node {
            box_of(&mut out, "    ", id, node, &[]);
        }
    }
    for (place, zone) in scene.zones.iter().enumerate() {
        let _ = writeln!(out, "    subgraph zone_{place} [{}]", quoted(&[&zone.name]));
        for (id, node) in [
            ("public", &zone.public),
            ("nat", &zone.nat),
            ("private", &zone.private),
        ] {
            if let Some(node) = node {
                box_of(&mut out, "      ", &format!("{id}_{place}"), node, &[]);
            }
        }
        out.push_str("    end\n");
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
    out.push_str("  end\n");
    for (place, table) in scene.tables.iter().enumerate() {
        box_of(&mut out, "  ", &format!("table_{place}"), &table.node, &[]);
    }
    for (place, card) in scene.cards.iter().enumerate() {
        box_of(&mut out, "  ", &format!("card_{place}"), card, &[]);
    }
    edges(&mut out, scene);
    classes(&mut out);
    out
}

fn edges(out: &mut String, scene: &Scene) {
    let arrow = |words: &str| {
        if words.is_empty() {
            "-->".to_owned()
        } else {
            format!("-->|{}|", quoted(&[words]))
        }
    };
    if scene.edge.is_some() {
        let _ = writeln!(
            out,
            "  internet {} edge",
            arrow(&scene.listeners.join(", "))
        );
    }
    for (place, service) in scene.services.iter().enumerate() {
        if scene.edge.is_some() {
            let paths = arrow(&service.paths.join(", "));
            let _ = writeln!(out, "  edge {paths} service_{place}");
        }
        if let Some(table) = service.table {
            let _ = writeln!(out, "  service_{place} --> table_{table}");
        }
    }
    for (place, zone) in scene.zones.iter().enumerate() {
        if let (Some(nat), Some(_)) = (zone.way_out, &zone.private) {
            let _ = writeln!(out, "  private_{place} -.-> nat_{nat}");
        }
        if zone.nat.is_some() {
            let to = if scene.gateway.is_some() {
                "gateway"
            } else {
                "internet"
            };
            let _ = writeln!(out, "  nat_{place} -.-> {to}");
        }
    }
    if scene.gateway.is_some() {
        out.push_str("  gateway -.-> internet\n");
    }
}

fn classes(out: &mut String) {
    for (mark, colour) in [
        (Mark::Create, "#1a7f37"),
        (Mark::Update, "#8f5f00"),
        (Mark::Replace, "#7a3fd6"),
        (Mark::Delete, "#cf222e"),
    ] {
        let _ = writeln!(
            out,
            "  classDef {} stroke:{colour},stroke-width:2px",
            mark.class()
        );
    }
}

/// The sign stands last: at the beginning of a text, Mermaid reads it as that of a list.
fn name(node: &Node) -> String {
    match node.mark().sign() {
        Some(sign) => format!("{} ({sign})", node.title),
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
    let class = match node.mark() {
        Mark::Keep => String::new(),
        mark => format!(":::{}", mark.class()),
    };
    let _ = writeln!(out, "{indent}{id}[{}]{class}", quoted(&lines));
}

/// Lines as a quoted text. Mermaid reads entities (`#35;`) and, in quotes, Markdown: whatever is not plainly a word's is
/// spelled out.
fn quoted(lines: &[&str]) -> String {
    let lines = lines.iter().filter(|line| !line.is_empty());
    let lines: Vec<String> = lines
        .map(|line| {
            line.chars()
                .filter(|c| !c.is_control())
                .map(entity)
                .collect()
        })
        .collect();
    format!("\"{}\"", lines.join("<br/>"))
}

fn entity(c: char) -> String {
    match c {
        c if c.is_alphanumeric() => c.to_string(),
        ' ' | '-' | '.' | ',' | ':' | '/' | '+' | '$' | '(' | ')' => c.to_string(),
        c => format!("#{};", u32::from(c)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_string_or_becomes_an_element() {
        assert_eq!(
            quoted(&["a\"] --> b", "<b>~"]),
            "\"a#34;#93; --#62; b<br/>#60;b#62;#126;\""
        );
    }
}
