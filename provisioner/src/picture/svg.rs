//! Draws a scene: frames first, then lines, then boxes, so that nothing covers words.

use super::Mark;
use super::canvas::{Area, Canvas, escape};
use super::face::Face;
use super::icons::icon;
use super::layout::{Layout, MARGIN, layout};
use super::legend;
use super::lines;
use super::scene::{Endpoint, Node, Scene, Service, Sort, Table};
use super::style::sheet;
use crate::price::Cost;

/// The picture.
pub(super) fn draw(scene: &Scene) -> String {
    let mut at = layout(scene);
    let mut inner = Canvas::default();
    head(&mut inner, scene, &at);
    frames(&mut inner, scene, &at);
    lines::draw(&mut inner, scene, &at);
    boxes(&mut inner, scene, &at);
    at.height = legend::draw(&mut inner, scene, &at) + MARGIN;
    let mut canvas = Canvas::default();
    let (w, h) = (at.width, at.height);
    canvas.raw(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"hcctl\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" \
         height=\"{h}\" role=\"img\" aria-labelledby=\"hcctl-title hcctl-desc\">"
    ));
    canvas.raw(&format!(
        "<title id=\"hcctl-title\">{}</title>",
        escape(&scene.title)
    ));
    canvas.raw(&format!(
        "<desc id=\"hcctl-desc\">{}</desc>",
        escape(&description(scene))
    ));
    canvas.raw(&format!("<style>\n{}</style>", sheet()));
    canvas.raw("<defs>");
    for line in ["in", "out", "data"] {
        canvas.raw(&format!(
            "<marker id=\"hcctl-{line}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"10\" \
             markerHeight=\"10\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">\
             <path class=\"head {line}\" d=\"M0 0L10 5L0 10z\"/></marker>"
        ));
    }
    canvas.raw("</defs>");
    let all = Area {
        w,
        h,
        ..Area::default()
    };
    canvas.rect("ground", all, 0);
    canvas.raw(&inner.finish());
    canvas.raw("</svg>");
    canvas.finish()
}

/// The picture in words, for who cannot see it.
fn description(scene: &Scene) -> String {
    let mut words = vec![format!(
        "{}, {}: {}.",
        scene.title, scene.place, scene.outcome
    )];
    for service in &scene.services {
        let table = service
            .table
            .and_then(|table| scene.tables.get(table))
            .map_or_else(String::new, |table| format!(", uses {}", table.node.title));
        let answers = if service.paths.is_empty() {
            "is reached from inside only".to_owned()
        } else {
            format!("answers {}", service.paths.join(" and "))
        };
        words.push(format!(
            "Service {} {answers}, {}, {}{table}.",
            service.name, service.size, service.image
        ));
    }
    words.join(" ")
}

fn head(canvas: &mut Canvas, scene: &Scene, at: &Layout) {
    let half = at.width / 2 - MARGIN;
    canvas.open("free", "");
    canvas.text(Face::Title, "", (MARGIN, 46), half, &scene.title);
    let below = format!("{}: {}", scene.place, scene.outcome);
    canvas.text(
        Face::Body,
        "soft",
        (MARGIN, 70),
        at.width - 2 * MARGIN - 380,
        &below,
    );
    if let Some(cost) = scene.costs.after() {
        let right = at.width - MARGIN;
        let total = self::cost(cost);
        canvas.text_to(Face::Title, "", (right, 46), half, &total);
        canvas.text_to(
            Face::Body,
            "soft",
            (right, 70),
            360,
            if scene.costs.waiting().is_empty() {
                "fixed costs; usage not included"
            } else {
                "fixed costs once deployed; usage not included"
            },
        );
    }
    canvas.close();
}

/// A sign on a badge; answers how wide it is, with the gap after it.
pub(super) fn badge(canvas: &mut Canvas, mark: Mark, x: i32, y: i32) -> i32 {
    let Some(sign) = mark.sign() else { return 0 };
    let w = Face::Sign.width(sign) + 11;
    let area = Area { x, y, w, h: 18 };
    canvas.open("mark", "");
    canvas.rect(&format!("badge {}", mark.class()), area, 9);
    canvas.text_at(Face::Sign, "", (area.middle(), y + 14), w, sign);
    canvas.close();
    w + 7
}

