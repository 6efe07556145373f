//! A picture of an environment that a person would rather look at than read: as SVG, and plainly for dot and Mermaid.
//!
//! Pure. It owns what is drawn where and the colours. It takes a plan, which holds every resource
//! with what was seen and what is wanted, and answers text: it knows no client, no terminal, no file and no clock, so the
//! same plan always gives the same picture.
//!
//! In reading order: `mark` is what a colour and a sign say, [`scene`] what there is to draw, `gather` reads it out of a
//! plan; `layout` gives each box its place, `face` knows how wide words are, `canvas`,
//! `style` and `icons` are the pen, `svg`, `lines` and `legend` draw; `dot` and `mermaid` leave the drawing to others.

mod canvas;
mod chart;
mod dot;
mod face;
mod gather;
mod icons;
mod layout;
mod legend;
mod lines;
mod mark;
mod mermaid;
pub mod scene;
mod style;
mod svg;

use std::collections::BTreeMap;

use hcctl_engine::Plan;

pub use mark::Mark;
pub use scene::Scene;

/// What a picture is of.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// The project.
    pub project: &'a str,
    /// The environment.
    pub environment: &'a str,
    /// The account's number.
    pub account: &'a str,
    /// The region.
    pub region: &'a str,
    /// What is there and what is wanted.
    pub plan: &'a Plan,
    /// By service, what its image is called. One that is not in here is shown by its reference.
    pub images: BTreeMap<String, String>,
}

impl Scene {
    /// What there is to draw of a subject.
    pub fn of(subject: &Subject<'_>) -> Self {
        gather::scene(subject)
    }

    /// The picture as SVG: no script, nothing from elsewhere, light and dark.
    pub fn svg(&self) -> String {
        svg::draw(self)
    }

    /// The picture for Graphviz.
    pub fn dot(&self) -> String {
        dot::write(self)
    }

    /// The picture for Mermaid, as GitHub shows it in Markdown.
    pub fn mermaid(&self) -> String {
        mermaid::write(self)
    }
}

/// `1 table`, `2 tables`, `2 repositories`, `2 days`.
fn count(number: usize, one: &str) -> String {
    match (number, one.strip_suffix("ry")) {
        (1, _) => format!("1 {one}"),
        (_, Some(stem)) => format!("{number} {stem}ries"),
        (_, None) => format!("{number} {one}s"),
    }
}
