//! A plan as one page for a browser: the picture, the counts, every difference to unfold, the costs.
//!
//! Self-contained: no script, no font, no image from elsewhere, and a policy that forbids to fetch any. Light and dark as
//! the reader's system has it; a narrow screen scrolls the picture in a box of its own.

mod changes;
mod cost;
mod findings;
mod style;

use std::fmt::Write as _;
use std::io;

use hcctl_engine::{Action, Risk};

use super::counts::Counts;
use super::text::{clean, count, short_id, time};
use super::view::PlanView;
use super::words::{PENDING, STRANGERS, heading, sign};

/// Writes a plan as a page; `picture` is SVG.
pub fn plan(view: &PlanView<'_>, picture: &str, w: &mut dyn io::Write) -> io::Result<()> {
    let mut page = String::new();
    head(&mut page, view);
    counts(&mut page, view);
    let _ = write!(
        page,
        "<section aria-labelledby=\"picture\"><h2 id=\"picture\">The picture</h2>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"picture\">\n{picture}</div></section>\n"
    );
    changes::write(&mut page, view);
    remarks(&mut page, view);
    findings::write(&mut page, view);
    if let Some(costs) = &view.costs {
        cost::write(&mut page, costs);
    }
    foot(&mut page, view);
    w.write_all(page.as_bytes())
}

/// The text as HTML takes it. Names, tags and descriptions come from outside.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

fn outcome(view: &PlanView<'_>) -> String {
    if view.plan.is_empty() {
        "no changes".to_owned()
    } else {
        Counts::of(view.plan).text()
    }
}

fn head(page: &mut String, view: &PlanView<'_>) {
    let header = &view.header;
    let (project, environment) = (escape(&header.project), escape(&header.environment));
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         img-src data:; base-uri 'none'; form-action 'none'\">\n\
         <link rel=\"icon\" href=\"data:,\">\n\
         <title>Plan for {project} {environment}: {}</title>\n<style>\n{}</style>\n</head>\n<body>\n",
        escape(&outcome(view)),
        style::sheet()
    );
    let _ = write!(
        page,
        "<header><p class=\"over\">hcctl plan</p>\n<h1>{project} <strong>{environment}</strong></h1>\n\
         <p class=\"soft\">Account {}, {}. <code>{}</code> compared with what is there.</p></header>\n<main>\n",
        escape(&header.account),
        escape(&header.region),
        escape(&header.file)
    );
}

fn counts(page: &mut String, view: &PlanView<'_>) {
    let counts = Counts::of(view.plan);
    if view.plan.is_empty() {
        let header = &view.header;
        let _ = writeln!(
            page,
            "<p class=\"outcome good\"><strong>No changes.</strong> {} is as <code>{}</code> says.</p>",
            escape(&header.environment),
            escape(&header.file)
        );
        return;
    }
    page.push_str("<ul class=\"counts\">\n");
    let order = hcctl_engine::plan::Order::DeleteFirst;
    for (number, action) in [
        (counts.create, Action::Create),
        (counts.update, Action::Update),
        (counts.replace, Action::Replace(order)),
        (counts.delete, Action::Delete),
    ] {
        let class = if number == 0 {
            "none"
        } else {
            changes::class(action)
        };
        let word = heading(action).to_lowercase();
        let sign = sign(action);
        let _ = writeln!(
            page,
            "<li class=\"{class}\"><span class=\"sign\">{sign}</span> <strong>{number}</strong> {word}</li>"
        );
    }
    let _ = writeln!(
        page,
        "<li class=\"none\"><strong>{}</strong> as it is</li>\n</ul>",
        counts.keep
    );
    let more = if counts.highest == Risk::DataLoss {
        " Data goes that no later run can bring back."
    } else {
        ""
    };
    let _ = writeln!(
        page,
        "<p class=\"outcome {}\">Highest risk: <strong>{}</strong>.{more}</p>",
        changes::risk_class(counts.highest),
        counts.highest.word()
    );
}

fn remarks(page: &mut String, view: &PlanView<'_>) {
    let kept = view.plan.changes.iter();
    let pending = kept.filter_map(|change| {
        let why = change.before.as_ref()?.pending.as_ref()?;
        (change.action == Action::Keep).then(|| format!("{}: {why}", change.address))
    });
    let pending: Vec<String> = pending.collect();
    let strangers = view.plan.strangers.iter();
    let strangers: Vec<String> = strangers
        .map(|one| format!("{} {} {}", one.kind, short_id(&one.id), one.what))
        .collect();
    let notes = view.notes.iter();
    let notes: Vec<String> = notes
        .map(|note| format!("{}: {}", note.address, note.text))
        .collect();
    let lists = [(PENDING, pending), (STRANGERS, strangers), ("Notes", notes)];
    if lists.iter().all(|(_, lines)| lines.is_empty()) {
        return;
    }
    page.push_str("<section><h2>Remarks</h2>\n");
    for (title, lines) in lists.iter().filter(|(_, lines)| !lines.is_empty()) {
        let _ = writeln!(page, "<h3>{}</h3>\n<ul class=\"lines\">", escape(title));
        for line in lines {
            let _ = writeln!(page, "<li>{}</li>", escape(line));
        }
        page.push_str("</ul>\n");
    }
    page.push_str("</section>\n");
}

fn foot(page: &mut String, view: &PlanView<'_>) {
    let calls = view.header.api_calls;
    let calls = calls.map_or_else(String::new, |calls| count(calls as usize, "call") + ", ");
    let _ = write!(
        page,
        "</main>\n<footer class=\"soft\">Seen in {calls}{}. Nothing was changed.</footer>\n</body>\n</html>\n",
        time(view.header.took)
    );
}
