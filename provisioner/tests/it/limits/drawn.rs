//! Values as the file lets them through: the shortest and the longest of a type, with every character that it takes; and what
//! the blueprint and the account's set-up make of names that are as short or as long as they may be.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::str::FromStr;

use hcctl::blueprint;
use hcctl::bootstrap::{Repository, Wanted};
use hcctl::environment::{self, Environment};
use hcctl::partition::Partition;
use hcctl_engine::Blueprint;
use hcctl_sandbox::ACCOUNT;
use serde_json::Value;

use crate::support::world::{inputs, parse};

/// What a member may get.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Drawn {
    Text(String),
    Number(i128),
    /// A list or a map with so many entries.
    Entries(usize),
}

/// Longer than any limit of a single value.
const BEYOND: usize = 2_100;

/// One of every class of characters beyond ASCII that a rule could tell apart.
const OTHERS: &str =
    "éß中١Ⅷ½ʰª\u{301}\u{903}ⓐ€😀\u{a0}\u{85}\u{200b}\u{2028}\u{2029}\u{3000}\u{fffd}";

/// The texts of a type that have this form: `before`, any number of `filler`, `after`.
pub(super) fn of_form<T: FromStr>(before: &str, filler: &str, after: &str) -> BTreeSet<String> {
    let make = |middle: &str| format!("{before}{middle}{after}");
    let taken = |text: &String| text.parse::<T>().is_ok();
    let lengths: Vec<String> = (0..=BEYOND)
        .map(|times| make(&filler.repeat(times)))
        .filter(taken)
        .collect();
    let ends = lengths.first().into_iter().chain(lengths.last()).cloned();
    let characters = (0..=127_u8).map(char::from).chain(OTHERS.chars());
    let characters = characters
        .flat_map(|c| {
            [
                make(&format!("{filler}{c}{filler}")),
                make(&format!("{filler}{c}")),
                make(&format!("{c}{filler}")),
            ]
        })
        .filter(taken);
    ends.chain(characters).collect()
}

/// The values of the file as a list of texts.
pub(super) fn texts(all: impl IntoIterator<Item = String>) -> Vec<Drawn> {
    let all: BTreeSet<Drawn> = all.into_iter().map(Drawn::Text).collect();
    all.into_iter().collect()
}

/// Both ends of a range.
pub(super) fn ends<N: Copy + Into<i128>>(range: std::ops::RangeInclusive<N>) -> Vec<Drawn> {
    [range.start(), range.end()]
        .map(|number| Drawn::Number((*number).into()))
        .into()
}

/// How many entries a file may have, where `text` writes one with so many.
pub(super) fn counts(text: impl Fn(usize) -> String) -> Vec<usize> {
    let taken = |count: &usize| {
        environment::parse("dev", std::path::Path::new("test.yaml"), &text(*count)).is_ok()
    };
    (0..=120).filter(taken).collect()
}

/// The least file, with this at its end.
pub(super) fn least_with(more: &str) -> String {
    format!(
        "project: ab\nregion: us-east-1\nnetwork: {{ cidr: 10.0.0.0/16 }}\nservices: {{ s: {{ paths: [\"/*\"] }} }}\n{more}"
    )
}

/// What is made of files whose values are at their extremes.
pub(super) struct Files {
    pub(super) environments: Vec<Environment>,
    /// Of the environments and of the account's set-up, where the second has a name to look it up by.
    blueprints: Vec<Blueprint>,
    /// The ARNs of the boundaries that the set-up makes.
    pub(super) boundaries: Vec<String>,
}

/// Of the names that fit together, those in which each part is at its longest; with a strategy each.
const NAMES: [(&str, usize, usize, usize, &str); 5] = [
    ("us-east-1", 2, 1, 1, "strategy: rolling"),
    ("eusc-de-east-1", 28, 16, 5, "strategy: rolling"),
    (
        "us-isof-south-1",
        16,
        1,
        32,
        "strategy: blue_green, bake_minutes: 1440",
    ),
    (
        "cn-northwest-1",
        2,
        15,
        32,
        "strategy: canary, percent: 0.1, canary_minutes: 0, bake_minutes: 0",
    ),
    (
        "us-gov-west-1",
        32,
        12,
        5,
        "strategy: linear, step_percent: 3, step_minutes: 1440",
    ),
];

