//! The lines between boxes: requests, ways out, data. They are drawn below the boxes.

use super::canvas::Canvas;
use super::face::Face;
use super::layout::Layout;
use super::scene::{Scene, Sort};

/// Draws every line, with its words.
pub(super) fn draw(canvas: &mut Canvas, scene: &Scene, at: &Layout) {
    let mid = at.entry;
    if scene.edge.is_some() {
        canvas.line(
            "in",
            &[(mid, at.internet.bottom()), (mid, at.gateway.y)],
            true,
        );
        canvas.line("in", &[(mid, at.gateway.bottom()), (mid, at.edge.y)], true);
        let (x, y) = (mid + 12, at.internet.bottom() + 28);
        canvas.open("free", "");
        let words = scene.listeners.join(", ");
        canvas.text(Face::Small, "", (x, y), at.right - x - 90, &words);
        canvas.close();
        let public = scene.services.iter().zip(&at.services);
        for (_, area) in public.filter(|(service, _)| !service.paths.is_empty()) {
            let points = [
                (at.edge.x, at.edge.height()),
                (at.left, at.edge.height()),
                (at.left, area.height()),
                (area.x, area.height()),
            ];
            canvas.line("in", &points, true);
        }
    }
    ways_out(canvas, scene, at);
    if scene.zones.iter().any(|zone| zone.nat.is_some()) {
        let (x, top) = (at.right, at.gateway.y);
        canvas.line("out", &[(x, top), (x, at.internet.bottom())], true);
        canvas.open("free", "");
        let point = (x - 10, at.internet.bottom() + 28);
        canvas.text_to(Face::Small, "", point, 80, "outbound");
        canvas.close();
    }
    for (service, area) in scene.services.iter().zip(&at.services) {
        if let Some(table) = service.table.and_then(|table| at.tables.get(table)) {
            let y = area.height();
            canvas.line("data", &[(area.right(), y), (table.x, y)], true);
        }
    }
    let images = scene
        .cards
        .iter()
        .position(|card| card.sort == Sort::Images);
    let store = scene
        .endpoints
        .iter()
        .position(|endpoint| endpoint.service == "s3");
    if let (Some(images), Some(store)) = (
        images.and_then(|place| at.cards.get(place)),
        store.and_then(|place| at.endpoints.get(place)),
    ) {
        let y = store.y + 34;
        let turn = at.side.0 - 30;
        let points = [
            (store.right(), y),
            (turn, y),
            (turn, images.height()),
            (images.x, images.height()),
        ];
        canvas.line("data", &points, true);
    }
}

/// From private subnets through NAT gateways to the gateway. Dashes on dashes would look like a line, so where lines
/// meet, only the one that comes from farthest goes on.
fn ways_out(canvas: &mut Canvas, scene: &Scene, at: &Layout) {
    let mut first = true;
    for (zone, column) in scene.zones.iter().zip(&at.zones) {
        if zone.nat.is_none() {
            continue;
        }
        let x = column.nat.middle();
        let mut points = vec![(x, column.nat.y), (x, at.below_edge)];
        if first {
            points.extend([(at.right, at.below_edge), (at.right, at.gateway.bottom())]);
        }
        canvas.line("out", &points, first);
        first = false;
    }
    for (target, column) in at.zones.iter().enumerate() {
        let end = (column.nat.middle(), column.nat.bottom());
        let users = scene
            .zones
            .iter()
            .zip(&at.zones)
            .filter(|(zone, _)| zone.way_out == Some(target) && zone.private.is_some());
        let users: Vec<(i32, i32)> = users
            .map(|(_, user)| (user.nat.middle(), user.private.y))
            .collect();
        // One from each side may go all the way.
        for side in [-1, 1] {
            let of_side = users.iter().filter(|(x, _)| (x - end.0) * side > 0);
            let mut of_side: Vec<_> = of_side.copied().collect();
            of_side.sort_by_key(|(x, _)| -(x - end.0).abs());
            for (place, from) in of_side.into_iter().enumerate() {
                let mut points = vec![from, (from.0, at.between)];
                if place == 0 {
                    points.push((end.0, at.between));
                }
                canvas.line("out", &points, false);
            }
        }
        if let Some(own) = users.iter().find(|(x, _)| *x == end.0) {
            canvas.line("out", &[*own, end], true);
        } else if !users.is_empty() {
            canvas.line("out", &[(end.0, at.between), end], true);
        }
    }
}
