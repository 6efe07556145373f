//! Sums, each also done by hand in a comment; and plans whose costs other rooms show.

use hcctl_engine::plan::Change;
use hcctl_engine::snapshot::Observed;
use hcctl_engine::{Action, Address, Doc, Kind, Link, Plan, Risk};

use super::*;
use crate::resources::service::{self, Strategy};
use crate::resources::{
    alarm, cluster, dashboard, elastic_ip, load_balancer, log_group, nat_gateway, repository,
    scalable_target, table as tables, task_definition,
};

/// Resources with their docs.
#[derive(Clone, Default)]
pub(crate) struct Stand(Vec<(Address, Doc)>);

impl Stand {
    fn with(mut self, kind: &str, name: &str, spec: &impl serde::Serialize) -> Self {
        let doc = Doc::of(spec).expect("a spec with fields");
        self.0.push((Address::new(kind, name), doc));
        self
    }

    /// A service of so many tasks, that is scaled if there may be more.
    fn service(self, name: &str, size: (u32, u32), number: (u32, u32)) -> Self {
        self.service_on(name, "X86_64", size, number)
    }

    fn service_on(
        self,
        name: &str,
        architecture: &str,
        (cpu, memory): (u32, u32),
        (min, max): (u32, u32),
    ) -> Self {
        let mut service = service::Service::example();
        service.desired_count = min;
        service.public_ip = false;
        service.deployment.strategy = Strategy::Rolling;
        let definition = task_definition::Spec {
            cpu,
            memory,
            architecture: architecture.to_owned(),
            storage: None,
            ..task_definition::TaskDefinition::example()
        };
        let target = scalable_target::Spec {
            service: Link::to("service", name),
            min,
            max,
            suspended: false,
            ..scalable_target::ScalableTarget::example()
        };
        let stand = self
            .with("service", name, &service)
            .with("task_definition", name, &definition);
        if min == max {
            return stand;
        }
        stand.with("scalable_target", name, &target)
    }

    fn nats(mut self, number: usize) -> Self {
        for name in ["a", "b", "c"].into_iter().take(number) {
            self = self
                .with("nat_gateway", name, &nat_gateway::NatGateway::example())
                .with("elastic_ip", name, &elastic_ip::ElasticIp::example());
        }
        self
    }

    /// A load balancer in two zones.
    fn balancer(self, scheme: &str) -> Self {
        let spec = load_balancer::Spec {
            scheme: scheme.to_owned(),
            subnets: ["public-a", "public-b"]
                .map(|name| Link::to("subnet", name))
                .into(),
            ..load_balancer::LoadBalancer::example()
        };
        self.with("load_balancer", "main", &spec)
    }

    fn alarms(mut self, number: usize, period: i32) -> Self {
        let spec = alarm::Spec {
            period,
            ..alarm::Alarm::example()
        };
        for at in 0..number {
            self = self.with("alarm", &format!("{period}-{at}"), &spec);
        }
        self
    }

    /// Everything else that costs something: a dashboard, logs, a table, a repository, a cluster.
    fn rest(self) -> Self {
        let logs = log_group::Spec {
            retention_days: 7,
            ..log_group::LogGroup::example()
        };
        let table = tables::Spec {
            on_demand: true,
            point_in_time_recovery: true,
            ..tables::Table::example()
        };
        let cluster = cluster::Spec {
            container_insights: "enabled".to_owned(),
            ..cluster::Cluster::example()
        };
        self.with("dashboard", "main", &dashboard::Dashboard::example())
            .with("log_group", "patient", &logs)
            .with("table", "patients", &table)
            .with("repository", "patient", &repository::Repository::example())
            .with("cluster", "main", &cluster)
    }

    /// A service whose name and processors nobody would choose.
    pub(crate) fn odd(self, name: &str) -> Self {
        self.service_on(name, name, (256, 512), (1, 1))
    }

    fn bill(&self) -> Bill {
        Bill::of(table::of("us-east-1"), self.0.iter().map(|(a, d)| (a, d)))
    }
}

