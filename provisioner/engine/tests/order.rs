//! Random graphs through plan, steps and schedule: nothing deadlocks, nothing is made before what it links to, and
//! nothing is deleted while something that is there still holds it.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use hcctl_engine::kind::Wait;
use hcctl_engine::plan::{Catalog, Plan, PlanError, plan};
use hcctl_engine::schedule::Schedule;
use hcctl_engine::steps::{Steps, Work, steps};
use hcctl_engine::{
    Address, Blueprint, Doc, Facts, Found, Link, Replacement, Risk, Rule, Snapshot,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const RULES: hcctl_engine::Rules = &[
    ("fixed", Rule::Replace),
    ("movable", Rule::Update),
    ("mentioned", Rule::Mention),
    ("shape", Rule::Replace),
    ("size", Rule::Update),
];

const KINDS: [&str; 4] = ["early", "swap", "late", "unique"];

fn facts(place: usize) -> Facts {
    let replacement = [
        Replacement::MakeFirst,
        Replacement::DeleteFirst,
        Replacement::DeleteFirst,
        Replacement::Unique,
    ];
    let after: [&'static [&'static str]; 4] = [&[], &["early"], &["early", "swap"], &["swap"]];
    Facts {
        name: KINDS[place],
        rules: RULES,
        after: after[place],
        replacement: replacement[place],
        revises: false,
        stays: &[],
        delete_risk: Risk::None,
        brief: &[],
        text: &[],
        wait: Wait::QUICK,
        canonical: Doc::clone,
    }
}

/// One resource of a random world: how it is wanted and how it was seen. Links go to lower numbers.
#[derive(Clone, Debug)]
struct Node {
    kind: usize,
    wanted: Option<Shape>,
    seen: Option<Shape>,
}

#[derive(Clone, Debug)]
struct Shape {
    links: Vec<(usize, usize)>,
    form: u8,
    size: u8,
}

fn shape() -> impl Strategy<Value = Option<Shape>> {
    let links = prop::collection::vec((0..3_usize, 0..12_usize), 0..4);
    let shape = (links, 0..2_u8, 0..2_u8).prop_map(|(links, shape, size)| Shape {
        links,
        form: shape,
        size,
    });
    prop::option::weighted(0.85, shape)
}

fn world() -> impl Strategy<Value = Vec<Node>> {
    let node =
        (0..4_usize, shape(), shape()).prop_map(|(kind, wanted, seen)| Node { kind, wanted, seen });
    prop::collection::vec(node, 1..12)
}

fn address(nodes: &[Node], at: usize) -> Address {
    Address::new(KINDS[nodes[at].kind], format!("n{at}"))
}

/// The doc of a node; links that would lead to something that is not there are left out.
fn doc(nodes: &[Node], at: usize, shape: &Shape, link: impl Fn(usize) -> Option<Link>) -> Doc {
    let mut fields: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
    for (field, to) in &shape.links {
        if *to < at
            && *to < nodes.len()
            && let Some(link) = link(*to)
        {
            fields.entry(*field).or_default().push(link.encode());
        }
    }
    let mut list = |field| Value::Array(fields.remove(&field).unwrap_or_default());
    let doc: Map<String, Value> = [
        ("fixed".to_owned(), list(0)),
        ("movable".to_owned(), list(1)),
        ("mentioned".to_owned(), list(2)),
        ("shape".to_owned(), json!(shape.form)),
        ("size".to_owned(), json!(shape.size)),
    ]
    .into_iter()
    .collect();
    Doc::of(&doc).unwrap()
}

fn build(nodes: &[Node]) -> (Catalog, Blueprint, Snapshot) {
    let mut builder = Blueprint::builder();
    let mut snapshot = Snapshot::default();
    for (at, node) in nodes.iter().enumerate() {
        if let Some(shape) = &node.wanted {
            let link = |to: usize| {
                nodes[to]
                    .wanted
                    .as_ref()
                    .map(|_| Link::To(address(nodes, to)))
            };
            builder.want_doc(address(nodes, at), doc(nodes, at, shape, link));
        }
        if let Some(shape) = &node.seen {
            let link = |to: usize| {
                nodes[to]
                    .seen
                    .as_ref()
                    .map(|_| Link::id(format!("id-{to}")))
            };
            let found = Found::ours(
                format!("n{at}"),
                format!("id-{at}"),
                doc(nodes, at, shape, link),
            );
            snapshot.add(KINDS[node.kind], vec![found]);
        }
    }
    (
        Catalog::new((0..4).map(facts)),
        builder.build().unwrap(),
        snapshot,
    )
}

/// A cloud that refuses what AWS refuses.
struct Cloud {
    /// Live instances: address and whether it is the new one; what each holds; what each merely mentions.
    live: BTreeMap<(Address, bool), BTreeSet<(Address, bool)>>,
}

