//! The loop around the machine: one look a second at most, at all rollouts in two calls.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_ecs::types::{Service, ServiceDeployment};
use hcctl_engine::{Class, Fault};

use super::evidence::{self, Stopped};
use super::live::Live;
use super::machine::{Advice, Machine, News, Outcome};
use super::sight::{Sight, Status};
use super::{before, word};
use crate::aws::{Aws, fault};

/// Between two looks, so that an end is known within two seconds.
const LOOK: Duration = Duration::from_secs(1);
/// The same while a bake still lasts for minutes.
const BAKING: Duration = Duration::from_secs(5);
/// How long AWS may refuse to let us look before that is an error.
const BLIND: Duration = Duration::from_mins(5);
/// How long ECS may take to show a deployment that it was just told of.
const UNSEEN: Duration = Duration::from_mins(2);

/// A rollout that is followed.
#[derive(Clone, Debug)]
pub struct Followed {
    /// The service as it ran before.
    pub live: Live,
    /// The task definition that is rolled out.
    pub definition: String,
    /// The service deployment, once it is known.
    pub deployment: Option<String>,
    /// The deployments that there were before.
    pub known: BTreeSet<String>,
}

/// Something to tell a person of one rollout.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// From the machine.
    News(News),
    /// Why a task stopped. One of each sort is told.
    Stopped(Stopped),
    /// hcctl stops the deployment by itself, because of this.
    Stopping(String),
    /// Nothing could be seen; it is tried again.
    Blind(String),
}

#[derive(Debug)]
struct One {
    followed: Followed,
    machine: Machine,
    /// Tasks whose end was told.
    known: BTreeSet<String>,
    /// Sorts of failure that were told.
    sorts: BTreeSet<String>,
    /// When the bake began.
    baking: Option<Duration>,
    failed: Option<Fault>,
    stopped: Vec<Stopped>,
}

/// All rollouts that are followed together.
#[derive(Debug)]
pub struct Followers {
    aws: Aws,
    all: Vec<One>,
    blind_since: Option<Duration>,
    pause: Duration,
}

impl Followers {
    /// Follows these from now on.
    pub fn new(aws: &Aws, followed: Vec<Followed>) -> Self {
        let one = |followed| One {
            followed,
            machine: Machine::default(),
            known: BTreeSet::new(),
            sorts: BTreeSet::new(),
            baking: None,
            failed: None,
            stopped: Vec::new(),
        };
        Self {
            aws: aws.clone(),
            all: followed.into_iter().map(one).collect(),
            blind_since: None,
            pause: LOOK,
        }
    }

    /// Looks once, at a time since they are followed; what is new, with the name of the service that it is about.
    ///
    /// # Errors
    ///
    /// What AWS refuses, or does not answer for minutes.
    pub async fn look(&mut self, at: Duration) -> Result<Vec<(String, Told)>, Fault> {
        match self.see(at).await {
            Ok(told) => {
                self.blind_since = None;
                self.pause = LOOK;
                Ok(told)
            }
            // The deployment goes on whether it is seen or not.
            Err(fault) if passes(&fault) => {
                let since = *self.blind_since.get_or_insert(at);
                if at.saturating_sub(since) > BLIND {
                    return Err(fault);
                }
                let first = self.pause == LOOK;
                self.pause = (self.pause * 2).min(Duration::from_secs(8));
                let open = self.open().map(|one| one.followed.live.name.clone());
                Ok(open
                    .filter(|_| first)
                    .map(|name| (name, Told::Blind(fault.to_string())))
                    .collect())
            }
            Err(fault) => Err(fault),
        }
    }

    /// How long to wait before the next look.
    pub fn pause(&self, at: Duration) -> Duration {
        let baking = |one: &One| {
            let bake = one.machine.last().and_then(|last| last.bake);
            one.baking
                .zip(bake)
                .is_some_and(|(since, bake)| at.saturating_sub(since) + 4 * BAKING < bake)
        };
        let mut open = self.open().peekable();
        if open.peek().is_some() && open.all(baking) {
            self.pause.max(BAKING)
        } else {
            self.pause
        }
    }

