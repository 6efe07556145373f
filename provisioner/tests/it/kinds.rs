//! Loops over every kind: what it says of itself, what happens when one vanishes, and when one appears.
//!
//! A new kind is in the loops by being in KINDS or ACCOUNT_KINDS, and they fail until it has its cases in support/cases.rs.

use std::collections::BTreeSet;

use hcctl::aws::Aws;
use hcctl::resources::{ACCOUNT_KINDS, KINDS, RARE};
use hcctl_engine::plan::PlanError;
use hcctl_engine::{Action, AnyKind, Change, Doc, Observed, Plan, Readiness, Reason, Snapshot};
use hcctl_sandbox::{Quotas, Settings};

use crate::support::account::{APPEARS_IN_THE_ACCOUNT, VANISHES_FROM_THE_ACCOUNT};
use crate::support::cases::{APPEARS, Appears, VANISHES, Vanishes};
use crate::support::site::Site;
use crate::support::world::{World, lines, load, seen, wide};

fn settings() -> Settings {
    Settings {
        quotas: Quotas::none(),
        ..Settings::stepped()
    }
}

/// Every kind of both lists.
fn all() -> impl Iterator<Item = &'static &'static dyn AnyKind<Aws>> {
    KINDS.iter().chain(ACCOUNT_KINDS)
}

#[test]
fn names_are_unique_and_orders_name_kinds() {
    for kinds in [KINDS, ACCOUNT_KINDS] {
        let names: Vec<&str> = kinds.iter().map(|kind| kind.facts().name).collect();
        let unique: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(unique.len(), names.len());
        // A role is in both lists, and comes after what is in one of them.
        let known: BTreeSet<&str> = all().map(|kind| kind.facts().name).collect();
        for kind in kinds {
            for after in kind.facts().after {
                assert!(known.contains(after), "{} after {after}", kind.facts().name);
            }
        }
    }
}

#[test]
fn rules_name_every_field_and_nothing_else() {
    for kind in all() {
        let (facts, example) = (kind.facts(), kind.example());
        let rules: Vec<&str> = facts.rules.iter().map(|(field, _)| *field).collect();
        let fields: Vec<&str> = example.fields().map(|(field, _)| field).collect();
        assert_eq!(rules, fields, "{}", facts.name);
        for field in facts.brief.iter().chain(facts.text) {
            assert!(fields.contains(field), "{}: no field {field}", facts.name);
        }
    }
}

/// Written, read and written again it is the same, and an example leaves nothing out.
#[test]
fn examples_come_back_as_they_were() {
    for kind in all() {
        let (facts, example) = (kind.facts(), kind.example());
        assert_eq!((facts.canonical)(&example), example, "{}", facts.name);
        // A doc that a kind cannot read would come back as it was, too.
        let unread = (facts.canonical)(&example.without(|field| Some(field) == first(&example)));
        assert!(
            unread.fields().count() < example.fields().count(),
            "{}: a spec without a field is read",
            facts.name
        );
        assert_ne!(example, Doc::default(), "{}", facts.name);
    }
}

fn first(doc: &Doc) -> Option<&str> {
    doc.fields().next().map(|(field, _)| field)
}

#[tokio::test]
async fn what_was_made_is_seen_as_it_was_wanted() {
    for (name, environment) in [("wide", wide()), ("prod", load("prod"))] {
        let world = World::new(settings());
        // Converges: an empty plan after the apply.
        let plan = world.converge(&environment).await;
        assert!(
            plan.changes
                .iter()
                .all(|change| change.action == Action::Create),
            "{name}"
        );
        let aws = world.aws(&environment).await;
        let kinds: BTreeSet<String> = seen(&aws)
            .await
            .ours()
            .iter()
            .map(|seen| seen.address.kind.clone())
            .collect();
        for kind in KINDS {
            let kind = kind.facts().name;
            let rare = name != "wide" && RARE.contains(&kind);
            assert!(rare || kinds.contains(kind), "{name}: no {kind} was seen");
        }
    }
}