/// A plan from one stand to another; only what its costs need is in it.
pub(crate) fn plan(before: &Stand, after: &Stand) -> Plan {
    let mut changes = Vec::new();
    for (address, doc) in &before.0 {
        let after = after.0.iter().find(|(other, _)| other == address);
        changes.push(change(address, Some(doc), after.map(|(_, doc)| doc)));
    }
    for (address, doc) in &after.0 {
        if !before.0.iter().any(|(other, _)| other == address) {
            changes.push(change(address, None, Some(doc)));
        }
    }
    Plan {
        changes,
        ..Plan::default()
    }
}

fn change(address: &Address, before: Option<&Doc>, after: Option<&Doc>) -> Change {
    let action = match (before, after) {
        (None, _) => Action::Create,
        (Some(_), None) => Action::Delete,
        (before, after) if before == after => Action::Keep,
        _ => Action::Update,
    };
    Change {
        address: address.clone(),
        action,
        reasons: Vec::new(),
        fields: Vec::new(),
        risk: Risk::None,
        before: before.map(|doc| Observed {
            address: address.clone(),
            id: address.name.clone(),
            raw: doc.clone(),
            doc: doc.clone(),
            pending: None,
            extra: false,
            spare: false,
        }),
        after: after.cloned(),
    }
}

/// A small environment.
pub(crate) fn small() -> Stand {
    Stand::default()
        .service("appointment", (256, 512), (1, 2))
        .service("patient", (256, 512), (1, 2))
        .nats(1)
        .balancer("internet-facing")
        .alarms(8, 60)
        .rest()
}

/// The same grown: a second gateway, one service larger and on other processors, no alarm less.
pub(crate) fn grown() -> Stand {
    Stand::default()
        .service("appointment", (256, 512), (1, 2))
        .service_on("patient", "ARM64", (512, 2048), (2, 6))
        .nats(2)
        .balancer("internet-facing")
        .alarms(8, 60)
        .rest()
}

/// The small one before its first deploy.
pub(crate) fn waiting() -> Stand {
    let mut stand = small();
    for (address, doc) in &mut stand.0 {
        if address.kind == "task_definition" {
            let mut spec: task_definition::Spec = doc.read().expect("its spec");
            spec.image = format!("shop:{}", task_definition::PLACEHOLDER);
            *doc = Doc::of(&spec).expect("a spec with fields");
        }
    }
    stand
}

fn sum(stand: &Stand) -> String {
    stand.bill().total().text()
}

#[test]
fn a_quarter_of_a_processor_for_a_month() {
    let stand = |number| Stand::default().service("a", (256, 512), number);
    // 0.25 * 0.04048 * 730 + 0.5 * 0.004445 * 730 = 7.3876 + 1.622425 = 9.010025
    assert_eq!(sum(&stand((1, 1))), "$9.01");
    // twice: 18.02005
    assert_eq!(sum(&stand((1, 2))), "$9.01 to $18.02");
    // a hundred times: 901.0025
    assert_eq!(sum(&stand((0, 100))), "$0.00 to $901.00");
}

#[test]
fn storage_costs_beyond_what_is_free() {
    let mut stand = Stand::default().service("a", (256, 512), (1, 1));
    for (address, doc) in &mut stand.0 {
        if address.kind == "task_definition" {
            let mut spec: task_definition::Spec = doc.read().expect("its spec");
            spec.storage = Some(60);
            *doc = Doc::of(&spec).expect("a spec with fields");
        }
    }
    // 9.010025 + 40 * 0.000111 * 730 = 9.010025 + 3.2412 = 12.251225
    assert_eq!(sum(&stand), "$12.25");
    assert!(stand.bill().charges.values().all(|charge| !charge.verified));
}