    /// Whether all have ended.
    pub fn done(&self) -> bool {
        self.open().next().is_none()
    }

    /// Rolls back all that have not ended.
    pub async fn stop(&self) -> Result<(), Fault> {
        for one in self.open() {
            if let Some(deployment) = &one.followed.deployment {
                word::stop(&self.aws, deployment).await?;
            }
        }
        Ok(())
    }

    /// Each rollout with how it ended (nothing where it still goes) and the tasks that failed on the way.
    pub fn ends(&self) -> impl Iterator<Item = (&Followed, Option<&Outcome>, &[Stopped])> {
        self.all
            .iter()
            .map(|one| (&one.followed, one.machine.outcome(), one.stopped.as_slice()))
    }

    fn open(&self) -> impl Iterator<Item = &One> {
        self.all
            .iter()
            .filter(|one| one.machine.outcome().is_none() && one.failed.is_none())
    }

    async fn see(&mut self, at: Duration) -> Result<Vec<(String, Told)>, Fault> {
        let services = self.services().await?;
        let service = |one: &One| services.get(one.followed.live.arn.as_str());
        let arns: Vec<String> = self
            .open()
            .filter_map(|one| match &one.followed.deployment {
                Some(arn) => Some(arn.clone()),
                None => service(one)
                    .and_then(|service| service.current_service_deployment.clone())
                    .filter(|arn| !one.followed.known.contains(arn)),
            })
            .collect();
        let deployments = word::describe(&self.aws, &arns).await?;
        let mut told = Vec::new();
        let aws = self.aws.clone();
        for one in &mut self.all {
            if one.machine.outcome().is_some() || one.failed.is_some() {
                continue;
            }
            let service = services.get(one.followed.live.arn.as_str());
            if one.followed.deployment.is_none() {
                one.identify(&aws, &deployments, at).await?;
            }
            let name = one.followed.live.name.clone();
            let seen = deployments
                .iter()
                .find(|seen| seen.service_deployment_arn() == one.followed.deployment.as_deref());
            let Some(seen) = seen else { continue };
            let news = one.take_in(&aws, at, Sight::of(seen, service)).await?;
            told.extend(news.into_iter().map(|told| (name.clone(), told)));
        }
        Ok(told)
    }

    /// The services of open rollouts, by ARN.
    async fn services(&self) -> Result<BTreeMap<String, Service>, Fault> {
        // As many as one DescribeServices takes; they share their cluster.
        const TEN: usize = 10;
        let arns: Vec<String> = self
            .open()
            .map(|one| one.followed.live.arn.clone())
            .collect();
        let Some(cluster) = self
            .open()
            .map(|one| one.followed.live.cluster.clone())
            .next()
        else {
            return Ok(BTreeMap::new());
        };
        let batches: Vec<Vec<String>> = arns.chunks(TEN).map(<[String]>::to_vec).collect();
        let read = |batch: Vec<String>| {
            let call = self
                .aws
                .ecs
                .describe_services()
                .cluster(&cluster)
                .set_services(Some(batch));
            async move {
                let answer = call.send().await.map_err(fault("ecs:DescribeServices"))?;
                Ok::<_, Fault>(answer.services.unwrap_or_default())
            }
        };
        let found = self.aws.crowd(batches, read).await?;
        Ok(found
            .into_iter()
            .flatten()
            .filter_map(|service| Some((service.service_arn.clone()?, service)))
            .collect())
    }
}

