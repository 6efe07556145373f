//! Costs as a document.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::super::view::PlanView;
use super::plan::HeaderShape;
use super::{FORMAT_VERSION, value};
use crate::price::{Change, Charge, Cost, Costs, Row, Usage, What};

/// The currency of every amount.
const CURRENCY: &str = "USD";

/// What an environment costs in a month. What is fixed has sums; what is paid by use has unit prices and none.
#[derive(JsonSchema, Serialize)]
pub(super) struct CostShape<'a> {
    format_version: u32,
    header: HeaderShape<'a>,
    /// Whether anything of the environment is there.
    there: bool,
    #[serde(flatten)]
    source: SourceShape<'a>,
    /// The sums of what is paid by the hour or month; null where the region's prices are not known.
    fixed: Option<FixedShape>,
    /// What the sums consist of.
    items: Vec<ItemShape<'a>>,
    /// What is paid by use, by unit. In no sum.
    usage: Vec<UsageShape<'a>>,
    /// What the sums do not say by themselves.
    remarks: &'a [String],
}

/// The monthly cost of a plan, as far as it is fixed.
#[derive(JsonSchema, Serialize)]
pub(super) struct PlanCostShape<'a> {
    #[serde(flatten)]
    source: SourceShape<'a>,
    /// Null where the region's prices are not known.
    fixed: Option<FixedShape>,
    /// Services that are counted as if they ran, and wait for their first deploy.
    once_deployed: Vec<&'a str>,
    /// Why there are no amounts, where there are none.
    remark: Option<String>,
}

/// Which prices.
#[derive(JsonSchema, Serialize)]
struct SourceShape<'a> {
    currency: &'static str,
    region: &'a str,
    /// When the prices were looked up; null where the region's are not known.
    price_date: Option<&'static str>,
}

/// Sums for a month.
#[derive(JsonSchema, Serialize)]
struct FixedShape {
    /// Of what is there.
    before: AmountShape,
    /// Of what will be there after an apply.
    after: AmountShape,
    /// The difference.
    change: AmountShape,
}

/// Dollars in a month, exact to the cent.
#[derive(JsonSchema, Serialize)]
struct AmountShape {
    /// With as few tasks as there may be.
    least: f64,
    /// With as many.
    most: f64,
}

/// One thing that is paid by the hour or month.
#[derive(JsonSchema, Serialize)]
struct ItemShape<'a> {
    #[schemars(extend("enum" = ["tasks", "nat_gateways", "load_balancers", "public_ipv4", "alarms", "high_resolution_alarms", "dashboards"]))]
    what: &'static str,
    /// Whose tasks.
    service: Option<&'a str>,
    /// Null where there are none.
    before: Option<SideShape<'a>>,
    /// Null where there will be none.
    after: Option<SideShape<'a>>,
    /// Whether its prices were held against a price list; the others are general knowledge.
    verified: bool,
}

/// So many of a thing.
#[derive(JsonSchema, Serialize)]
struct SideShape<'a> {
    number: NumberShape,
    /// CPU units of each task; 1024 are one processor.
    cpu: Option<u32>,
    /// MiB of each task.
    memory: Option<u32>,
    /// The processors of the tasks, `X86_64` or `ARM64`.
    architecture: Option<&'a str>,
    /// GiB of storage of each task beyond the 20 that are free of charge.
    storage: Option<u32>,
    /// Whether there are none before the first deploy.
    once_deployed: bool,
    /// Null where its price is not known.
    cost: Option<AmountShape>,
}

/// How many.
#[derive(JsonSchema, Serialize)]
struct NumberShape {
    least: u32,
    most: u32,
}

/// The price of a unit.
#[derive(JsonSchema, Serialize)]
struct UsageShape<'a> {
    what: &'a str,
    /// Null where the region's prices are not known.
    price: Option<f64>,
    unit: &'a str,
    /// What the unit is for.
    why: &'a str,
    /// Whether the price was held against a price list; null where there is none.
    verified: Option<bool>,
}

/// The costs of a plan, all of it.
pub fn cost(view: &PlanView<'_>) -> Value {
    let Some(costs) = &view.costs else {
        return Value::Null;
    };
    value(&CostShape {
        format_version: FORMAT_VERSION,
        header: HeaderShape::of(&view.header),
        there: costs.there,
        source: SourceShape::of(costs),
        fixed: fixed(costs),
        items: costs.rows.iter().map(item).collect(),
        usage: costs.usage.iter().map(usage).collect(),
        remarks: &costs.remarks,
    })
}

impl<'a> PlanCostShape<'a> {
    pub(super) fn of(costs: &'a Costs) -> Self {
        Self {
            source: SourceShape::of(costs),
            fixed: fixed(costs),
            once_deployed: costs.waiting(),
            remark: costs.prices.is_none().then(|| costs.note()),
        }
    }
}

impl<'a> SourceShape<'a> {
    fn of(costs: &'a Costs) -> Self {
        Self {
            currency: CURRENCY,
            region: &costs.region,
            price_date: costs.prices.map(|table| table.date),
        }
    }
}

fn fixed(costs: &Costs) -> Option<FixedShape> {
    Some(FixedShape {
        before: amount(costs.before()?),
        after: amount(costs.after()?),
        change: change(costs.change()?),
    })
}

fn amount(cost: Cost) -> AmountShape {
    AmountShape {
        least: cost.least.dollars(),
        most: cost.most.dollars(),
    }
}

fn change(change: Change) -> AmountShape {
    AmountShape {
        least: change.least.dollars(),
        most: change.most.dollars(),
    }
}

fn item(row: &Row) -> ItemShape<'_> {
    let (what, service) = match &row.what {
        What::Tasks(service) => ("tasks", Some(service.as_str())),
        What::NatGateways => ("nat_gateways", None),
        What::LoadBalancers => ("load_balancers", None),
        What::Addresses => ("public_ipv4", None),
        What::Alarms => ("alarms", None),
        What::QuickAlarms => ("high_resolution_alarms", None),
        What::Dashboards => ("dashboards", None),
    };
    ItemShape {
        what,
        service,
        before: row.before.as_ref().map(side),
        after: row.after.as_ref().map(side),
        verified: row.verified(),
    }
}

fn side(charge: &Charge) -> SideShape<'_> {
    let size = charge.size.as_ref();
    SideShape {
        number: NumberShape {
            least: charge.number.0,
            most: charge.number.1,
        },
        cpu: size.map(|size| size.cpu),
        memory: size.map(|size| size.memory),
        architecture: size.map(|size| size.architecture.as_str()),
        storage: size.map(|size| size.storage),
        once_deployed: charge.waits,
        cost: charge.cost.map(amount),
    }
}

fn usage(usage: &Usage) -> UsageShape<'_> {
    UsageShape {
        what: usage.what,
        price: usage.price.map(crate::price::table::Price::dollars),
        unit: usage.unit,
        why: &usage.why,
        verified: usage.price.map(|price| price.verified),
    }
}
