//! The loop that observes and applies: schedule, kinds and events put together.
//!
//! It decides nothing that the plan has not decided, and knows no clock and no runtime: sleeping, the time and the wish
//! to stop come in as a [`Pace`].

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::kind::{AnyKind, Change, Readiness, Wait};
use crate::plan::{Action, Catalog, Plan};
use crate::schedule::Schedule;
use crate::steps::{Step, Steps, Work, steps};
use crate::{Address, Class, Doc, Event, Fault, Link, Report, Snapshot, Verb};

/// Time, and whether to go on: all that the loop needs of the world around it.
pub trait Pace: Sync {
    /// Lets time pass.
    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send;
    /// Time since some fixed moment.
    fn now(&self) -> Duration;
    /// Why no further step may start, where that is so.
    fn stop(&self) -> Option<String>;
}

/// A list of kinds.
pub type Kinds<C> = [&'static dyn AnyKind<C>];

/// The facts of a list of kinds.
pub fn catalog<C>(kinds: &Kinds<C>) -> Catalog {
    Catalog::new(kinds.iter().map(|kind| kind.facts()))
}

/// Observes every kind at once; answers every fault, not only the first.
pub async fn observe<C: Sync>(kinds: &Kinds<C>, cloud: &C) -> Result<Snapshot, Vec<Fault>> {
    let answers = join_all(kinds.iter().map(|kind| kind.observe(cloud))).await;
    let mut snapshot = Snapshot::default();
    let mut faults: Vec<Fault> = Vec::new();
    for (kind, answer) in kinds.iter().zip(answers) {
        match answer {
            Ok(found) => snapshot.add(kind.facts().name, found),
            // Kinds share reads, so one failed call may come back from several.
            Err(fault) if faults.contains(&fault) => {}
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        Ok(snapshot)
    } else {
        Err(faults)
    }
}

/// Makes a plan true, as far as it goes: a failed step skips what needs it and lets the rest finish.
///
/// At most `at_once` steps run at a time. When the pace says stop, what runs is finished and nothing else starts.
pub async fn apply<C: Sync, P: Pace>(
    kinds: &Kinds<C>,
    cloud: &C,
    plan: &Plan,
    at_once: usize,
    pace: &P,
    on_event: &(dyn Fn(&Event) + Send + Sync),
) -> Report {
    let Steps { steps, graph } = steps(&catalog(kinds), plan);
    let by_name: BTreeMap<&str, &dyn AnyKind<C>> = kinds
        .iter()
        .map(|kind| (kind.facts().name, *kind))
        .collect();
    let mut schedule = Schedule::new(steps.len(), &graph);
    let mut ids = known_ids(plan);
    let mut running = FuturesUnordered::new();
    let mut report = Report::default();
    let began = pace.now();
    loop {
        while running.len() < at_once && report.stopped.is_none() {
            report.stopped = pace.stop().filter(|_| !schedule.waiting().is_empty());
            if report.stopped.is_some() {
                break;
            }
            let Some(node) = schedule.start() else { break };
            let job = Job {
                kind: by_name[steps[node].address.kind.as_str()],
                cloud,
                step: &steps[node],
                pace,
                on_event,
            };
            let task = task(&job, plan, &ids);
            running.push(async move { (node, pace.now(), job.run(task).await) });
        }
        let Some((node, since, outcome)) = running.next().await else {
            break;
        };
        let (address, verb) = (steps[node].address.clone(), verb(&steps[node]));
        let took = pace.now().saturating_sub(since);
        let mut tell = |event: Event| {
            report.take(&event);
            on_event(&event);
        };
        match outcome {
            Ok(id) => {
                if verb != Verb::Delete {
                    ids.insert(address.clone(), id.clone());
                }
                schedule.done(node);
                tell(Event::Finished {
                    address,
                    verb,
                    id,
                    took,
                });
            }
            Err(fault) => {
                let skipped = schedule.failed(node);
                tell(Event::Failed {
                    address: address.clone(),
                    verb,
                    fault,
                    took,
                });
                for other in skipped {
                    let (skipped, verb) = (steps[other].address.clone(), self::verb(&steps[other]));
                    tell(Event::Skipped {
                        address: skipped,
                        verb,
                        because: address.clone(),
                    });
                }
            }
        }
    }
    report.unstarted = schedule
        .waiting()
        .into_iter()
        .map(|node| (steps[node].address.clone(), verb(&steps[node])))
        .collect();
    report.took = pace.now().saturating_sub(began);
    report
}

fn verb(step: &Step) -> Verb {
    match step.work {
        Work::Await => Verb::Await,
        Work::Create => Verb::Create,
        Work::Update => Verb::Update,
        Work::Delete => Verb::Delete,
    }
}

/// The ids that links can be resolved to before anything is made.
fn known_ids(plan: &Plan) -> BTreeMap<Address, String> {
    let stays = plan
        .changes
        .iter()
        .filter(|change| matches!(change.action, Action::Keep | Action::Update));
    stays
        .filter_map(|change| Some((change.address.clone(), change.before.as_ref()?.id.clone())))
        .collect()
}

/// What a step works on, with every link resolved to an id.
struct Task {
    id: String,
    before: Doc,
    after: Result<Doc, Address>,
    fields: BTreeSet<String>,
    pending: bool,
    /// Something made in this run has taken it over: it has this id now, and must not go.
    taken_over: bool,
}

fn task<C, P>(job: &Job<'_, C, P>, plan: &Plan, ids: &BTreeMap<Address, String>) -> Task {
    let change = &plan.changes[job.step.change];
    let seen = change.before.as_ref();
    let id = seen.map(|seen| seen.id.clone()).unwrap_or_default();
    Task {
        taken_over: ids.values().any(|other| *other == id),
        id,
        before: seen.map(|seen| seen.raw.clone()).unwrap_or_default(),
        after: change
            .after
            .as_ref()
            .map_or_else(|| Ok(Doc::default()), |doc| resolve(doc, ids)),
        fields: change
            .fields
            .iter()
            .map(|field| field.field.clone())
            .collect(),
        pending: seen.is_some_and(|seen| seen.pending.is_some()),
    }
}

/// Turns addresses into ids; `Err` names an address that has none.
fn resolve(doc: &Doc, ids: &BTreeMap<Address, String>) -> Result<Doc, Address> {
    let mut missing = None;
    let resolved = doc.map_links(&mut |link| match link {
        Link::To(address) => {
            if let Some(id) = ids.get(&address) {
                return Link::Id(id.clone());
            }
            missing.get_or_insert(address.clone());
            Link::To(address)
        }
        id @ Link::Id(_) => id,
    });
    missing.map_or(Ok(resolved), Err)
}

/// One step with all that its run needs.
struct Job<'a, C, P> {
    kind: &'a dyn AnyKind<C>,
    cloud: &'a C,
    step: &'a Step,
    pace: &'a P,
    on_event: &'a (dyn Fn(&Event) + Send + Sync),
}

impl<C: Sync, P: Pace> Job<'_, C, P> {
    async fn run(&self, task: Task) -> Result<String, Fault> {
        let address = &self.step.address;
        let (verb, wait) = (verb(self.step), self.kind.facts().wait);
        (self.on_event)(&Event::Started {
            address: address.clone(),
            verb,
            usual: wait.usual,
        });
        let unresolved =
            |target: Address| Fault::own(address.to_string(), format!("{target} has no id yet"));
        match self.step.work {
            Work::Await => {
                self.wait(wait, false, &task.id).await?;
                Ok(task.id)
            }
            Work::Create => {
                let doc = task.after.map_err(unresolved)?;
                let id = self.kind.create(self.cloud, &address.name, &doc).await?;
                self.wait(wait, false, &id).await?;
                Ok(id)
            }
            Work::Update => {
                let after = task.after.map_err(unresolved)?;
                if task.pending {
                    self.wait(wait, false, &task.id).await?;
                }
                let change = Change {
                    name: &address.name,
                    id: &task.id,
                    before: &task.before,
                    after: &after,
                    fields: &task.fields,
                };
                let id = self
                    .kind
                    .update(self.cloud, change)
                    .await?
                    .unwrap_or(task.id);
                self.wait(wait, false, &id).await?;
                Ok(id)
            }
            Work::Delete if task.taken_over => Ok(task.id),
            Work::Delete => {
                self.kind.delete(self.cloud, &task.id, &task.before).await?;
                self.wait(wait, true, &task.id).await?;
                Ok(task.id)
            }
        }
    }

    /// Polls until the resource is ready, or gone.
    async fn wait(&self, wait: Wait, gone: bool, id: &str) -> Result<(), Fault> {
        let began = self.pace.now();
        let mut pause = wait.first;
        let mut said = String::new();
        loop {
            let answer = if gone {
                self.kind.gone(self.cloud, id)
            } else {
                self.kind.ready(self.cloud, id)
            };
            let why = match answer.await? {
                Readiness::Ready => return Ok(()),
                Readiness::Never(why) => {
                    return Err(Fault::own(
                        self.step.address.to_string(),
                        format!("{id}: {why}"),
                    ));
                }
                Readiness::NotYet(why) => why,
            };
            if why != said {
                let (address, verb) = (self.step.address.clone(), verb(self.step));
                (self.on_event)(&Event::Waiting {
                    address,
                    verb,
                    why: why.clone(),
                });
                said = why;
            }
            if self.pace.now().saturating_sub(began) >= wait.patience {
                let minutes = wait.patience.as_secs() / 60;
                let fault = Fault::own(
                    self.step.address.to_string(),
                    format!("{id}: {said}, still so after {minutes} min"),
                );
                // What to do is said once, at the end of the report.
                return Err(fault.class(Class::NotYet));
            }
            self.pace.sleep(pause).await;
            pause = (pause * 3 / 2).min(wait.most);
        }
    }
}