impl Cloud {
    fn new(plan: &Plan) -> Self {
        let mut live = BTreeMap::new();
        for change in &plan.changes {
            let Some(seen) = &change.before else { continue };
            live.insert((change.address.clone(), false), held(&seen.doc, |_| false));
        }
        Self { live }
    }

    fn run(&mut self, plan: &Plan, address: &Address, work: Work) -> Result<(), String> {
        let change = plan
            .changes
            .iter()
            .find(|change| &change.address == address)
            .unwrap();
        // The instance that an address stands for, for whoever is made now.
        let renewed = |target: &Address| {
            let target = plan
                .changes
                .iter()
                .find(|change| &change.address == target)
                .unwrap();
            !matches!(
                target.action,
                hcctl_engine::Action::Keep | hcctl_engine::Action::Update
            )
        };
        match work {
            Work::Await => {}
            Work::Create | Work::Update => {
                let wanted = change.after.as_ref().unwrap();
                for (_, link) in wanted.links() {
                    let Link::To(to) = link else { continue };
                    let target = (to.clone(), renewed(&to));
                    if !self.live.contains_key(&target) {
                        return Err(format!("{address} is made before {to}"));
                    }
                }
                let unique = address.kind == "unique" && work == Work::Create;
                if unique && self.live.contains_key(&(address.clone(), false)) {
                    return Err(format!("{address} would exist twice"));
                }
                self.live.insert(
                    (address.clone(), work == Work::Create),
                    held(wanted, renewed),
                );
            }
            Work::Delete => {
                let old = (address.clone(), false);
                if let Some((holder, _)) = self.live.iter().find(|(_, held)| held.contains(&old)) {
                    return Err(format!("{address} is deleted while {holder:?} holds it"));
                }
                self.live.remove(&old);
            }
        }
        Ok(())
    }
}

fn held(doc: &Doc, renewed: impl Fn(&Address) -> bool) -> BTreeSet<(Address, bool)> {
    let links = doc
        .links()
        .into_iter()
        .filter(|(field, _)| *field != "mentioned");
    let targets = links.filter_map(|(_, link)| match link {
        Link::To(to) => Some((to.clone(), renewed(&to))),
        Link::Id(_) => None,
    });
    targets.collect()
}

/// A kind that revises as ECS's task definitions do, and one that runs them.
fn revising() -> Catalog {
    let revises = Facts {
        revises: true,
        stays: &["size"],
        ..facts(0)
    };
    Catalog::new([revises, facts(1)])
}

/// One of each, the second linked to the first; the first was seen with other fields than it is wanted with.
fn revised(fields: &[&str]) -> Plan {
    let seen = json!({ "fixed": [], "movable": [], "mentioned": [], "shape": 0, "size": 0 });
    let mut wanted = seen.clone();
    for field in fields {
        wanted[*field] = match *field {
            "size" => json!(1),
            _ => json!(["other"]),
        };
    }
    let user = |link: Link| json!({ "fixed": [], "movable": [link.encode()], "mentioned": [], "shape": 0, "size": 0 });
    let (one, two) = (Address::new(KINDS[0], "one"), Address::new(KINDS[1], "two"));
    let mut builder = Blueprint::builder();
    builder.want_doc(one.clone(), Doc::of(&wanted).unwrap());
    builder.want_doc(two, Doc::of(&user(Link::To(one))).unwrap());
    let mut snapshot = Snapshot::default();
    snapshot.add(
        KINDS[0],
        vec![Found::ours("one", "id-1", Doc::of(&seen).unwrap())],
    );
    let user = Doc::of(&user(Link::id("id-1"))).unwrap();
    snapshot.add(KINDS[1], vec![Found::ours("two", "id-2", user)]);
    plan(&revising(), &builder.build().unwrap(), &snapshot).unwrap()
}

#[test]
fn only_a_new_revision_moves_what_links_to_it() {
    let changed = |fields: &[&str]| {
        let plan = revised(fields);
        let changed: Vec<String> = plan.changed().map(|one| one.address.to_string()).collect();
        changed
    };
    assert_eq!(changed(&[]), Vec::<String>::new());
    assert_eq!(changed(&["size"]), ["early/one"]);
    assert_eq!(changed(&["movable"]), ["early/one", "swap/two"]);
    assert_eq!(changed(&["movable", "size"]), ["early/one", "swap/two"]);
}

/// A step's place among the steps of a plan.
fn place(steps: &Steps, work: Work) -> usize {
    let mut steps = steps.steps.iter();
    steps.position(|step| step.work == work).unwrap()
}