/// A frame's label: its sign, its name, its range.
fn label(canvas: &mut Canvas, node: &Node, area: Area) {
    let x = area.x + 12;
    let shift = badge(canvas, node.mark(), x, area.y + 8);
    let room = area.w - 24 - shift;
    let name = Face::Body.width(&node.title).min(room);
    canvas.open("free", &node.tip());
    canvas.text(Face::Body, "", (x + shift, area.y + 21), room, &node.title);
    if let Some(range) = node.lines.first() {
        let x = x + shift + name + 8;
        canvas.text(Face::Mono, "soft", (x, area.y + 21), room - name - 8, range);
    }
    canvas.close();
}

fn frames(canvas: &mut Canvas, scene: &Scene, at: &Layout) {
    if let Some(node) = &scene.network {
        canvas.rect("net", at.network, 14);
        let area = Area {
            y: at.network.y + 18,
            w: at.network.w / 2 - 20,
            ..at.network
        };
        label(canvas, node, area);
    }
    for (zone, column) in scene.zones.iter().zip(&at.zones) {
        canvas.rect("zone", column.frame, 10);
        canvas.open("free", "");
        let point = (column.frame.x + 14, column.frame.y + 20);
        canvas.text(Face::Name, "", point, column.frame.w - 28, &zone.name);
        canvas.close();
        for (class, node, area) in [
            ("public", &zone.public, column.public),
            ("private", &zone.private, column.private),
        ] {
            if let Some(node) = node {
                canvas.rect(class, area, 8);
                label(canvas, node, area);
            }
        }
    }
    if let Some(node) = &scene.cluster {
        canvas.rect("cluster", at.cluster, 10);
        label(canvas, node, at.cluster);
    }
}

fn boxes(canvas: &mut Canvas, scene: &Scene, at: &Layout) {
    if scene.edge.is_some() {
        pill(canvas, Sort::Internet, "internet", at.internet);
    }
    if let Some(node) = &scene.gateway {
        canvas.open("node", &node.tip());
        canvas.rect(&format!("box {}", node.mark().class()), at.gateway, 16);
        let shift = badge(canvas, node.mark(), at.gateway.x + 14, at.gateway.y + 7);
        let point = (at.gateway.x + 14 + shift, at.gateway.y + 21);
        canvas.text(Face::Body, "", point, at.gateway.w / 3, &node.title);
        canvas.close();
    }
    if let Some(node) = &scene.edge {
        plain(canvas, node, at.edge);
    }
    for (zone, column) in scene.zones.iter().zip(&at.zones) {
        if let Some(node) = &zone.nat {
            plain(canvas, node, column.nat);
        }
    }
    for (one, area) in scene.services.iter().zip(&at.services) {
        service(canvas, one, *area);
    }
    for (Table { node, .. }, area) in scene.tables.iter().zip(&at.tables) {
        plain(canvas, node, *area);
    }
    for (Endpoint { node, .. }, area) in scene.endpoints.iter().zip(&at.endpoints) {
        endpoint(canvas, node, *area);
    }
    if let (Some(_), (x, y)) = (scene.cards.first(), at.side) {
        canvas.open("free", "");
        canvas.text(
            Face::Body,
            "soft",
            (x, y),
            at.width - x,
            "beside the network",
        );
        canvas.close();
    }
    for (node, area) in scene.cards.iter().zip(&at.cards) {
        plain(canvas, node, *area);
    }
}

fn pill(canvas: &mut Canvas, sort: Sort, text: &str, area: Area) {
    canvas.open("node", "");
    canvas.rect("pill", area, area.h / 2);
    let width = Face::Name.width(text);
    let x = area.middle() - i32::midpoint(width, 28);
    canvas.icon((x, area.y + 10), icon(sort));
    canvas.text(Face::Name, "", (x + 28, area.y + 25), width, text);
    canvas.close();
}

/// What a box costs, in the words that fit.
fn cost(cost: Cost) -> String {
    format!("{} a month", cost.text())
}

