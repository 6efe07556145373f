//! Data: a table per service that names one. Two tasks behind one load balancer need one store.

use std::collections::BTreeMap;

use super::Plot;
use crate::environment::TableName;
use crate::resources::Others;
use crate::resources::table::{Index, Keys, Spec, Table};

pub(super) fn draw(plot: &mut Plot<'_>) {
    for (_, service) in plot.services() {
        let Some(table) = &service.table else {
            continue;
        };
        let pair = |hash: &str, range: &str| (hash.to_owned(), range.to_owned());
        let (hash, range) = pair("pk", "sk");
        let keys = Keys { hash, range };
        let (hash, range) = pair("gsi1pk", "gsi1sk");
        let index = Index {
            hash,
            range,
            projection: "ALL".to_owned(),
        };
        let spec = Spec {
            name: table_name(plot, table),
            keys,
            indexes: BTreeMap::from([("gsi1".to_owned(), index)]),
            on_demand: true,
            encryption: "owned".to_owned(),
            point_in_time_recovery: true,
            ttl_attribute: "expires_at".to_owned(),
            deletion_protection: plot.environment.protect,
            policy: None,
            other: Others::new(),
            tags: plot.tags(),
        };
        plot.builder.want::<Table>(table.as_str(), &spec);
    }
}

/// A table's full name, as its service's container gets it.
pub(super) fn table_name(plot: &Plot<'_>, table: &TableName) -> String {
    plot.name(table.as_str())
}