#[tokio::test]
async fn what_bootstrap_made_is_seen_as_it_was_wanted() {
    let [_, site] = Site::both();
    let world = World::new(settings());
    let plan = site.converge(&world).await;
    let created = |change: &Change| change.action == Action::Create;
    assert!(plan.changes.iter().all(created));
    let kinds: BTreeSet<&str> = plan
        .changes
        .iter()
        .map(|one| one.address.kind.as_str())
        .collect();
    let wanted: BTreeSet<&str> = ACCOUNT_KINDS.iter().map(|one| one.facts().name).collect();
    assert_eq!(kinds, wanted);
}

#[tokio::test]
async fn what_vanishes_is_planned_and_made_again() {
    let [environment, set_up] = Site::both();
    vanishes(&environment, VANISHES).await;
    vanishes(&set_up, VANISHES_FROM_THE_ACCOUNT).await;
}

async fn vanishes(site: &Site, cases: &[(&str, Vanishes)]) {
    let world = World::new(settings());
    site.converge(&world).await;
    for kind in site.kinds() {
        let kind = kind.facts().name;
        let cases: Vec<_> = cases.iter().filter(|(of, _)| *of == kind).collect();
        assert!(
            !cases.is_empty(),
            "no case for {kind}: add it to support/cases.rs"
        );
        for (_, case) in cases {
            let (last, all): (&str, Vec<&str>) = match case {
                Vanishes::Alone(name) => (name, vec![]),
                Vanishes::After(before, name) => (name, before.to_vec()),
                Vanishes::WithAll(name) => {
                    let Site::Environment(environment) = site else {
                        panic!("only an environment goes as a whole");
                    };
                    let end = world.end(environment).await;
                    let report = world.apply(environment, &end).await;
                    assert!(report.complete(), "{kind}: {:#?}", report.failed);
                    expect_created(&site.plan(&world).await, kind, name);
                    site.converge(&world).await;
                    continue;
                }
                Vanishes::Never(name) => {
                    remove(site, &world, kind, name).await;
                    let left = lines(&site.plan(&world).await);
                    assert_eq!(left, Vec::<String>::new(), "{kind}");
                    continue;
                }
            };
            for address in all {
                let (kind, name) = address.split_once('/').unwrap();
                remove(site, &world, kind, name).await;
            }
            remove(site, &world, kind, last).await;
            expect_created(&site.plan(&world).await, kind, last);
            site.converge(&world).await;
        }
    }
}

fn expect_created(plan: &Plan, kind: &str, name: &str) {
    let change = find(plan, kind, name);
    let change =
        change.unwrap_or_else(|| panic!("{kind}/{name} is not planned: {:?}", lines(plan)));
    assert_eq!(change.action, Action::Create, "{kind}/{name}");
}

fn find<'a>(plan: &'a Plan, kind: &str, name: &str) -> Option<&'a Change> {
    plan.changed()
        .find(|change| change.address.kind == kind && change.address.name == name)
}

/// Deletes one behind the planner's back and waits until it is gone.
async fn remove(site: &Site, world: &World, of: &str, name: &str) {
    let aws = site.aws(world).await;
    let snapshot = site.seen(&aws).await;
    let one = found(&snapshot, of, name);
    let kind = site.kind(of);
    kind.delete(&aws, &one.id, &one.raw)
        .await
        .unwrap_or_else(|fault| panic!("{of}/{name}: {fault}"));
    for _ in 0..100 {
        if kind.gone(&aws, &one.id).await.unwrap() == Readiness::Ready {
            return;
        }
    }
    panic!("{of}/{name} does not go");
}

#[tokio::test]
async fn what_appears_is_shown() {
    let [environment, set_up] = Site::both();
    all_appear(&environment, APPEARS).await;
    all_appear(&set_up, APPEARS_IN_THE_ACCOUNT).await;
}

