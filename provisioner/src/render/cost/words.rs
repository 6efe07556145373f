//! What the forms of costs have in common: names, columns of amounts, prices, where they are from.

use super::super::text::{clean, columns};
use crate::price::{Change, Charge, Cost, Costs, Row, Usage, What, table};

/// What stands above what is paid by use.
pub(in super::super) const USAGE: &str = "Usage-based, in no sum: what a unit costs";
/// What is said of prices that no price list was at hand for.
pub(in super::super) const UNVERIFIED: &str =
    "not verified: general knowledge, held against no price list.";
/// What is not in any amount.
const GROSS: &str = "A month has 730 hours. No discount and no free allowance is taken off.";

/// A column of amounts.
pub(in super::super) struct Column {
    pub(in super::super) title: &'static str,
    /// One for each row; a dash where there is nothing.
    pub(in super::super) cells: Vec<String>,
    pub(in super::super) total: String,
}

impl Column {
    fn new(
        costs: &Costs,
        title: &'static str,
        cell: impl Fn(&Row) -> Option<String>,
        total: Option<String>,
    ) -> Self {
        let cell = |row| cell(row).unwrap_or_else(|| "-".to_owned());
        Self {
            title,
            cells: costs.rows.iter().map(cell).collect(),
            total: total.unwrap_or_default(),
        }
    }

    pub(super) fn width(&self) -> usize {
        let cells = self.cells.iter().map(String::as_str);
        let all = cells.chain([self.title, self.total.as_str()]);
        all.map(columns).max().unwrap_or(0)
    }
}

/// The columns that say something: one where nothing is there or nothing changes, none without prices.
pub(in super::super) fn amounts(costs: &Costs) -> Vec<Column> {
    let digits = |side: &Option<Charge>| side.as_ref()?.cost.map(crate::price::money::Cost::digits);
    let sum = |cost: Option<Cost>| cost.map(Cost::digits);
    let before = Column::new(costs, "now", |row| digits(&row.before), sum(costs.before()));
    let after = Column::new(
        costs,
        "after apply",
        |row| digits(&row.after),
        sum(costs.after()),
    );
    let moves = |change: Option<Change>| change.filter(|one| !one.is_none()).map(Change::digits);
    let total = moves(costs.change()).unwrap_or_else(|| "-".to_owned());
    let change = Column::new(costs, "change", |row| moves(row.change()), Some(total));
    match (costs.prices, costs.there) {
        (None, _) => Vec::new(),
        (_, false) => vec![after],
        (_, true) if costs.same() => vec![before],
        (_, true) => vec![before, after, change],
    }
}

/// What a row is called, the longest form first.
pub(in super::super) fn names(row: &Row) -> Vec<String> {
    let Some(charge) = row.last() else {
        return Vec::new();
    };
    let star = if row.verified() { "" } else { " *" };
    let of = match &row.what {
        What::Tasks(service) => format!("{}: ", clean(service)),
        _ => String::new(),
    };
    let short = format!("{of}{}{star}", number(&row.what, charge));
    let size = size(charge);
    let long = size.map(|size| format!("{of}{}, {size}{star}", number(&row.what, charge)));
    long.into_iter().chain([short]).collect()
}

/// What there was of it, where it changes and stays.
pub(in super::super) fn was(row: &Row) -> Option<String> {
    let (before, after) = (row.before.as_ref()?, row.after.as_ref()?);
    if (&before.number, &before.size) == (&after.number, &after.size) {
        return None;
    }
    let size = size(before).map_or_else(String::new, |size| format!(", {size}"));
    Some(format!("was {}{size}", number(&row.what, before)))
}

/// `1 to 2 tasks`, `3 public IPv4 addresses`.
fn number(what: &What, charge: &Charge) -> String {
    let (one, many) = match what {
        What::Tasks(_) => ("task", "tasks"),
        What::NatGateways => ("NAT gateway", "NAT gateways"),
        What::LoadBalancers => ("load balancer", "load balancers"),
        What::Addresses => ("public IPv4 address", "public IPv4 addresses"),
        What::Alarms => ("alarm", "alarms"),
        What::QuickAlarms => ("high-resolution alarm", "high-resolution alarms"),
        What::Dashboards => ("dashboard", "dashboards"),
    };
    let (least, most) = charge.number;
    let word = if most == 1 { one } else { many };
    if least == most {
        format!("{most} {word}")
    } else {
        format!("{least} to {most} {word}")
    }
}

/// `0.25 vCPU, 0.5 GB`, `0.5 vCPU ARM64, 1 GB, 30 GB more storage`.
pub(super) fn size(charge: &Charge) -> Option<String> {
    let size = charge.size.as_ref()?;
    let of_1024 = |part: u32| f64::from(part) / 1024.0;
    let (cpu, memory) = (of_1024(size.cpu), of_1024(size.memory));
    let storage = match size.storage {
        0 => String::new(),
        more => format!(", {more} GB more storage"),
    };
    Some(match size.architecture.as_str() {
        "X86_64" => format!("{cpu} vCPU, {memory} GB{storage}"),
        other => format!("{cpu} vCPU {}, {memory} GB{storage}", clean(other)),
    })
}

/// `$0.045 per GB`, with a star where that is not verified; without a price, only the unit.
pub(in super::super) fn unit(usage: &Usage) -> String {
    match usage.price {
        Some(price) => {
            let star = if price.verified { "" } else { " *" };
            format!("{} per {}{star}", price.text(), usage.unit)
        }
        None => format!("per {}", usage.unit),
    }
}

/// Whether anything that is shown carries a star.
pub(in super::super) fn starred(costs: &Costs) -> bool {
    let usage = costs.usage.iter().filter_map(|one| one.price);
    costs.rows.iter().any(|row| !row.verified()) || usage.into_iter().any(|price| !price.verified)
}

/// Which prices, of when, and what is not in them.
pub(in super::super) fn source(costs: &Costs) -> String {
    match costs.prices {
        Some(_) => format!("{}. {GROSS}", costs.source()),
        None => format!(
            "{}, only those of {}; so there are no amounts.",
            costs.source(),
            table::known()
        ),
    }
}
