//! What is wanted and what was seen, as a few lines of JSON; and the plan that follows.

use std::time::Duration;

use hcctl_engine::kind::Wait;
use hcctl_engine::plan::{Catalog, plan};
use hcctl_engine::snapshot::Stranger;
use hcctl_engine::{
    Address, Blueprint, Doc, Facts, Found, Plan, Replacement, Risk, Rule, Rules, Snapshot,
};
use serde_json::Value;

use super::super::{Header, Note, PlanView, Style};

const PLAIN: Rules = &[("name", Rule::Replace), ("tags", Rule::Update)];
/// Kinds whose deletion takes data along.
const DATA: [&str; 3] = ["repository", "log_group", "table"];
/// Kinds and their rules, in the order of plans.
const KINDS: &[(&str, Rules)] = &[
    ("vpc", &[("cidr", Rule::Replace), ("tags", Rule::Update)]),
    ("default_security_group", PLAIN),
    ("internet_gateway", PLAIN),
    (
        "subnet",
        &[
            ("vpc", Rule::Replace),
            ("cidr", Rule::Replace),
            ("public_ip", Rule::Update),
            ("tags", Rule::Update),
        ],
    ),
    ("elastic_ip", PLAIN),
    (
        "nat_gateway",
        &[("subnet", Rule::Replace), ("tags", Rule::Update)],
    ),
    (
        "route_table",
        &[
            ("vpc", Rule::Replace),
            ("routes", Rule::Update),
            ("tags", Rule::Update),
        ],
    ),
    ("vpc_endpoint", PLAIN),
    ("security_group", PLAIN),
    (
        "security_group_rule",
        &[
            ("group", Rule::Replace),
            ("protocol", Rule::Replace),
            ("port", Rule::Replace),
            ("peer", Rule::Replace),
        ],
    ),
    (
        "role",
        &[("name", Rule::Replace), ("policies", Rule::Update)],
    ),
    ("repository", &[("lifecycle", Rule::Update)]),
    ("log_group", &[("retention_days", Rule::Update)]),
    ("table", &[("key", Rule::Replace), ("tags", Rule::Update)]),
    (
        "load_balancer",
        &[("subnets", Rule::Update), ("tags", Rule::Update)],
    ),
    (
        "target_group",
        &[("port", Rule::Replace), ("health", Rule::Update)],
    ),
    (
        "listener",
        &[("port", Rule::Update), ("certificate", Rule::Update)],
    ),
    ("listener_rule", PLAIN),
    ("cluster", PLAIN),
    (
        "task_definition",
        &[
            ("environment", Rule::Update),
            ("memory", Rule::Update),
            ("image", Rule::Update),
        ],
    ),
    (
        "service",
        &[
            ("task_definition", Rule::Update),
            ("subnets", Rule::Update),
            ("deployment", Rule::Update),
        ],
    ),
    ("scalable_target", PLAIN),
    ("scaling_policy", PLAIN),
    (
        "alarm",
        &[
            ("description", Rule::Update),
            ("threshold", Rule::Update),
            ("notify", Rule::Update),
        ],
    ),
    ("dashboard", &[("body", Rule::Mention)]),
];

/// The facts of every kind that the scenes use.
pub(super) fn catalog() -> Catalog {
    Catalog::new(KINDS.iter().map(|&(name, rules)| facts(name, rules)))
}

fn facts(name: &'static str, rules: Rules) -> Facts {
    let data = DATA.contains(&name);
    Facts {
        name,
        rules,
        after: &[],
        replacement: match name {
            "subnet" => Replacement::DeleteFirst,
            _ if data => Replacement::Unique,
            _ => Replacement::MakeFirst,
        },
        revises: name == "task_definition",
        stays: &[],
        delete_risk: match name {
            "service" => Risk::Brief,
            _ if data => Risk::DataLoss,
            _ => Risk::None,
        },
        brief: if name == "service" { &["subnets"] } else { &[] },
        text: match name {
            "role" => &["policies"],
            "dashboard" => &["body"],
            _ => &[],
        },
        wait: Wait::QUICK,
        canonical: Doc::clone,
    }
}