impl Files {
    /// The files.
    pub(super) fn extremes() -> Self {
        let environments: Vec<Environment> = NAMES
            .iter()
            .map(|&(region, project, name, service, strategy)| {
                let (project, name) = ("p".repeat(project), "e".repeat(name));
                parse(
                    &name,
                    &file(region, &project, &"s".repeat(service), strategy),
                )
            })
            .collect();
        let repository = format!("{}/{}", "o".repeat(39), "r".repeat(100));
        let repository = Repository::from_str(&repository).unwrap();
        let mut blueprints = Vec::new();
        let mut boundaries = Vec::new();
        for environment in &environments {
            blueprints.push(blueprint::build(environment, &inputs(environment)).unwrap());
            let wanted = Wanted {
                environments: std::slice::from_ref(environment),
                account: ACCOUNT,
                repository: Some(&repository),
            };
            blueprints.push(wanted.build().unwrap());
            boundaries.extend(wanted.given().into_iter().map(|given| given.boundary_arn));
        }
        Self {
            environments,
            blueprints,
            boundaries,
        }
    }

    /// A field of every resource of a kind.
    fn fields(&self, kind: &str, field: &str) -> Vec<Value> {
        let all = self.blueprints.iter().flat_map(Blueprint::iter);
        let found: Vec<Value> = all
            .filter(|(address, _)| address.kind == kind)
            .filter_map(|(_, doc)| doc.fields().find(|(name, _)| *name == field))
            .map(|(_, value)| value.clone())
            .collect();
        assert!(!found.is_empty(), "no {kind} has {field}");
        found
    }

    /// Texts, also those in a list or behind the keys of a map.
    pub(super) fn texts(&self, kind: &str, field: &str) -> Vec<Drawn> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        texts(
            self.fields(kind, field)
                .iter()
                .flat_map(|value| match value {
                    Value::Array(all) => all.iter().filter_map(text).collect(),
                    Value::Object(all) => all.values().filter_map(text).collect(),
                    one => text(one).into_iter().collect::<Vec<String>>(),
                }),
        )
    }

    /// Numbers.
    pub(super) fn numbers(&self, kind: &str, field: &str) -> Vec<Drawn> {
        let all = self.fields(kind, field);
        all.iter()
            .filter_map(Value::as_i64)
            .map(|number| Drawn::Number(number.into()))
            .collect()
    }

    /// How many entries a list or a map has, and one that hcctl adds when it writes.
    pub(super) fn entries(&self, kind: &str, field: &str, added: usize) -> Vec<Drawn> {
        let count = |value: &Value| match value {
            Value::Array(all) => all.len(),
            Value::Object(all) => all.len(),
            _ => 0,
        };
        let all: BTreeSet<usize> = self.fields(kind, field).iter().map(count).collect();
        all.into_iter()
            .map(|count| Drawn::Entries(count + added))
            .collect()
    }

    /// The keys of a map.
    pub(super) fn keys(&self, kind: &str, field: &str) -> Vec<Drawn> {
        let all = self.fields(kind, field);
        texts(
            all.iter()
                .filter_map(Value::as_object)
                .flat_map(|map| map.keys().cloned()),
        )
    }

    /// Documents as they are written.
    pub(super) fn documents(&self, kind: &str, field: &str) -> Vec<Drawn> {
        let all = self.fields(kind, field);
        texts(
            all.iter()
                .filter(|value| !value.is_null())
                .map(Value::to_string),
        )
    }

    /// The documents behind the keys of a map.
    pub(super) fn inner_documents(&self, kind: &str, field: &str) -> Vec<Drawn> {
        let all = self.fields(kind, field);
        let maps = all.iter().filter_map(Value::as_object);
        texts(maps.flat_map(|map| map.values().map(Value::to_string)))
    }

    /// Every name of a resource.
    pub(super) fn names(&self) -> Vec<Drawn> {
        let all = self.blueprints.iter().flat_map(Blueprint::iter);
        let names = all.filter_map(|(_, doc)| doc.fields().find(|(name, _)| *name == "name"));
        texts(names.filter_map(|(_, name)| name.as_str().map(str::to_owned)))
    }

    /// ARNs of things with such names, of the longest services and kinds.
    pub(super) fn arns(&self) -> Vec<Drawn> {
        let start = format!(
            "arn:aws-us-gov:elasticloadbalancing:us-isof-south-1:{ACCOUNT}:loadbalancer/app/"
        );
        let names = self.names().into_iter();
        texts(names.filter_map(|name| match name {
            Drawn::Text(name) => Some(format!("{start}{name}/0123456789abcdef")),
            _ => None,
        }))
    }

    /// What Application Auto Scaling calls a service.
    pub(super) fn scaled(&self) -> Vec<Drawn> {
        let (clusters, services) = (self.texts("cluster", "name"), self.texts("service", "name"));
        let pairs = clusters
            .iter()
            .flat_map(|one| services.iter().map(move |other| (one, other)));
        texts(pairs.filter_map(|pair| match pair {
            (Drawn::Text(cluster), Drawn::Text(service)) => {
                Some(format!("service/{cluster}/{service}"))
            }
            _ => None,
        }))
    }
}

