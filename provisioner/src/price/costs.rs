//! What an environment costs now, what it will cost after an apply, and what is paid by use.

use std::collections::BTreeSet;

use hcctl_engine::{Address, Doc, Plan};

use super::bill::{Bill, Charge, What};
use super::money::{Change, Cost};
use super::table::{self, Table};
use super::usage::{self, Usage};
use crate::resources::service::{self, Strategy};
use crate::resources::table as tables;

/// The costs of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Costs {
    /// The region.
    pub region: String,
    /// Its prices, where they are known.
    pub prices: Option<&'static Table>,
    /// Whether anything is there.
    pub there: bool,
    /// What is fixed.
    pub rows: Vec<Row>,
    /// What is paid by use.
    pub usage: Vec<Usage>,
    /// What the sums do not say by themselves: a sentence each.
    pub remarks: Vec<String>,
    /// The sum of what is there.
    before: Cost,
    /// The sum of what is wanted.
    after: Cost,
}

/// What one thing costs now, and what it will.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it is.
    pub what: What,
    /// What is there.
    pub before: Option<Charge>,
    /// What is wanted.
    pub after: Option<Charge>,
}

impl Costs {
    /// The costs of what a plan saw and of what it wants, in a region.
    pub fn of(region: &str, plan: &Plan) -> Self {
        let prices = table::of(region);
        let seen: Vec<(&Address, &Doc)> = plan
            .changes
            .iter()
            .filter_map(|change| Some((&change.address, &change.before.as_ref()?.doc)))
            .collect();
        let wanted: Vec<(&Address, &Doc)> = plan
            .changes
            .iter()
            .filter_map(|change| Some((&change.address, change.after.as_ref()?)))
            .collect();
        let (now, then) = (
            Bill::of(prices, seen.iter().copied()),
            Bill::of(prices, wanted.iter().copied()),
        );
        let whats: BTreeSet<&What> = now.charges.keys().chain(then.charges.keys()).collect();
        let rows = whats.into_iter().map(|what| Row {
            what: what.clone(),
            before: now.charges.get(what).cloned(),
            after: then.charges.get(what).cloned(),
        });
        // Where everything goes, what is there tells what is paid by use.
        let stays = if wanted.is_empty() { &seen } else { &wanted };
        let mut costs = Self {
            region: region.to_owned(),
            prices,
            there: !seen.is_empty(),
            rows: rows.collect(),
            usage: usage::of(prices, stays.iter().copied()),
            remarks: Vec::new(),
            before: now.total(),
            after: then.total(),
        };
        costs.remark(stays, [now, then]);
        costs
    }

    /// What is there costs this, where the prices are known.
    pub fn before(&self) -> Option<Cost> {
        self.prices.map(|_| self.before)
    }

    /// What is wanted costs this, where the prices are known.
    pub fn after(&self) -> Option<Cost> {
        self.prices.map(|_| self.after)
    }

    /// What an apply changes, where the prices are known.
    pub fn change(&self) -> Option<Change> {
        self.prices.map(|_| self.after.since(self.before))
    }

    /// The wanted services whose tasks are counted and wait for their first deploy.
    pub fn waiting(&self) -> Vec<&str> {
        self.waits(|row| row.after.as_ref())
    }

    /// Those of what is there.
    pub fn waiting_before(&self) -> Vec<&str> {
        self.waits(|row| row.before.as_ref())
    }

    fn waits(&self, side: impl Fn(&Row) -> Option<&Charge>) -> Vec<&str> {
        let rows = self.rows.iter();
        let waits = rows.filter_map(|row| match (&row.what, side(row)) {
            (What::Tasks(name), Some(charge)) if charge.waits => Some(name.as_str()),
            _ => None,
        });
        waits.collect()
    }

    /// Whether an apply changes nothing of what is fixed.
    pub fn same(&self) -> bool {
        self.rows.iter().all(|row| row.before == row.after)
    }

    /// What these prices are, or that there are none.
    pub fn source(&self) -> String {
        match self.prices {
            Some(table) => format!("{} on-demand prices of {}", table.region, table.date),
            None => format!("Prices of {} are not known to hcctl", self.region),
        }
    }

    /// What these prices are and what is not in them, in sentences.
    pub fn note(&self) -> String {
        match self.prices {
            Some(_) => format!(
                "Prices: {}. Usage not included: traffic, load balancer capacity units, requests, storage, logs and \
                 metrics.",
                self.source()
            ),
            None => format!("{}.", self.source()),
        }
    }

    fn remark(&mut self, stays: &[(&Address, &Doc)], bills: [Bill; 2]) {
        let waiting = self.waits(Row::last);
        let mut remarks = Vec::new();
        if !waiting.is_empty() {
            remarks.push(format!(
                "Counted as if they ran, for they wait for their first deploy: {}.",
                waiting.join(", ")
            ));
        }
        remarks.extend(second_set(stays));
        for (address, doc) in stays {
            let table = (address.kind == "table").then(|| doc.read::<tables::Spec>());
            if let Some(Ok(table)) = table
                && !table.on_demand
            {
                remarks.push(format!(
                    "{address} has provisioned capacity, whose price is not in here."
                ));
            }
        }
        let mut left_out: Vec<String> = Vec::new();
        for one in bills.into_iter().flat_map(|bill| bill.left_out) {
            if !left_out.contains(&one) {
                left_out.push(one);
            }
        }
        remarks.extend(left_out.iter().map(|one| format!("Not counted: {one}.")));
        self.remarks = remarks;
    }
}

/// What a deployment costs while it runs. It is no fixed cost: it ends.
fn second_set(stays: &[(&Address, &Doc)]) -> Option<String> {
    let services = stays
        .iter()
        .filter(|(address, _)| address.kind == "service")
        .filter_map(|(_, doc)| doc.read::<service::Spec>().ok());
    let minutes = services
        .filter(|spec| spec.deployment.strategy != Strategy::Rolling)
        .map(|spec| spec.deployment.bake_minutes);
    let minutes = minutes.max()?;
    Some(format!(
        "A deployment keeps a second set of tasks until its {minutes} minutes of baking are over; that is paid too, and \
         not counted."
    ))
}

impl Row {
    /// What is wanted; of what goes, what is there.
    pub fn last(&self) -> Option<&Charge> {
        self.after.as_ref().or(self.before.as_ref())
    }

    /// Whether both prices were held against a price list.
    pub fn verified(&self) -> bool {
        let sides = [&self.before, &self.after];
        sides.into_iter().flatten().all(|charge| charge.verified)
    }

    /// What an apply changes, where the prices are known.
    pub fn change(&self) -> Option<Change> {
        let cost = |side: &Option<Charge>| match side {
            Some(charge) => charge.cost,
            None => Some(Cost::default()),
        };
        Some(cost(&self.after)?.since(cost(&self.before)?))
    }
}