#[test]
fn arm_has_prices_of_its_own() {
    let stand = Stand::default().service_on("a", "ARM64", (1024, 2048), (1, 1));
    // 0.03238 * 730 + 2 * 0.00356 * 730 = 23.6374 + 5.1976 = 28.835
    assert_eq!(sum(&stand), "$28.84");
    let bill = stand.bill();
    assert!(bill.charges.values().all(|charge| !charge.verified));
    let other = Stand::default().service_on("a", "RISC", (1024, 2048), (1, 1));
    let bill = other.bill();
    assert_eq!(bill.total().text(), "$0.00");
    assert_eq!(bill.left_out, ["tasks on RISC have no price here"]);
}

#[test]
fn a_network_and_its_edge() {
    // 0.045 * 730 = 32.85, and its address 0.005 * 730 = 3.65
    assert_eq!(sum(&Stand::default().nats(1)), "$36.50");
    assert_eq!(sum(&Stand::default().nats(2)), "$73.00");
    // 0.0225 * 730 = 16.425, half a cent up: 16.43; two zones 2 * 3.65 = 7.30
    assert_eq!(sum(&Stand::default().balancer("internet-facing")), "$23.73");
    assert_eq!(sum(&Stand::default().balancer("internal")), "$16.43");
    // an address that nothing uses is paid too
    let lone = Stand::default().with("elastic_ip", "x", &elastic_ip::ElasticIp::example());
    assert_eq!(sum(&lone), "$3.65");
}

#[test]
fn what_watches() {
    // 8 * 0.10, 2 * 0.30
    assert_eq!(sum(&Stand::default().alarms(8, 60)), "$0.80");
    assert_eq!(sum(&Stand::default().alarms(2, 10)), "$0.60");
    // one dashboard
    assert_eq!(sum(&Stand::default().rest()), "$3.00");
}

#[test]
fn tasks_with_addresses_pay_for_them() {
    let mut stand = Stand::default().service("a", (256, 512), (1, 2));
    let mut spec: service::Spec = stand.0[0].1.read().expect("its spec");
    spec.public_ip = true;
    stand.0[0].1 = Doc::of(&spec).expect("a spec with fields");
    // 9.01 + 3.65 and 18.02 + 7.30
    assert_eq!(sum(&stand), "$12.66 to $25.32");
}

#[test]
fn a_small_environment() {
    // 2 * 9.01 + 32.85 + 16.43 + 3 * 3.65 + 8 * 0.10 + 3.00 = 82.05, with two more tasks 100.07
    assert_eq!(sum(&small()), "$82.05 to $100.07");
    // What is shown row by row adds up to what is shown as the sum.
    let bill = small().bill();
    let rows: f64 = bill
        .charges
        .values()
        .filter_map(|charge| Some(charge.cost?.most.dollars()))
        .sum();
    assert_eq!(format!("{rows:.2}"), "100.07");
}

#[test]
fn a_second_gateway_and_a_larger_service() {
    let costs = Costs::of("us-east-1", &plan(&small(), &grown()));
    // ARM: 0.5 * 0.03238 * 730 + 2 * 0.00356 * 730 = 11.8187 + 5.1976 = 17.0163; two 34.0326, six 102.0978
    // least: 82.05 - 9.01 + 34.03 + 36.50 = 143.57; most: 100.07 - 18.02 + 102.10 + 36.50 = 220.65
    let text = |cost: Option<Cost>| cost.map(Cost::text);
    assert_eq!(text(costs.before()).as_deref(), Some("$82.05 to $100.07"));
    assert_eq!(text(costs.after()).as_deref(), Some("$143.57 to $220.65"));
    // 143.57 - 82.05, 220.65 - 100.07
    let change = costs.change().expect("prices").text();
    assert_eq!(change, "+$61.52 to +$120.58");
    let rows = costs.rows.iter().filter_map(Row::change);
    let least: Vec<String> = rows
        .filter(|change| !change.is_none())
        .map(super::Change::text)
        .collect();
    // 34.03 - 9.01 and 102.10 - 18.02; a gateway; its address
    assert_eq!(least, ["+$25.02 to +$84.08", "+$32.85", "+$3.65"]);
}

