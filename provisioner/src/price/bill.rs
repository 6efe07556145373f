//! What is fixed in a set of resources: paid by the hour or by the month, whether anybody comes or not.

use std::collections::BTreeMap;

use hcctl_engine::{Address, Doc};
use serde::de::DeserializeOwned;

use super::money::{Cents, Cost, HOURS};
use super::table::{Price, Table};
use crate::resources::{
    alarm, dashboard, elastic_ip, load_balancer, nat_gateway, scalable_target, service,
    task_definition,
};

/// What is paid for. Its order is the order of a bill.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// The tasks of a service.
    Tasks(String),
    /// NAT gateways.
    NatGateways,
    /// Load balancers.
    LoadBalancers,
    /// Public IPv4 addresses: elastic ones, one per zone of a load balancer that faces the internet, and those of tasks.
    Addresses,
    /// Alarms.
    Alarms,
    /// Alarms that look more than once a minute.
    QuickAlarms,
    /// Dashboards.
    Dashboards,
}

/// How large a task is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    /// CPU units; 1024 are one processor.
    pub cpu: u32,
    /// MiB.
    pub memory: u32,
    /// `X86_64` or `ARM64`.
    pub architecture: String,
    /// GiB of storage beyond what every task has at no charge.
    pub storage: u32,
}

/// GiB that every task of Fargate has at no charge.
/// <https://aws.amazon.com/fargate/pricing/>
const FREE_STORAGE: u32 = 20;

/// One line of a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// How many, at least and at most.
    pub number: (u32, u32),
    /// How large each is, of tasks.
    pub size: Option<Size>,
    /// Whether there are none before the first deploy.
    pub waits: bool,
    /// What they cost in a month, where the prices are known.
    pub cost: Option<Cost>,
    /// Whether the price was held against a price list.
    pub verified: bool,
}

/// What a set of resources costs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// The charges.
    pub charges: BTreeMap<What, Charge>,
    /// What costs something and is in no charge, with the reason.
    pub left_out: Vec<String>,
}

/// The resources of a bill, by kind and name.
type Docs<'a> = BTreeMap<(&'a str, &'a str), &'a Doc>;

impl Bill {
    /// The bill of resources; without amounts where there are no prices.
    pub fn of<'a>(
        prices: Option<&Table>,
        resources: impl IntoIterator<Item = (&'a Address, &'a Doc)>,
    ) -> Self {
        let docs: Docs<'a> = resources
            .into_iter()
            .map(|(address, doc)| ((address.kind.as_str(), address.name.as_str()), doc))
            .collect();
        let mut bill = Self::default();
        let mut counts = Counts::default();
        for (&(kind, name), &doc) in &docs {
            if bill.count(&mut counts, &docs, (kind, name), doc).is_none() {
                bill.left_out.push(format!("{kind}/{name} cannot be read"));
            }
        }
        for (what, number) in counts.0 {
            bill.charges.insert(what, Charge::of_things(number));
        }
        for (what, charge) in &mut bill.charges {
            if let Some(prices) = prices {
                charge.price(what, prices);
            }
            let (Some(size), None, true) = (&charge.size, charge.cost, prices.is_some()) else {
                continue;
            };
            let on = format!("tasks on {} have no price here", size.architecture);
            bill.left_out.push(on);
        }
        bill
    }

    /// The sum of what has a price.
    pub fn total(&self) -> Cost {
        let costs = self.charges.values().filter_map(|charge| charge.cost);
        costs.fold(Cost::default(), Cost::and)
    }

    /// Counts one resource; nothing where it is not of its kind's shape.
    fn count(
        &mut self,
        counts: &mut Counts,
        docs: &Docs<'_>,
        (kind, name): (&str, &str),
        doc: &Doc,
    ) -> Option<()> {
        match kind {
            "service" => self.service(counts, docs, name, doc)?,
            "nat_gateway" => {
                read::<nat_gateway::Spec>(doc)?;
                counts.add(What::NatGateways, (1, 1));
            }
            "elastic_ip" => {
                read::<elastic_ip::Spec>(doc)?;
                counts.add(What::Addresses, (1, 1));
            }
            "load_balancer" => {
                let spec: load_balancer::Spec = read(doc)?;
                counts.add(What::LoadBalancers, (1, 1));
                // Each zone that it stands in is an interface with an address of its own.
                if spec.scheme == "internet-facing" {
                    let zones = u32::try_from(spec.subnets.len()).unwrap_or(u32::MAX);
                    counts.add(What::Addresses, (zones, zones));
                }
            }
            "alarm" => {
                let spec: alarm::Spec = read(doc)?;
                let quick = spec.period < 60;
                let what = if quick {
                    What::QuickAlarms
                } else {
                    What::Alarms
                };
                counts.add(what, (1, 1));
            }
            "dashboard" => {
                read::<dashboard::Spec>(doc)?;
                counts.add(What::Dashboards, (1, 1));
            }
            _ => {}
        }
        Some(())
    }

    fn service(
        &mut self,
        counts: &mut Counts,
        docs: &Docs<'_>,
        name: &str,
        doc: &Doc,
    ) -> Option<()> {
        let service: service::Spec = read(doc)?;
        let Some(definition) = docs.get(&("task_definition", name)) else {
            // Nothing can start without one, and what runs cannot be told from here.
            self.left_out
                .push(format!("service/{name} has no task definition"));
            return Some(());
        };
        let definition: task_definition::Spec = read(definition)?;
        let waits = task_definition::is_placeholder(&definition.image);
        let target = docs.get(&("scalable_target", name));
        let target = match target {
            Some(target) => Some(read::<scalable_target::Spec>(target)?),
            None => None,
        };
        // One that is suspended scales nothing; while a service waits, its first deploy ends that.
        let target = target.filter(|target| waits || !target.suspended);
        let fixed = (service.desired_count, service.desired_count);
        let number = target.map_or(fixed, |target| (target.min, target.max));
        if service.public_ip {
            counts.add(What::Addresses, number);
        }
        let charge = Charge {
            number,
            size: Some(Size {
                cpu: definition.cpu,
                memory: definition.memory,
                architecture: definition.architecture,
                storage: definition
                    .storage
                    .unwrap_or_default()
                    .saturating_sub(FREE_STORAGE),
            }),
            waits,
            ..Charge::of_things(number)
        };
        self.charges.insert(What::Tasks(name.to_owned()), charge);
        Some(())
    }
}

