//! A plan's findings on the page.

use std::fmt::Write as _;

use super::super::findings::{all_accepted, by_severity, fate, fix, of_plan, resources};
use super::super::view::PlanView;
use super::escape;
use crate::audit::Severity;

/// Writes the section, where the plan was audited.
pub(super) fn write(page: &mut String, view: &PlanView<'_>) {
    let Some(report) = view.findings else { return };
    page.push_str("<section><h2>Findings</h2>\n");
    let _ = writeln!(page, "<p>{}.</p>", escape(&of_plan(report)));
    for (severity, findings) in by_severity(report) {
        let _ = writeln!(page, "<h3>{}</h3>", escape(severity.word()));
        page.push_str("<table class=\"fields\">\n<tbody>\n");
        for finding in findings {
            let (sort, what) = fix(finding.fix, &view.header.environment);
            let _ = writeln!(
                page,
                "<tr><th scope=\"row\"><strong>{}</strong> <span class=\"risk {}\">{}</span></th>\
                 <td>{}: {}<br>{} {}</td></tr>",
                escape(finding.control.id),
                class(severity),
                fate(finding.fate),
                escape(&finding.why),
                escape(&resources(finding, true)),
                escape(sort),
                escape(&what)
            );
        }
        page.push_str("</tbody>\n</table>\n");
    }
    let accepted = all_accepted(report);
    if !accepted.is_empty() {
        page.push_str("<h3>accepted</h3>\n<ul class=\"lines\">\n");
        for (finding, reason) in accepted {
            let line = format!(
                "{} ({}): {reason}",
                finding.control.id,
                finding.control.severity.word()
            );
            let _ = writeln!(page, "<li>{}</li>", escape(&line));
        }
        page.push_str("</ul>\n");
    }
    page.push_str("</section>\n");
}

const fn class(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "delete",
        Severity::Medium => "update",
        Severity::Low => "none",
    }
}
