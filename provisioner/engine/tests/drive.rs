//! The loop that makes a plan true, against a cloud that does as it is told.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hcctl_engine::drive::{Kinds, Pace, apply, catalog, observe};
use hcctl_engine::kind::Wait;
use hcctl_engine::plan::plan;
use hcctl_engine::{
    Blueprint, Class, Erased, Event, Fault, Found, Kind, KindChange, Link, Plan, Readiness, Report,
    Rule, Rules, Verb,
};
use serde::{Deserialize, Serialize};

/// What there is, by id; what was called; and what goes wrong.
#[derive(Default)]
struct Cloud {
    things: Mutex<BTreeMap<String, Spec>>,
    calls: Mutex<Vec<String>>,
    /// Calls that fail, as they are written in `calls`.
    refused: BTreeSet<&'static str>,
    /// How many looks it takes until something is ready, or gone.
    looks: AtomicU64,
    /// What a look then says where it is to be the end.
    never: bool,
}

impl Cloud {
    fn call(&self, call: String) -> Result<(), Fault> {
        let refused = self.refused.contains(call.as_str());
        self.calls.lock().unwrap().push(call.clone());
        if refused {
            return Err(Fault::own(call, "refused"));
        }
        Ok(())
    }

    fn look(&self) -> Readiness {
        if self.never {
            return Readiness::Never("it broke".to_owned());
        }
        let left = self.looks.load(Ordering::Relaxed);
        if left == 0 {
            return Readiness::Ready;
        }
        self.looks.store(left - 1, Ordering::Relaxed);
        Readiness::NotYet("it starts".to_owned())
    }

    fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }
}

/// A thing that may need another.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Spec {
    name: String,
    needs: Option<Link>,
    size: u32,
}

struct Thing;

impl Kind for Thing {
    type Cloud = Cloud;
    type Spec = Spec;
    const NAME: &'static str = "thing";
    const RULES: Rules = &[
        ("name", Rule::Replace),
        ("needs", Rule::Update),
        ("size", Rule::Update),
    ];
    // A patience of one minute in looks of ten seconds.
    const WAIT: Wait = Wait::of(10_000, 10_000, 60, 1);

    fn example() -> Spec {
        Spec {
            name: "a".to_owned(),
            needs: Some(Link::to("thing", "b")),
            size: 1,
        }
    }

    async fn observe(cloud: &Cloud) -> Result<Vec<Found<Spec>>, Fault> {
        cloud.call("observe".to_owned())?;
        let things = cloud.things.lock().unwrap();
        let found = |(id, spec): (&String, &Spec)| Found::ours(&spec.name, id, spec.clone());
        Ok(things.iter().map(found).collect())
    }

    async fn create(cloud: &Cloud, name: &str, spec: &Spec) -> Result<String, Fault> {
        let needs = spec.needs.as_ref().map_or("", Link::resolved);
        cloud.call(format!("create {name} {needs}").trim_end().to_owned())?;
        let id = format!("id-{name}");
        cloud
            .things
            .lock()
            .unwrap()
            .insert(id.clone(), spec.clone());
        Ok(id)
    }

    async fn update(cloud: &Cloud, change: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
        let (id, from, to) = (change.id, change.before.size, change.after.size);
        cloud.call(format!("update {id} {from} to {to}"))?;
        assert!(change.has("size") && !change.has("name"));
        let mut things = cloud.things.lock().unwrap();
        things.insert(id.to_owned(), change.after.clone());
        Ok(None)
    }

    async fn delete(cloud: &Cloud, id: &str, seen: &Spec) -> Result<(), Fault> {
        cloud.call(format!("delete {id} of size {}", seen.size))?;
        cloud.things.lock().unwrap().remove(id);
        Ok(())
    }

    async fn ready(cloud: &Cloud, _id: &str) -> Result<Readiness, Fault> {
        Ok(cloud.look())
    }

    async fn gone(cloud: &Cloud, _id: &str) -> Result<Readiness, Fault> {
        Ok(cloud.look())
    }
}

const KINDS: &Kinds<Cloud> = &[&Erased::<Thing>::NEW];