#[test]
fn the_way_back_is_the_same_with_the_other_sign() {
    let there = Costs::of("us-east-1", &plan(&Stand::default(), &small()));
    assert!(!there.there);
    assert_eq!(
        there.change().expect("prices").text(),
        "+$82.05 to +$100.07"
    );
    let back = Costs::of("us-east-1", &plan(&small(), &Stand::default()));
    assert!(back.there);
    assert_eq!(back.after().expect("prices").text(), "$0.00");
    assert_eq!(back.change().expect("prices").text(), "-$82.05 to -$100.07");
    assert!(
        !back.usage.is_empty(),
        "what goes is paid by use until then"
    );
    let none = Costs::of("us-east-1", &Plan::default());
    assert_eq!(none.after().expect("prices").text(), "$0.00");
    assert!(none.rows.is_empty() && none.usage.is_empty() && none.remarks.is_empty());
}

#[test]
fn another_region_has_counts_and_no_amount() {
    let costs = Costs::of("eu-west-1", &plan(&Stand::default(), &small()));
    assert_eq!((costs.before(), costs.after()), (None, None));
    assert_eq!(costs.change(), None);
    assert!(!costs.rows.is_empty());
    let mut charges = costs.rows.iter().filter_map(Row::last);
    assert!(charges.all(|charge| charge.cost.is_none()));
    assert!(costs.usage.iter().all(|usage| usage.price.is_none()));
    assert_eq!(costs.note(), "Prices of eu-west-1 are not known to hcctl.");
}

#[test]
fn what_waits_is_counted_and_said() {
    let costs = Costs::of("us-east-1", &plan(&Stand::default(), &waiting()));
    assert_eq!(costs.after().expect("prices").text(), "$82.05 to $100.07");
    assert_eq!(costs.waiting(), ["appointment", "patient"]);
    let said =
        "Counted as if they ran, for they wait for their first deploy: appointment, patient.";
    assert_eq!(costs.remarks, [said]);
}

#[test]
fn what_cannot_be_counted_is_said() {
    let mut service = service::Service::example();
    service.deployment.strategy = Strategy::BlueGreen;
    service.deployment.bake_minutes = 10;
    let table = tables::Spec {
        on_demand: false,
        ..tables::Table::example()
    };
    let stand = Stand::default()
        .with("service", "a", &service)
        .with("table", "old", &table)
        .with("nat_gateway", "odd", &serde_json::json!({"subnet": 7}));
    let costs = Costs::of("us-east-1", &plan(&stand, &stand));
    let expected = [
        "A deployment keeps a second set of tasks until its 10 minutes of baking are over; that is paid too, and not \
         counted.",
        "table/old has provisioned capacity, whose price is not in here.",
        "Not counted: nat_gateway/odd cannot be read.",
        "Not counted: service/a has no task definition.",
    ];
    assert_eq!(costs.remarks, expected);
    assert_eq!(costs.after().expect("prices").text(), "$0.00");
}

#[test]
fn a_suspended_scaler_scales_nothing() {
    let mut stand = Stand::default().service("a", (256, 512), (1, 9));
    let (_, doc) = stand.0.last_mut().expect("the target");
    let mut target: scalable_target::Spec = doc.read().expect("its spec");
    target.suspended = true;
    *doc = Doc::of(&target).expect("a spec with fields");
    // the one task that the service asks for
    assert_eq!(sum(&stand), "$9.01");
}

#[test]
fn only_what_is_there_is_paid_by_use() {
    let whats = |stand: &Stand| {
        let costs = Costs::of("us-east-1", &plan(&Stand::default(), stand));
        let whats = costs.usage.iter().map(|usage| usage.what);
        whats.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(whats(&Stand::default().alarms(1, 60)), "");
    assert_eq!(
        whats(&Stand::default().rest()),
        "logs, kept logs, table writes, table reads, tables, table restore, images, metrics"
    );
    assert_eq!(
        whats(&Stand::default().nats(1).balancer("internal")),
        "load balancer, NAT gateway, data out, between zones"
    );
}