impl One {
    /// Finds the deployment that brings our task definition: the answer to the call that started it may not have named
    /// it yet, and somebody else may have started another one at the same time.
    async fn identify(
        &mut self,
        aws: &Aws,
        seen: &[ServiceDeployment],
        at: Duration,
    ) -> Result<(), Fault> {
        let of_service = seen
            .iter()
            .filter(|one| one.service_arn() == Some(&self.followed.live.arn))
            .filter_map(|one| {
                let revision = one.target_service_revision()?.arn()?;
                Some((
                    one.service_deployment_arn()?.to_owned(),
                    revision.to_owned(),
                ))
            });
        let mut candidates: Vec<(String, String)> = of_service.collect();
        if candidates.is_empty() && at > LOOK {
            candidates = before::deployments(aws, &self.followed.live)
                .await?
                .into_iter()
                .filter_map(|one| {
                    Some((
                        one.service_deployment_arn?,
                        one.target_service_revision_arn?,
                    ))
                })
                .filter(|(arn, _)| !self.followed.known.contains(arn))
                .take(20)
                .collect();
        }
        let revisions: Vec<String> = candidates.iter().map(|(_, arn)| arn.clone()).collect();
        let ours = before::describe(aws, &revisions)
            .await?
            .into_iter()
            .find(|revision| revision.task_definition() == Some(&self.followed.definition))
            .and_then(|revision| revision.service_revision_arn);
        self.followed.deployment = candidates
            .into_iter()
            .find(|(_, revision)| Some(revision) == ours.as_ref())
            .map(|(arn, _)| arn);
        if self.followed.deployment.is_none() && at > UNSEEN {
            let message = format!(
                "ECS shows no deployment of {} for service {}",
                self.followed.definition, self.followed.live.aws_name
            );
            return Err(
                Fault::own("ecs:ListServiceDeployments", message).remedy(format!(
                    "hcctl status {} shows what runs; run the deploy again to go on",
                    aws.scope.environment
                )),
            );
        }
        Ok(())
    }

    async fn take_in(&mut self, aws: &Aws, at: Duration, sight: Sight) -> Result<Vec<Told>, Fault> {
        let mut sight = sight;
        // ECS would return to the revision that stands for none, whose tasks cannot start.
        let back = matches!(
            sight.status,
            Status::GoingBack | Status::RolledBack | Status::RollbackFailed
        );
        if back && self.followed.live.is_waiting() {
            sight.status = Status::Stopped;
        }
        let bakes = sight.stage.as_deref() == Some("BAKE_TIME") && sight.status == Status::Going;
        self.baking = bakes.then(|| self.baking.unwrap_or(at));
        let news = self.machine.see(at, sight);
        let failing = news.iter().any(|news| {
            matches!(
                news,
                News::Failing(_) | News::GoingBack(_) | News::Trouble(_) | News::Ended(_)
            ) && !matches!(news, News::Ended(Outcome::Succeeded | Outcome::NothingRan))
        });
        let mut told = Vec::new();
        if failing {
            told.extend(self.evidence(aws).await?);
        }
        // Reasons first: they explain what follows.
        told.extend(news.into_iter().map(Told::News));
        if let Some(Advice::Stop(why)) = self.machine.advice(at)
            && let Some(deployment) = &self.followed.deployment
        {
            word::stop(aws, deployment).await?;
            told.push(Told::Stopping(why));
        }
        Ok(told)
    }

    /// The ends of tasks that were not told yet, one of each sort.
    async fn evidence(&mut self, aws: &Aws) -> Result<Vec<Told>, Fault> {
        let definition = &self.followed.definition;
        let stopped =
            evidence::stopped(aws, &self.followed.live, definition, &mut self.known).await?;
        let new: Vec<Stopped> = stopped
            .into_iter()
            .filter(|one| self.sorts.insert(one.sort()))
            .collect();
        self.stopped.extend(new.iter().cloned());
        Ok(new.into_iter().map(Told::Stopped).collect())
    }
}

/// Whether a failed look may be a passing one.
fn passes(fault: &Fault) -> bool {
    matches!(
        fault.class,
        Class::Throttled | Class::Unreachable | Class::NotYet
    ) || fault.is("ServerException")
        || fault.is("InternalFailure")
        || fault.is("ServiceUnavailable")
}