#[derive(Default)]
struct Counts(BTreeMap<What, (u32, u32)>);

impl Counts {
    fn add(&mut self, what: What, (least, most): (u32, u32)) {
        let number = self.0.entry(what).or_default();
        number.0 = number.0.saturating_add(least);
        number.1 = number.1.saturating_add(most);
    }
}

impl Charge {
    const fn of_things(number: (u32, u32)) -> Self {
        Self {
            number,
            size: None,
            waits: false,
            cost: None,
            verified: true,
        }
    }

    /// Looks up what it costs. Rounded here, once: what is shown adds up to the cent.
    fn price(&mut self, what: &What, prices: &Table) {
        let by_the_hour = |price: Price| (price, HOURS);
        let (price, times) = match what {
            What::Tasks(_) => return self.tasks(prices),
            What::NatGateways => by_the_hour(prices.nat),
            What::LoadBalancers => by_the_hour(prices.balancer),
            What::Addresses => by_the_hour(prices.address),
            What::Alarms => (prices.alarm, 1),
            What::QuickAlarms => (prices.quick_alarm, 1),
            What::Dashboards => (prices.dashboard, 1),
        };
        let cents =
            |number| Cents::rounded(u128::from(price.millionths) * times * u128::from(number), 1);
        self.cost = Some(Cost {
            least: cents(self.number.0),
            most: cents(self.number.1),
        });
        self.verified = price.verified;
    }

    fn tasks(&mut self, prices: &Table) {
        let Some(size) = &self.size else { return };
        let (vcpu, memory) = match size.architecture.as_str() {
            "X86_64" => (prices.vcpu_x86, prices.memory_x86),
            "ARM64" => (prices.vcpu_arm, prices.memory_arm),
            _ => return,
        };
        // CPU units and MiB are both 1024ths of what is sold.
        let one = u128::from(vcpu.millionths) * u128::from(size.cpu)
            + u128::from(memory.millionths) * u128::from(size.memory)
            + u128::from(prices.storage.millionths) * u128::from(size.storage) * 1024;
        let cents = |number| Cents::rounded(one * HOURS * u128::from(number), 1024);
        self.cost = Some(Cost {
            least: cents(self.number.0),
            most: cents(self.number.1),
        });
        let storage = size.storage == 0 || prices.storage.verified;
        self.verified = vcpu.verified && memory.verified && storage;
    }
}

fn read<T: DeserializeOwned>(doc: &Doc) -> Option<T> {
    doc.read().ok()
}