#[test]
fn what_comes_is_made_before_what_is_not_wanted_goes() {
    let bare = json!({ "fixed": [], "movable": [], "mentioned": [], "shape": 0, "size": 0 });
    let bare = Doc::of(&bare).unwrap();
    let old = || Found::ours("old", "id-old", bare.clone());
    for found in [old(), old().by_hand()] {
        // Two of one kind that know nothing of one another: a renamed service.
        let mut builder = Blueprint::builder();
        builder.want_doc(Address::new(KINDS[2], "new"), bare.clone());
        let mut snapshot = Snapshot::default();
        snapshot.add(KINDS[2], vec![found]);
        let catalog = Catalog::new((0..4).map(facts));
        let plan = plan(&catalog, &builder.build().unwrap(), &snapshot).unwrap();
        let steps = steps(&catalog, &plan);
        let (create, delete) = (place(&steps, Work::Create), place(&steps, Work::Delete));

        let mut schedule = Schedule::new(2, &steps.graph);
        assert_eq!(schedule.start(), Some(create));
        assert_eq!(schedule.start(), None);
        // What cannot be made leaves the old one where it is.
        assert_eq!(schedule.failed(create), [delete]);

        let mut schedule = Schedule::new(2, &steps.graph);
        assert_eq!(schedule.start(), Some(create));
        schedule.done(create);
        assert_eq!(schedule.start(), Some(delete));
    }
}

#[test]
fn what_is_left_of_something_lost_goes_before_it_comes_anew() {
    let doc = |fixed: Value| {
        let doc = json!({ "fixed": fixed, "movable": [], "mentioned": [], "shape": 0, "size": 0 });
        Doc::of(&doc).unwrap()
    };
    // Somebody deleted a service, and what scaled it is still there.
    let mut builder = Blueprint::builder();
    builder.want_doc(Address::new(KINDS[0], "lost"), doc(json!([])));
    let link = json!({ "$to": format!("{}/lost", KINDS[0]) });
    builder.want_doc(Address::new(KINDS[1], "left"), doc(json!([link])));
    let mut snapshot = Snapshot::default();
    let left = Found::ours("left", "id-left", doc(json!([{ "$id": "id-lost" }])));
    snapshot.add(KINDS[1], vec![left]);
    let catalog = Catalog::new((0..4).map(facts));
    let plan = plan(&catalog, &builder.build().unwrap(), &snapshot).unwrap();
    let steps = steps(&catalog, &plan);
    let sorted = steps.graph.sorted().unwrap();
    let order: Vec<(&str, Work)> = sorted
        .into_iter()
        .map(|step| {
            (
                steps.steps[step].address.name.as_str(),
                steps.steps[step].work,
            )
        })
        .collect();
    let wanted = [
        ("left", Work::Delete),
        ("lost", Work::Create),
        ("left", Work::Create),
    ];
    assert_eq!(order, wanted);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_can_be_made_in_an_order_that_a_cloud_accepts(nodes in world(), picks in prop::collection::vec(0..64_usize, 64)) {
        let (catalog, blueprint, snapshot) = build(&nodes);
        let plan = match plan(&catalog, &blueprint, &snapshot) {
            Ok(plan) => plan,
            // The one honest refusal: something unique is needed while it is replaced.
            Err(errors) => {
                let unique = |error: &PlanError| matches!(error, PlanError::Unreplaceable { address, .. } if address.kind == "unique");
                prop_assert!(errors.iter().all(unique), "{errors:?}");
                return Ok(());
            }
        };
        let Steps { steps, graph } = steps(&catalog, &plan);
        prop_assert!(graph.sorted().is_ok(), "a cycle: {:?}", graph.sorted());
        let mut schedule = Schedule::new(steps.len(), &graph);
        let mut cloud = Cloud::new(&plan);
        let mut running = Vec::new();
        let mut picks = picks.into_iter().cycle();
        let mut done = 0;
        loop {
            while let Some(node) = schedule.start() {
                running.push(node);
            }
            if running.is_empty() {
                break;
            }
            let node = running.swap_remove(picks.next().unwrap() % running.len());
            let outcome = cloud.run(&plan, &steps[node].address, steps[node].work);
            prop_assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
            schedule.done(node);
            done += 1;
        }
        prop_assert_eq!(done, steps.len());
        prop_assert!(schedule.waiting().is_empty());
    }

    #[test]
    fn a_world_that_is_as_wanted_needs_nothing(mut nodes in world()) {
        for node in &mut nodes {
            node.seen = node.wanted.clone();
        }
        let (catalog, blueprint, snapshot) = build(&nodes);
        let plan = plan(&catalog, &blueprint, &snapshot).unwrap();
        prop_assert!(plan.is_empty());
        prop_assert!(steps(&catalog, &plan).steps.is_empty());
    }
}
