//! The scene for Mermaid: plain, for Markdown that GitHub shows. <https://mermaid.js.org/syntax/flowchart.html>

use std::fmt::Write as _;

use super::Mark;
use super::chart::{Chart, INTERNET, Item, ink, lines};
use super::scene::{Node, Scene};

/// The scene as a flow chart.
pub(super) fn write(scene: &Scene) -> String {
    let chart = Chart::of(scene);
    let mut out = format!("flowchart TB\n  {INTERNET}([internet])\n");
    for item in &chart.items {
        draw(&mut out, "  ", item);
    }
    for arrow in &chart.arrows {
        let line = if arrow.dashed { "-.->" } else { "-->" };
        let label = match arrow.label.as_str() {
            "" => String::new(),
            label => format!("|{}|", quoted(&[label])),
        };
        let _ = writeln!(out, "  {} {line}{label} {}", arrow.from, arrow.to);
    }
    classes(&mut out);
    out
}

fn draw(out: &mut String, indent: &str, item: &Item<'_>) {
    match item {
        Item::Box { id, node, more } => {
            let all = lines(name(node), node, more);
            let class = match node.mark() {
                Mark::Keep => String::new(),
                mark => format!(":::{}", mark.class()),
            };
            let _ = writeln!(out, "{indent}{id}[{}]{class}", quoted(&all));
        }
        Item::Group { id, title, items } => {
            let title = title.text(name);
            let _ = writeln!(out, "{indent}subgraph {id} [{}]", quoted(&[title]));
            for item in items {
                draw(out, &format!("{indent}  "), item);
            }
            let _ = writeln!(out, "{indent}end");
        }
    }
}

fn classes(out: &mut String) {
    for mark in [Mark::Create, Mark::Update, Mark::Replace, Mark::Delete] {
        let (class, colour) = (mark.class(), ink(mark));
        let _ = writeln!(out, "  classDef {class} stroke:{colour},stroke-width:2px");
    }
}

/// The sign stands last: at the beginning of a text, Mermaid reads it as that of a list.
fn name(node: &Node) -> String {
    match node.mark().sign() {
        Some(sign) => format!("{} ({sign})", node.title),
        None => node.title.clone(),
    }
}

/// Lines as a quoted text. Mermaid reads entities (`#35;`) and, in quotes, Markdown: whatever is not plainly a word's is
/// spelled out.
fn quoted<T: AsRef<str>>(lines: &[T]) -> String {
    let lines = lines.iter().map(AsRef::as_ref);
    let lines = lines.filter(|line: &&str| !line.is_empty());
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
