//! What is paid by use: unit prices and what each is for. There is no sum of these, for the use is not known here.

use std::collections::{BTreeMap, BTreeSet};

use hcctl_engine::{Address, Doc};
use serde::de::DeserializeOwned;

use super::table::{Price, Table};
use crate::resources::{cluster, log_group, table};

/// One thing that is paid by use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// What is used.
    pub what: &'static str,
    /// What one unit costs, where the prices are known.
    pub price: Option<Price>,
    /// The unit, such as `GB-month`.
    pub unit: &'static str,
    /// What it is for.
    pub why: String,
}

/// What the resources are paid for by use.
pub fn of<'a>(
    prices: Option<&Table>,
    resources: impl IntoIterator<Item = (&'a Address, &'a Doc)>,
) -> Vec<Usage> {
    let mut kinds: BTreeMap<&str, Vec<&Doc>> = BTreeMap::new();
    for (address, doc) in resources {
        kinds.entry(&address.kind).or_default().push(doc);
    }
    let mut list = List {
        prices,
        found: Vec::new(),
    };
    if kinds.contains_key("load_balancer") {
        let why = "connections, requests and traffic";
        list.add("load balancer", |table| table.lcu, "LCU-hour", why);
    }
    if kinds.contains_key("nat_gateway") {
        let why = "through it, either way";
        list.add("NAT gateway", |table| table.nat_gb, "GB", why);
    }
    if kinds.contains_key("load_balancer") || kinds.contains_key("nat_gateway") {
        let why = "to the internet, first 100 GB free";
        list.add("data out", |table| table.out_gb, "GB", why);
        let why = "to another zone, on each side";
        list.add("between zones", |table| table.zone_gb, "GB", why);
    }
    if let Some(groups) = kinds.get("log_group") {
        list.add("logs", |table| table.log_gb, "GB", "written");
        let why = kept(groups);
        list.add("kept logs", |table| table.log_month, "GB-month", &why);
    }
    if let Some(tables) = kinds.get("table") {
        list.tables(tables);
    }
    if kinds.contains_key("queue") {
        let why = "requests to queues, first million free; a quarter more in order";
        list.add("queues", |table| table.queue_requests, "million", why);
    }
    if kinds.contains_key("repository") {
        let why = "stored; shared layers count once";
        list.add("images", |table| table.image_month, "GB-month", why);
    }
    if let Some(clusters) = kinds.get("cluster") {
        list.insights(clusters);
    }
    list.found
}

struct List<'a> {
    prices: Option<&'a Table>,
    found: Vec<Usage>,
}

impl List<'_> {
    fn add(
        &mut self,
        what: &'static str,
        price: fn(&Table) -> Price,
        unit: &'static str,
        why: &str,
    ) {
        self.found.push(Usage {
            what,
            price: self.prices.map(price),
            unit,
            why: why.to_owned(),
        });
    }

    fn tables(&mut self, tables: &[&Doc]) {
        let specs: Vec<table::Spec> = specs(tables);
        if specs.iter().any(|spec| spec.on_demand) {
            let why = "of 1 KB, and again for each index";
            self.add("table writes", |table| table.writes, "million", why);
            let why = "of 4 KB; half where stale will do";
            self.add("table reads", |table| table.reads, "million", why);
        }
        let why = "stored, with indexes";
        self.add("tables", |table| table.table_month, "GB-month", why);
        if specs.iter().any(|spec| spec.point_in_time_recovery) {
            let why = "of tables that can be restored";
            self.add(
                "table restore",
                |table| table.restore_month,
                "GB-month",
                why,
            );
        }
    }

    fn insights(&mut self, clusters: &[&Doc]) {
        let modes: BTreeSet<String> = specs(clusters)
            .into_iter()
            .map(|spec: cluster::Spec| spec.container_insights)
            .collect();
        if modes.contains("enabled") {
            let why = "of Container Insights";
            self.add("metrics", |table| table.metric, "metric-month", why);
        }
        if modes.contains("enhanced") {
            let why = "of Container Insights, enhanced";
            self.add(
                "enhanced metrics",
                |table| table.enhanced_metric,
                "metric-month",
                why,
            );
        }
    }
}

/// For how long logs are kept.
fn kept(groups: &[&Doc]) -> String {
    let days: BTreeSet<u32> = specs(groups)
        .into_iter()
        .map(|spec: log_group::Spec| spec.retention_days)
        .collect();
    let days: Vec<String> = days
        .into_iter()
        .map(|days| match days {
            0 => "for ever".to_owned(),
            1 => "1 day".to_owned(),
            days => format!("{days} days"),
        })
        .collect();
    if days.is_empty() {
        return "kept, compressed".to_owned();
    }
    format!("kept {}, compressed", days.join(" or "))
}

fn specs<T: DeserializeOwned>(docs: &[&Doc]) -> Vec<T> {
    docs.iter().filter_map(|doc| doc.read().ok()).collect()
}