/// Time that passes only while somebody sleeps.
#[derive(Default)]
struct Stepped {
    now: Mutex<Duration>,
    /// After so many questions it wants no more steps.
    steps: Option<AtomicU64>,
}

impl Pace for Stepped {
    async fn sleep(&self, time: Duration) {
        *self.now.lock().unwrap() += time;
    }

    fn now(&self) -> Duration {
        *self.now.lock().unwrap()
    }

    fn stop(&self) -> Option<String> {
        let left = self.steps.as_ref()?.fetch_sub(1, Ordering::Relaxed);
        (left == 0).then(|| "enough".to_owned())
    }
}

/// Things by name, each with what it needs and its size.
fn wanted(things: &[(&str, Option<&str>, u32)]) -> Blueprint {
    let mut builder = Blueprint::builder();
    for (name, needs, size) in things {
        let spec = Spec {
            name: (*name).to_owned(),
            needs: needs.map(|needs| Link::to("thing", needs)),
            size: *size,
        };
        builder.want::<Thing>(*name, &spec);
    }
    builder.build().unwrap()
}

async fn planned(cloud: &Cloud, things: &[(&str, Option<&str>, u32)]) -> Plan {
    let snapshot = observe(KINDS, cloud).await.unwrap();
    cloud.calls.lock().unwrap().clear();
    plan(&catalog(KINDS), &wanted(things), &snapshot).unwrap()
}

async fn run(cloud: &Cloud, plan: &Plan, at_once: usize, pace: &Stepped) -> (Report, Vec<String>) {
    let told = Mutex::new(Vec::new());
    let tell = |event: &Event| {
        if let Event::Waiting { address, why, .. } = event {
            told.lock().unwrap().push(format!("{address}: {why}"));
        }
    };
    let report = apply(KINDS, cloud, plan, at_once, pace, &tell).await;
    (report, told.into_inner().unwrap())
}

#[tokio::test]
async fn things_are_made_in_order_with_the_ids_of_what_they_need() {
    let cloud = Cloud::default();
    let things = [("a", Some("b"), 1), ("b", None, 2)];
    let plan = planned(&cloud, &things).await;
    let (report, _) = run(&cloud, &plan, 2, &Stepped::default()).await;
    assert!(report.complete());
    assert_eq!(cloud.calls(), ["create b", "create a id-b"]);
    let again = planned(&cloud, &things).await;
    assert!(again.is_empty());

    // What stays is known by its id to what is changed, and to what is new.
    let plan = planned(
        &cloud,
        &[("a", Some("b"), 5), ("b", None, 2), ("c", Some("b"), 1)],
    )
    .await;
    let (report, _) = run(&cloud, &plan, 1, &Stepped::default()).await;
    assert!(report.complete());
    let mut calls = cloud.calls();
    calls.sort();
    assert_eq!(calls, ["create c id-b", "update id-a 1 to 5"]);

    let plan = planned(&cloud, &[("b", None, 2)]).await;
    let (report, _) = run(&cloud, &plan, 1, &Stepped::default()).await;
    let mut calls = cloud.calls();
    calls.sort();
    assert_eq!(calls, ["delete id-a of size 5", "delete id-c of size 1"]);
    assert!(report.done.iter().all(|(_, verb, _)| *verb == Verb::Delete));
}

#[tokio::test]
async fn a_failure_skips_what_needs_it_and_nothing_else() {
    let cloud = Cloud {
        refused: BTreeSet::from(["create b"]),
        ..Cloud::default()
    };
    let things = [("a", Some("b"), 1), ("b", None, 1), ("c", None, 1)];
    let plan = planned(&cloud, &things).await;
    let (report, _) = run(&cloud, &plan, 3, &Stepped::default()).await;
    let done: Vec<_> = report
        .done
        .iter()
        .map(|(it, ..)| it.name.as_str())
        .collect();
    let failed: Vec<_> = report
        .failed
        .iter()
        .map(|(it, ..)| it.name.as_str())
        .collect();
    assert_eq!((done, failed), (vec!["c"], vec!["b"]));
    let (skipped, _, because) = &report.skipped[0];
    assert_eq!((skipped.name.as_str(), because.name.as_str()), ("a", "b"));
    assert!(!report.complete());
}