/// A file that has everything, at its longest or its most.
fn file(region: &str, project: &str, service: &str, strategy: &str) -> String {
    let partition = Partition::of(region).name;
    let arn = |of: &str, rest: &str| format!("arn:{partition}:{of}:{region}:{ACCOUNT}:{rest}");
    let paths: Vec<String> = (0..5)
        .map(|n| format!("\"/{n}{}\"", "a".repeat(126)))
        .collect();
    let topics: Vec<String> = (0..5)
        .map(|n| format!("\"{}\"", arn("sns", &format!("{n}{}", "t".repeat(255)))))
        .collect();
    let boundary = format!("arn:{partition}:iam::{ACCOUNT}:policy/{}", "b".repeat(128));
    let rolling = strategy.ends_with("rolling");
    let more = if rolling {
        ""
    } else {
        ", approve: true, test_port: 65535"
    };
    let mut text = format!(
        "project: {project}\nregion: {region}\npermissions_boundary: {boundary}\n\
         network: {{ cidr: 10.0.0.0/16, zones: 3, nat: per_zone }}\n\
         edge: {{ certificate: \"{}\" }}\n\
         services:\n  {service}:\n    paths: [{}]\n    priority: 50000\n    port: 65535\n    \
         count: 750\n    scale: {{ min: 1, max: 5000, cpu_percent: 100 }}\n    health: /{}\n    \
         grace_seconds: 3600\n    table: {}\n    secrets: {{ S: \"{}\" }}\n\
         auth: {{ issuer: \"https://auth.example.com/\", audience: a }}\n\
         deployment: {{ {strategy}{more} }}\n\
         logs: {{ retention_days: 3653 }}\nalarms: {{ cpu_percent: 100, memory_percent: 1, notify: [{}] }}\n\
         registry: {{ keep_images: 1000 }}\nprotect: true\ntags:\n",
        arn("acm", &format!("certificate/{}", "c".repeat(64))),
        paths.join(", "),
        "h".repeat(1023),
        "t".repeat(64),
        arn("secretsmanager", "secret:x-AbCdEf:key::"),
        topics.join(", "),
    );
    for number in 0..45 {
        let _ = writeln!(
            text,
            "  \"t{number:02}{}\": \"{}\"",
            "k".repeat(125),
            "v".repeat(256)
        );
    }
    text
}