async fn all_appear(site: &Site, cases: &[(&str, Appears)]) {
    let world = World::new(settings());
    site.converge(&world).await;
    for kind in site.kinds() {
        let name = kind.facts().name;
        let cases: Vec<_> = cases.iter().filter(|(of, _)| *of == name).collect();
        assert!(
            !cases.is_empty(),
            "no case for {name}: add it to support/cases.rs"
        );
        for (_, case) in cases {
            appears(site, &world, *kind, case).await;
            site.converge(&world).await;
        }
    }
}

/// Makes one beside ours, from one of ours with some fields changed, and demands that the plan shows it.
async fn appears(site: &Site, world: &World, kind: &dyn AnyKind<Aws>, case: &Appears) {
    let aws = site.aws(world).await;
    let snapshot = site.seen(&aws).await;
    let of = kind.facts().name;
    let (model, edits, stranger) = match case {
        Appears::Left(model, edits) => (model, edits, false),
        Appears::Stranger(model, edits) => (model, edits, true),
        Appears::Taken(before, name) => {
            let model = found(&snapshot, of, name);
            for address in *before {
                let (kind, name) = address.split_once('/').unwrap();
                remove(site, world, kind, name).await;
            }
            remove(site, world, of, name).await;
            let doc = bare(&model.raw);
            let id = kind.create(&aws, name, &doc).await.unwrap();
            let errors = site.look(&aws).await.unwrap_err();
            assert!(
                matches!(&errors[..], [PlanError::Taken(taken)] if taken.id == id),
                "{of}: {errors:?}"
            );
            kind.delete(&aws, &id, &doc).await.unwrap();
            return;
        }
        Appears::Inside(address, make) => {
            make(aws.clone(), &snapshot).await;
            let plan = site.plan(world).await;
            let told: Vec<String> = lines(&plan);
            assert!(
                told.iter().any(|line| line.contains(address)),
                "{of}: no {address:?} in {told:?}"
            );
            return;
        }
        Appears::Once => return,
    };
    let mut doc = edited(&found(&snapshot, of, model).raw, edits);
    if stranger {
        doc = bare(&doc);
    }
    let id = kind
        .create(&aws, "stray", &doc)
        .await
        .unwrap_or_else(|fault| panic!("{of}: {fault}"));
    let plan = site.look(&aws).await.unwrap();
    if stranger {
        let shown = plan
            .strangers
            .iter()
            .any(|one| one.kind == of && one.id == id);
        assert!(shown, "{of}: {id} is not in {:?}", plan.strangers);
        assert!(
            plan.is_empty(),
            "{of}: a stranger is touched: {:?}",
            lines(&plan)
        );
        kind.delete(&aws, &id, &doc).await.unwrap();
        return;
    }
    let change = plan
        .changed()
        .find(|change| change.before.as_ref().is_some_and(|seen| seen.id == id))
        .unwrap_or_else(|| panic!("{of}: {id} is not in {:?}", lines(&plan)));
    assert_eq!(change.action, Action::Delete, "{of}");
    assert!(
        matches!(
            change.reasons[..],
            [Reason::NotWanted | Reason::Extra | Reason::Spare]
        ),
        "{of}: {:?}",
        change.reasons
    );
}

fn found<'a>(snapshot: &'a Snapshot, kind: &str, name: &str) -> &'a Observed {
    snapshot
        .ours()
        .iter()
        .find(|seen| seen.address.kind == kind && seen.address.name == name)
        .unwrap_or_else(|| panic!("no {kind}/{name}"))
}

fn edited(doc: &Doc, edits: &[(&str, &str)]) -> Doc {
    let mut spec = doc.to_value();
    for (field, value) in edits {
        assert!(spec.get(field).is_some(), "no field {field} in {spec}");
        spec[*field] = serde_json::from_str(value).unwrap();
    }
    Doc::of(&spec).unwrap()
}

/// As somebody else would make it.
fn bare(doc: &Doc) -> Doc {
    edited(doc, &[("tags", "{}")])
}
