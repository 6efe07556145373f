//! Every difference, folded: what may hurt most first.

use std::fmt::Write as _;

use hcctl_engine::{Action, Change, Risk};

use super::super::delta::{Delta, whole};
use super::super::document::DocLine;
use super::super::group::{Entry, deletions, entries, rows};
use super::super::text::count;
use super::super::view::PlanView;
use super::super::words::{BECAUSE, action as name, heading, order_text, reason_text, sign};
use super::escape;

/// The class of an action's colour.
pub(super) const fn class(action: Action) -> &'static str {
    match action {
        Action::Keep => "none",
        action => name(action),
    }
}

/// The class of a risk's colour.
pub(super) const fn risk_class(risk: Risk) -> &'static str {
    match risk {
        Risk::None => "none",
        Risk::Brief => "update",
        Risk::Replace => "replace",
        Risk::DataLoss => "delete",
    }
}

/// Writes all changes of a plan; nothing where there are none.
pub(super) fn write(page: &mut String, view: &PlanView<'_>) {
    if view.plan.is_empty() {
        return;
    }
    page.push_str("<section><h2>What changes</h2>\n");
    for (reason, changes) in deletions(view.plan) {
        let why = format!(": {}", reason_text(reason));
        title(page, Action::Delete, changes.len(), &why);
        kinds(page, &changes);
    }
    for replaced in [true, false] {
        let entries = entries(view.plan, view.catalog, replaced);
        if let Some(first) = entries.first() {
            let number = entries.iter().map(|entry| entry.changes.len()).sum();
            title(page, first.action, number, "");
        }
        for one in &entries {
            entry(page, one);
        }
    }
    let creates = view.plan.changed();
    let creates: Vec<&Change> = creates
        .filter(|change| change.action == Action::Create)
        .collect();
    if !creates.is_empty() {
        title(page, Action::Create, creates.len(), "");
        kinds(page, &creates);
    }
    page.push_str("</section>\n");
}

fn title(page: &mut String, action: Action, number: usize, why: &str) {
    let _ = writeln!(page, "<h3>{} {number}{}</h3>", heading(action), escape(why));
}

/// What is made or deleted: a fold per kind, and in it one per resource.
fn kinds(page: &mut String, changes: &[&Change]) {
    for row in rows(changes.iter().copied()) {
        let alike = changes
            .iter()
            .filter(|change| change.address.kind == row.kind && change.risk == row.risk);
        let alike: Vec<&&Change> = alike.collect();
        let Some(first) = alike.first() else { continue };
        let names = format!(
            "<span class=\"names\">{}</span>",
            escape(&row.names.join(", "))
        );
        open(page, first.action, row.kind, &names, row.risk);
        for change in alike {
            resource(page, change);
        }
        page.push_str("</div></details>\n");
    }
}

/// Opens a fold.
fn open(page: &mut String, action: Action, name: &str, more: &str, risk: Risk) {
    let risk = if risk == Risk::None {
        String::new()
    } else {
        format!(
            " <span class=\"risk {}\">risk: {}</span>",
            risk_class(risk),
            risk.word()
        )
    };
    let _ = write!(
        page,
        "<details class=\"{}\"><summary><span class=\"sign\">{}</span> <code>{}</code> {more}{risk}</summary>\n\
         <div class=\"inside\">\n",
        class(action),
        sign(action),
        escape(name)
    );
}

/// One resource whole.
fn resource(page: &mut String, change: &Change) {
    let seen = change.before.as_ref().map(|seen| &seen.doc);
    let doc = change.after.as_ref().or(seen);
    let _ = writeln!(
        page,
        "<h4><code>{}</code></h4>",
        escape(&change.address.to_string())
    );
    page.push_str("<table class=\"fields\"><tbody>\n");
    for (name, value) in doc.into_iter().flat_map(whole) {
        let _ = writeln!(
            page,
            "<tr><th scope=\"row\">{}</th><td>{}</td></tr>",
            escape(&name),
            escape(&value)
        );
    }
    page.push_str("</tbody></table>\n");
}

/// A change in place, or a replacement.
fn entry(page: &mut String, entry: &Entry<'_>) {
    let name = match (entry.kind(), entry.changes.as_slice()) {
        (_, [change]) => change.address.to_string(),
        (Some(kind), _) => kind.to_owned(),
        (None, changes) => count(changes.len(), "resource"),
    };
    let names: Vec<&str> = entry
        .changes
        .iter()
        .map(|change| change.address.name.as_str())
        .collect();
    let mut more = match (entry.kind(), names.as_slice()) {
        (_, [_]) | (None, _) => String::new(),
        (Some(_), names) => format!("<span class=\"names\">{}</span>", escape(&names.join(", "))),
    };
    if let Action::Replace(order) = entry.action {
        let _ = write!(
            more,
            " <span class=\"names\">({})</span>",
            order_text(order)
        );
    }
    open(page, entry.action, &name, &more, entry.risk);
    if !entry.because.is_empty() {
        let because = escape(&entry.because.join("; "));
        let _ = writeln!(page, "<p>{BECAUSE} {because}</p>");
    }
    if entry.kind().is_none() {
        let all = entry
            .changes
            .iter()
            .map(|change| change.address.to_string());
        let all: Vec<String> = all.collect();
        let _ = writeln!(page, "<p class=\"soft\">{}</p>", escape(&all.join(", ")));
    }
    page.push_str("<table class=\"fields\"><tbody>\n");
    for one in &entry.deltas {
        delta(page, one);
    }
    page.push_str("</tbody></table>\n</div></details>\n");
}

fn delta(page: &mut String, delta: &Delta) {
    let (path, what) = match delta {
        Delta::Set {
            path,
            before,
            after,
        } => {
            let what = format!(
                "<del>{}</del> <span class=\"to\">to</span> <ins>{}</ins>",
                escape(before),
                escape(after)
            );
            (path, what)
        }
        Delta::Members { path, gone, new } => {
            let line = |sign: &str, tag: &str, text: &str| {
                format!("<{tag} class=\"member\">{sign} {}</{tag}>", escape(text))
            };
            let gone = gone.iter().map(|text| line("-", "del", text));
            let new = new.iter().map(|text| line("+", "ins", text));
            (path, gone.chain(new).collect::<Vec<_>>().join("\n"))
        }
        Delta::Upstream { path, target } => (path, format!("{} gets a new id", escape(target))),
        Delta::Document { path, lines } => (path, document(lines)),
    };
    let _ = writeln!(
        page,
        "<tr><th scope=\"row\">{}</th><td>{what}</td></tr>",
        escape(path)
    );
}

fn document(lines: &[DocLine]) -> String {
    let mut text = String::from("<pre>");
    for line in lines {
        let _ = match line {
            DocLine::Same(line) => writeln!(text, "  {}", escape(line)),
            DocLine::Gone(line) => writeln!(text, "<del>- {}</del>", escape(line)),
            DocLine::New(line) => writeln!(text, "<ins>+ {}</ins>", escape(line)),
            DocLine::Gap(lines) => writeln!(
                text,
                "<span class=\"soft\">... {}</span>",
                count(*lines, "equal line")
            ),
        };
    }
    text + "</pre>"
}