/// The first line of a box; answers where its text begins.
fn first_line(canvas: &mut Canvas, node: &Node, area: Area, title: &str) -> i32 {
    let x = area.x + 12;
    canvas.icon((x, area.y + 9), icon(node.sort));
    let x = x + 28;
    let shift = badge(canvas, node.mark(), x, area.y + 10);
    let end = area.right() - 12;
    let mut room = end - x - shift;
    if let Some(amount) = node.cost {
        let name = Face::Name.width(title);
        let text = cost(amount);
        let width = Face::Small.width(&text);
        // Beside the name where there is room, else below it.
        if name + width + 12 <= room {
            canvas.text_to(Face::Small, "soft", (end, area.y + 24), width, &text);
            room -= width + 12;
        }
    }
    canvas.text(Face::Name, "", (x + shift, area.y + 24), room, title);
    x
}

/// A box with its name and lines.
fn plain(canvas: &mut Canvas, node: &Node, area: Area) {
    canvas.open("node", &node.tip());
    canvas.rect(&format!("box {}", node.mark().class()), area, 8);
    let x = first_line(canvas, node, area, &node.title);
    let room = area.right() - 12 - x;
    let mut lines: Vec<String> = node
        .lines
        .iter()
        .filter(|line| !line.is_empty())
        .cloned()
        .collect();
    if let Some(amount) = node.cost {
        let taken = Face::Name.width(&node.title)
            + Face::Small.width(&cost(amount))
            + 12
            + node
                .mark()
                .sign()
                .map_or(0, |sign| Face::Sign.width(sign) + 18);
        if taken > room {
            lines.insert(0, cost(amount));
        }
    }
    for (place, line) in lines.iter().enumerate() {
        let y = area.y + 44 + 18 * place as i32;
        if y + 6 <= area.bottom() {
            canvas.text(Face::Body, "soft", (x, y), room, line);
        }
    }
    canvas.close();
}

/// The most tasks that are drawn one by one.
const TASKS: u32 = 12;

fn service(canvas: &mut Canvas, service: &Service, area: Area) {
    let node = &service.node;
    canvas.open("node", &node.tip());
    canvas.rect(&format!("box {}", node.mark().class()), area, 8);
    let x = first_line(canvas, node, area, &node.title);
    let end = area.right() - 12;
    let tasks = service.tasks.map(|(least, most)| (least, most.min(TASKS)));
    let more = service
        .tasks
        .map_or(0, |(_, most)| most.saturating_sub(TASKS));
    let more = if more > 0 {
        format!("+{more}")
    } else {
        String::new()
    };
    let words = if more.is_empty() {
        0
    } else {
        Face::Small.width(&more) + 4
    };
    let strip = tasks.map_or(0, |(_, most)| most as i32 * 15 + words);
    let right = x + (end - x) * 62 / 100;
    let paths = service.paths.join("  ");
    canvas.text(Face::Mono, "", (x, area.y + 45), end - x, &paths);
    canvas.text(Face::Body, "", (x, area.y + 66), right - x, &service.image);
    let strategy = node.lines.first().map_or("", String::as_str);
    canvas.text_to(
        Face::Body,
        "soft",
        (end, area.y + 66),
        end - right - 10,
        strategy,
    );
    let mut size = service.size.clone();
    if let Some(tasks) = service.tasks {
        size = format!("{size}, {}", super::gather::tasks(tasks));
    }
    canvas.text(
        Face::Body,
        "soft",
        (x, area.y + 87),
        end - x - strip - 12,
        &size,
    );
    if let Some(was) = &service.was {
        canvas.text(Face::Body, "soft", (x, area.y + 106), end - x, was);
    }
    if let Some((least, most)) = tasks {
        canvas.text_to(Face::Small, "soft", (end, area.y + 87), words, &more);
        for place in 0..most {
            let square = Area {
                x: end - strip + place as i32 * 15 + 4,
                y: area.y + 77,
                w: 11,
                h: 11,
            };
            canvas.rect(if place < least { "task" } else { "room" }, square, 3);
        }
    }
    canvas.close();
}

fn endpoint(canvas: &mut Canvas, node: &Node, area: Area) {
    canvas.open("node", &node.tip());
    canvas.rect(&format!("box {}", node.mark().class()), area, 10);
    let sign = node.mark().sign().unwrap_or_default();
    let w = Face::Sign.width(sign) + 11;
    badge(canvas, node.mark(), area.middle() - w / 2, area.y + 8);
    let point = (area.middle() + 4, area.height() + 10);
    canvas.text_up(Face::Body, point, area.h - 48, &node.title);
    canvas.close();
}
