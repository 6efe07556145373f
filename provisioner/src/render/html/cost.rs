//! What it costs, on a page: what is fixed before and after in one table, what is paid by use in another.

use std::fmt::Write as _;

use super::super::cost::{UNVERIFIED, USAGE, amounts, names, source, starred, unit, was};
use super::escape;
use crate::price::Costs;

/// Writes the section.
pub(super) fn write(page: &mut String, costs: &Costs) {
    page.push_str("<section><h2>Costs</h2>\n");
    fixed(page, costs);
    usage(page, costs);
    if !costs.remarks.is_empty() {
        page.push_str("<ul class=\"lines\">\n");
        for remark in &costs.remarks {
            let _ = writeln!(page, "<li>{}</li>", escape(remark));
        }
        page.push_str("</ul>\n");
    }
    let _ = write!(page, "<p class=\"soft\">{}</p>", escape(&source(costs)));
    if starred(costs) {
        let _ = write!(page, "\n<p class=\"soft\">* {UNVERIFIED}</p>");
    }
    page.push_str("</section>\n");
}

fn fixed(page: &mut String, costs: &Costs) {
    if costs.rows.is_empty() {
        return;
    }
    let columns = amounts(costs);
    page.push_str("<h3>Fixed, in dollars a month</h3>\n<table class=\"costs fixed\">\n");
    if !columns.is_empty() {
        page.push_str("<thead><tr><td></td>");
        for column in &columns {
            let _ = write!(page, "<th scope=\"col\">{}</th>", column.title);
        }
        page.push_str("</tr></thead>\n");
    }
    page.push_str("<tbody>\n");
    for (number, row) in costs.rows.iter().enumerate() {
        let name = names(row).into_iter().next().unwrap_or_default();
        let was = was(row).map_or_else(String::new, |was| {
            format!(" <span class=\"soft\">{}</span>", escape(&was))
        });
        let _ = write!(page, "<tr><th scope=\"row\">{}{was}</th>", escape(&name));
        for column in &columns {
            let _ = write!(page, "<td>{}</td>", escape(&column.cells[number]));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n");
    if !columns.is_empty() {
        page.push_str("<tfoot><tr><th scope=\"row\">together</th>");
        for column in &columns {
            let _ = write!(page, "<td>{}</td>", escape(&column.total));
        }
        page.push_str("</tr></tfoot>\n");
    }
    page.push_str("</table>\n");
}

fn usage(page: &mut String, costs: &Costs) {
    if costs.usage.is_empty() {
        return;
    }
    let _ = writeln!(
        page,
        "<details><summary>{USAGE}</summary>\n<table class=\"costs\">\n<tbody>"
    );
    for one in &costs.usage {
        let _ = writeln!(
            page,
            "<tr><th scope=\"row\">{} <span class=\"soft\">{}</span></th><td>{}</td></tr>",
            escape(one.what),
            escape(&one.why),
            escape(&unit(one))
        );
    }
    page.push_str("</tbody>\n</table>\n</details>\n");
}
