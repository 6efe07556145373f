//! What signs, colours and lines mean, and what the prices are.

use super::canvas::{Area, Canvas};
use super::face::Face;
use super::layout::{Layout, MARGIN};
use super::scene::Scene;
use super::svg::badge;

/// The legend and what the prices are; answers where it ends.
pub(super) fn draw(canvas: &mut Canvas, scene: &Scene, at: &Layout) -> i32 {
    let (mut x, mut y) = (MARGIN, at.legend);
    canvas.open("legend", "");
    for (mark, number) in &scene.counts {
        let sample = Area {
            x,
            y: y - 13,
            w: 30,
            h: 18,
        };
        canvas.open("sample", "");
        canvas.rect(&format!("box {}", mark.class()), sample, 5);
        canvas.close();
        let shift = badge(canvas, *mark, x + 36, y - 13);
        let word = format!("{} {number}", mark.word());
        let width = Face::Body.width(&word);
        canvas.text(Face::Body, "", (x + 38 + shift, y), width, &word);
        x += 38 + shift + width + 16;
    }
    canvas.close();
    (x, y) = (MARGIN, y + 30);
    canvas.open("legend", "");
    for (line, word) in [
        ("in", "requests"),
        ("out", "out to the internet"),
        ("data", "data, without the internet"),
    ] {
        canvas.line(line, &[(x, y - 4), (x + 32, y - 4)], true);
        let width = Face::Body.width(word);
        canvas.text(Face::Body, "", (x + 40, y), width, word);
        x += 40 + width + 16;
    }
    for (class, word) in [("task", "a task"), ("room", "room to scale")] {
        let square = Area {
            x,
            y: y - 10,
            w: 11,
            h: 11,
        };
        canvas.rect(class, square, 3);
        let width = Face::Body.width(word);
        canvas.text(Face::Body, "", (x + 18, y), width, word);
        x += 18 + width + 16;
    }
    canvas.close();
    y += 30;
    let note = scene.costs.note();
    canvas.open("free", "");
    for line in Face::Body.wrap(&note, at.width - 2 * MARGIN) {
        canvas.text(
            Face::Body,
            "soft",
            (MARGIN, y),
            at.width - 2 * MARGIN,
            &line,
        );
        y += 18;
    }
    canvas.close();
    y - 18
}
