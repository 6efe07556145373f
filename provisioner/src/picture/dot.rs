//! The scene for Graphviz: plain, for who draws it otherwise. <https://graphviz.org/doc/info/lang.html>

use std::fmt::Write as _;

use super::chart::{Chart, INTERNET, Item, ink, lines};
use super::scene::{Node, Scene};

/// The scene as a directed graph.
pub(super) fn write(scene: &Scene) -> String {
    let chart = Chart::of(scene);
    let mut out = String::from("digraph hcctl {\n");
    let _ = writeln!(out, "  label={};", quoted(&[&scene.title, &scene.outcome]));
    out.push_str("  rankdir=TB; labelloc=t; compound=true;\n");
    out.push_str(
        "  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"Helvetica\"];\n",
    );
    out.push_str("  edge [fontname=\"Helvetica\"];\n");
    let _ = writeln!(out, "  {INTERNET} [label=\"internet\", shape=ellipse];");
    for item in &chart.items {
        draw(&mut out, "  ", item);
    }
    for arrow in &chart.arrows {
        let mut how = Vec::new();
        if !arrow.label.is_empty() {
            how.push(format!("label={}", quoted(&[&arrow.label])));
        }
        if arrow.dashed {
            how.push("style=dashed".to_owned());
        }
        let how = match how.join(", ") {
            how if how.is_empty() => how,
            how => format!(" [{how}]"),
        };
        let _ = writeln!(out, "  {} -> {}{how};", arrow.from, arrow.to);
    }
    out.push_str("}\n");
    out
}

fn draw(out: &mut String, indent: &str, item: &Item<'_>) {
    match item {
        Item::Box { id, node, more } => {
            let all = lines(name(node), node, more);
            let (label, colour) = (quoted(&all), ink(node.mark()));
            let _ = writeln!(out, "{indent}{id} [label={label}, color=\"{colour}\"];");
        }
        Item::Group { id, title, items } => {
            let title = title.text(name);
            let inner = format!("{indent}  ");
            let _ = writeln!(out, "{indent}subgraph cluster_{id} {{");
            let _ = writeln!(out, "{inner}label={};", quoted(&[title]));
            for item in items {
                draw(out, &inner, item);
            }
            let _ = writeln!(out, "{indent}}}");
        }
    }
}

fn name(node: &Node) -> String {
    match node.mark().sign() {
        Some(sign) => format!("{sign} {}", node.title),
        None => node.title.clone(),
    }
}

/// Lines as a quoted string: `\n` stands between them, and nothing in them stands for anything else.
fn quoted<T: AsRef<str>>(lines: &[T]) -> String {
    let lines = lines.iter().map(AsRef::as_ref);
    let lines = lines.filter(|line: &&str| !line.is_empty());
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