#[tokio::test]
async fn no_more_run_at_once_than_may_and_none_after_the_wish_to_stop() {
    let cloud = Cloud::default();
    let plan = planned(&cloud, &[("a", None, 1), ("b", None, 1), ("c", None, 1)]).await;
    let pace = Stepped {
        steps: Some(AtomicU64::new(1)),
        ..Stepped::default()
    };
    let (report, _) = run(&cloud, &plan, 1, &pace).await;
    assert_eq!(report.stopped.as_deref(), Some("enough"));
    assert_eq!((report.done.len(), report.unstarted.len()), (1, 2));
    assert_eq!(cloud.calls(), ["create a"]);
    // Where all is done the wish comes too late to be one.
    let pace = Stepped {
        steps: Some(AtomicU64::new(2)),
        ..Stepped::default()
    };
    let plan = planned(&cloud, &[("a", None, 1), ("b", None, 1), ("c", None, 1)]).await;
    let (report, _) = run(&cloud, &plan, 1, &pace).await;
    assert_eq!((report.stopped, report.done.len()), (None, 2));
}

#[tokio::test]
async fn a_wait_is_told_once_and_has_an_end() {
    let made = |looks| Cloud {
        looks: AtomicU64::new(looks),
        ..Cloud::default()
    };
    let things = [("a", None, 1)];
    let cloud = made(3);
    let plan = planned(&cloud, &things).await;
    let pace = Stepped::default();
    let (report, told) = run(&cloud, &plan, 1, &pace).await;
    assert!(report.complete());
    assert_eq!(told, ["thing/a: it starts"]);
    assert_eq!(report.took, Duration::from_secs(30));

    let cloud = made(100);
    let plan = planned(&cloud, &things).await;
    let (report, _) = run(&cloud, &plan, 1, &Stepped::default()).await;
    let (_, _, fault) = &report.failed[0];
    assert_eq!(fault.class, Class::NotYet);
    assert!(
        fault
            .to_string()
            .contains("id-a: it starts, still so after 1 min"),
        "{fault}"
    );
    assert_eq!(report.took, Duration::from_mins(1));

    let cloud = Cloud {
        never: true,
        ..Cloud::default()
    };
    let plan = planned(&cloud, &things).await;
    let (report, _) = run(&cloud, &plan, 1, &Stepped::default()).await;
    assert!(report.failed[0].2.to_string().contains("id-a: it broke"));
    assert_eq!(report.took, Duration::ZERO);
}

#[tokio::test]
async fn faults_of_an_observation_are_told_each_once() {
    struct Other;
    impl Kind for Other {
        type Cloud = Cloud;
        type Spec = Spec;
        const NAME: &'static str = "other";
        const RULES: Rules = Thing::RULES;

        fn example() -> Spec {
            Thing::example()
        }

        async fn observe(cloud: &Cloud) -> Result<Vec<Found<Spec>>, Fault> {
            // Both kinds share a read; this one has another of its own.
            cloud.call("observe".to_owned())?;
            cloud.call("observe others".to_owned())?;
            Ok(Vec::new())
        }

        async fn create(_: &Cloud, _: &str, _: &Spec) -> Result<String, Fault> {
            Err(Fault::own("create", "never"))
        }

        async fn update(_: &Cloud, _: KindChange<'_, Spec>) -> Result<Option<String>, Fault> {
            Ok(None)
        }

        async fn delete(_: &Cloud, _: &str, _: &Spec) -> Result<(), Fault> {
            Ok(())
        }
    }
    const BOTH: &Kinds<Cloud> = &[&Erased::<Thing>::NEW, &Erased::<Other>::NEW];
    let of = async |refused: &[&'static str]| {
        let cloud = Cloud {
            refused: refused.iter().copied().collect(),
            ..Cloud::default()
        };
        let faults = observe(BOTH, &cloud).await.unwrap_err();
        let texts = faults.iter().map(ToString::to_string);
        texts.collect::<Vec<_>>()
    };
    assert_eq!(of(&["observe"]).await, ["observe: refused"]);
    assert_eq!(of(&["observe others"]).await, ["observe others: refused"]);
}
