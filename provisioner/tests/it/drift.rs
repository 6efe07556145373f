//! Every field that is updated in place, of every kind, changed behind hcctl's back: a plan names exactly that field, an
//! apply puts it back, and nothing is left to do.

use std::collections::{BTreeMap, BTreeSet};

use hcctl::aws::Aws;
use hcctl::resources::{ACCOUNT_KINDS, KINDS};
use hcctl_engine::{
    Action, Address, AnyKind, Doc, KindChange, Link, Observed, Plan, Readiness, Reason, Rule,
};
use hcctl_sandbox::{Quotas, Settings};

use crate::support::account::DRIFTS_OF_THE_ACCOUNT;
use crate::support::drifts::{DRIFTS, Drift, Row, rounds};
use crate::support::drifts_of_others::OTHERS;
use crate::support::site::Site;
use crate::support::world::{World, lines};

fn kind(name: &str) -> &'static dyn AnyKind<Aws> {
    let mut kinds = KINDS.iter().chain(ACCOUNT_KINDS);
    *kinds.find(|kind| kind.facts().name == name).unwrap()
}

async fn settled(site: &Site) -> World {
    let settings = Settings {
        quotas: Quotas::none(),
        ..Settings::instant()
    };
    let world = World::new(settings);
    site.converge(&world).await;
    world
}

#[test]
fn every_field_that_is_updated_has_a_case() {
    let mut cases = BTreeSet::new();
    let rows = DRIFTS.iter().chain(OTHERS).chain(DRIFTS_OF_THE_ACCOUNT);
    for (address, drift) in rows {
        let kind = address.split('/').next().unwrap();
        cases.extend(drift.fields().into_iter().map(|field| (kind, field)));
    }
    // These take tasks that run: `deploy::outages` and `strangers` have their tests.
    cases.insert(("listener_rule", "weights"));
    cases.insert(("target_group", "targets"));
    // A part of scaling that is suspended is two fields at once: `coverage` plays it.
    cases.insert(("scalable_target", "other"));
    // See DRIFTS_OF_THE_ACCOUNT.
    cases.insert(("oidc_provider", "audience"));
    let of_the_account = ACCOUNT_KINDS.iter();
    let of_the_account = of_the_account.filter(|kind| kind.facts().name != "role");
    for kind in KINDS.iter().chain(of_the_account) {
        let facts = kind.facts();
        for (field, rule) in facts.rules {
            let updated = matches!(rule, Rule::Update | Rule::Mention);
            if updated && *field != "tags" {
                assert!(
                    cases.remove(&(facts.name, *field)),
                    "no case for {}: {field}: add it to support/drifts.rs",
                    facts.name
                );
            }
        }
    }
    assert!(cases.is_empty(), "no such fields: {cases:?}");
}

#[tokio::test]
async fn what_was_changed_by_hand_is_put_back() {
    let [environment, set_up] = Site::both();
    put_back(&environment, DRIFTS).await;
    put_back(&environment, OTHERS).await;
    put_back(&set_up, DRIFTS_OF_THE_ACCOUNT).await;
}

async fn put_back(site: &Site, rows: &'static [Row]) {
    let world = settled(site).await;
    for round in rounds(rows) {
        let aws = site.aws(&world).await;
        let all = site.seen(&aws).await.ours().to_vec();
        for (address, drift) in &round {
            let address = address.parse().unwrap();
            drifts(&aws, &all, &address, drift).await;
        }
        let plan = site.plan(&world).await;
        names_exactly(&plan, &round);
        site.converge(&world).await;
    }
}

async fn drifts(aws: &Aws, all: &[Observed], address: &Address, drift: &Drift) {
    match drift {
        Drift::Update(edits) | Drift::Along(edits) => update(aws, all, address, edits).await,
        Drift::Input(field, value) => update(aws, all, address, &[(field, value)]).await,
        Drift::Script(_, script) => {
            let id = script(aws.clone(), all).await;
            run_revision(aws, all, address, id).await;
        }
        Drift::After(before, _, script) => {
            for other in *before {
                remove(aws, all, &other.parse().unwrap()).await;
            }
            script(aws.clone(), all).await;
        }
    }
}

/// The plan updates exactly these fields of these; what else it does, it does because of that.
fn names_exactly(plan: &Plan, round: &[&Row]) {
    let told = lines(plan);
    let mut fields: BTreeMap<Address, BTreeSet<&str>> = BTreeMap::new();
    for (address, drift) in round {
        let wanted = match drift {
            Drift::Input(..) => BTreeSet::new(),
            _ => drift.fields().into_iter().collect(),
        };
        let address: Address = address.parse().unwrap();
        let change = plan.changed().find(|change| change.address == address);
        let named = change.map(|change| change.fields.iter().map(|it| it.field.as_str()));
        let named: BTreeSet<&str> = named.into_iter().flatten().collect();
        assert_eq!(named, wanted, "{address}: {told:#?}");
        let update = change.is_none_or(|change| change.action == Action::Update);
        assert!(update, "{address}: {told:#?}");
        fields.insert(address, wanted);
    }
    let only = matches!(round, [(_, Drift::Update(_) | Drift::Script(..)), ..]);
    for other in plan.changed().filter(|_| only) {
        // A service's load balancer names the container and port of what it runs.
        let follows =
            |reason: &Reason| matches!(reason, Reason::Upstream(of) if fields.contains_key(of));
        let known = fields.contains_key(&other.address);
        assert!(
            known || other.reasons.iter().any(follows),
            "{}: {told:#?}",
            other.address
        );
    }
}