/// What is wanted and what was seen.
#[derive(Default)]
pub(super) struct Scene {
    wanted: Vec<(Address, Doc)>,
    seen: Snapshot,
    notes: Vec<Note>,
}

pub(super) fn address(text: &str) -> Address {
    text.parse().expect("an address")
}

fn doc(value: &Value) -> Doc {
    Doc::of(value).expect("an object")
}

impl Scene {
    /// Wants a resource.
    pub(super) fn wants(mut self, at: &str, value: &Value) -> Self {
        self.wanted.push((address(at), doc(value)));
        self
    }

    /// Wants many resources of one kind.
    pub(super) fn wants_all(mut self, kind: &str, names: &[&str]) -> Self {
        for name in names {
            self = self.wants(&format!("{kind}/{name}"), &serde_json::json!({}));
        }
        self
    }

    /// Saw a resource of ours.
    pub(super) fn saw(self, at: &str, id: &str, value: &Value) -> Self {
        let found = Found::ours(address(at).name, id, doc(value));
        self.found(at, found)
    }

    /// Saw something.
    pub(super) fn found(mut self, at: &str, found: Found<Doc>) -> Self {
        let kind = address(at).kind;
        let name = catalog().get(&kind).expect("a kind of the catalog").name;
        self.seen.add(name, vec![found]);
        self
    }

    /// Saw and wants the same.
    pub(super) fn keeps(self, at: &str, id: &str, value: &Value) -> Self {
        self.wants(at, value).saw(at, id, value)
    }

    /// Saw a resource that is to differ.
    pub(super) fn changes(self, at: &str, id: &str, before: &Value, after: &Value) -> Self {
        self.wants(at, after).saw(at, id, before)
    }

    pub(super) fn stranger(mut self, kind: &'static str, id: &str, what: &str) -> Self {
        let (id, what) = (id.to_owned(), what.to_owned());
        self.seen.strangers.push(Stranger { kind, id, what });
        self
    }

    pub(super) fn note(mut self, at: &str, text: &str) -> Self {
        let (address, text) = (address(at), text.to_owned());
        self.notes.push(Note { address, text });
        self
    }

    /// The plan.
    pub(super) fn play(self) -> Played {
        let mut wanted = Blueprint::builder();
        for (address, doc) in self.wanted {
            wanted.want_doc(address, doc);
        }
        let catalog = catalog();
        let wanted = wanted.build().expect("a blueprint");
        Played {
            plan: plan(&catalog, &wanted, &self.seen).expect("a plan"),
            catalog,
            notes: self.notes,
        }
    }
}

/// A scene's plan.
pub(super) struct Played {
    pub(super) plan: Plan,
    catalog: Catalog,
    notes: Vec<Note>,
}

impl Played {
    pub(super) fn view(&self) -> PlanView<'_> {
        PlanView {
            header: Header {
                project: "healthcare-app".to_owned(),
                environment: "dev".to_owned(),
                account: "123456789012".to_owned(),
                caller: "arn:aws:iam::123456789012:user/maria".to_owned(),
                region: "us-east-1".to_owned(),
                file: "environments/dev.yaml".to_owned(),
                api_calls: Some(58),
                took: Duration::from_millis(640),
            },
            plan: &self.plan,
            catalog: &self.catalog,
            notes: &self.notes,
            costs: None,
            findings: None,
        }
    }

    /// As people see it, without colour.
    pub(super) fn human(&self) -> String {
        self.styled(&STYLE)
    }

    pub(super) fn styled(&self, style: &Style) -> String {
        let mut out = Vec::new();
        super::super::human::plan(&self.view(), style, &mut out).expect("a Vec takes all");
        String::from_utf8(out).expect("text")
    }
}

/// Eighty columns, no colour.
pub(super) const STYLE: Style = Style {
    color: false,
    width: 80,
    verbose: false,
};

/// Colours as words, so that a snapshot can be read.
pub(super) fn readable(text: &str) -> String {
    text.replace('\u{1b}', "^")
}