#[tokio::test]
async fn tags_changed_by_hand_are_put_back() {
    for site in Site::both() {
        tags_put_back(&site).await;
    }
}

async fn tags_put_back(site: &Site) {
    let world = settled(site).await;
    let aws = site.aws(&world).await;
    let all = site.seen(&aws).await.ours().to_vec();
    let mut changed = Vec::new();
    for kind in site.kinds() {
        let facts = kind.facts();
        if !facts.rules.iter().any(|(field, _)| *field == "tags") {
            continue;
        }
        let one = all.iter().find(|one| one.address.kind == facts.name);
        let one = one.unwrap();
        // One more, one less, one another: all at once.
        let mut tags = one.raw.field("tags").unwrap().clone();
        tags["Team"] = "theirs".into();
        tags["ManagedBy"] = "somebody".into();
        let edits = [("tags", tags.to_string())];
        let edits = edits
            .each_ref()
            .map(|(field, value)| (*field, value.as_str()));
        update(&aws, &all, &one.address, &edits).await;
        changed.push(format!("update {}: tags", one.address));
    }
    assert_eq!(lines(&site.plan(&world).await), changed);
    site.converge(&world).await;
}

/// Whether a kind has rules for a field.
fn is_of_its_kind(kind: &str, field: &str) -> bool {
    let kind = KINDS.iter().find(|one| one.facts().name == kind);
    kind.is_some_and(|kind| kind.facts().rules.iter().any(|(name, _)| *name == field))
}

/// Changes one by its kind's own calls, as somebody with other wishes would.
async fn update(aws: &Aws, all: &[Observed], address: &Address, edits: &[(&str, &str)]) {
    let one = found(all, address);
    let mut after = one.raw.to_value();
    for (field, value) in edits {
        // What is empty is left out of a spec.
        let known = one.raw.field(field).is_some() || is_of_its_kind(&address.kind, field);
        assert!(known, "{address} has no {field}");
        after[*field] = serde_json::from_str(value).unwrap();
    }
    let after = Doc::of(&after).unwrap().map_links(&mut |link| match link {
        Link::To(target) => Link::id(&found(all, &target).id),
        id @ Link::Id(_) => id,
    });
    let fields: BTreeSet<String> = edits.iter().map(|(field, _)| (*field).to_owned()).collect();
    let change = KindChange {
        name: &address.name,
        id: &one.id,
        before: &one.raw,
        after: &after,
        fields: &fields,
    };
    let id = kind(&address.kind).update(aws, change).await;
    let id = id.unwrap_or_else(|fault| panic!("{address}: {fault}"));
    run_revision(aws, all, address, id).await;
}

/// Lets the service run a revision that somebody registered; its load balancer follows the container's name and port.
async fn run_revision(aws: &Aws, all: &[Observed], address: &Address, id: Option<String>) {
    let Some(id) = id else { return };
    let call = aws.ecs.describe_task_definition().task_definition(&id);
    let revision = call.send().await.unwrap().task_definition.unwrap();
    let main = &revision.container_definitions()[0];
    let service = found(all, &Address::new("service", &address.name));
    let mut call = aws.ecs.update_service().service(&service.id);
    call = call.cluster(
        service.raw.field("cluster").unwrap()["$id"]
            .as_str()
            .unwrap(),
    );
    let balancer = service.raw.field("load_balancer").unwrap();
    let port = main.port_mappings()[0].container_port();
    if balancer["container"].as_str() != main.name()
        || balancer["port"].as_i64() != port.map(i64::from)
    {
        let group = balancer["target_group"]["$id"].as_str().unwrap();
        let balancer = aws_sdk_ecs::types::LoadBalancer::builder().target_group_arn(group);
        let balancer = balancer
            .set_container_name(main.name.clone())
            .set_container_port(port);
        call = call.load_balancers(balancer.build());
    }
    call.task_definition(id).send().await.unwrap();
}

async fn remove(aws: &Aws, all: &[Observed], address: &Address) {
    let one = found(all, address);
    let kind = kind(&address.kind);
    kind.delete(aws, &one.id, &one.raw).await.unwrap();
    for _ in 0..100 {
        if kind.gone(aws, &one.id).await.unwrap() == Readiness::Ready {
            return;
        }
    }
    panic!("{address} does not go");
}

fn found<'a>(all: &'a [Observed], address: &Address) -> &'a Observed {
    let one = all.iter().find(|one| one.address == *address);
    one.unwrap_or_else(|| panic!("no {address}"))
}
