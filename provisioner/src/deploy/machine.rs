//! What the sights of a rollout mean, one after the other. Pure: time is told, nothing is called.

use std::collections::BTreeSet;
use std::time::Duration;

use super::evidence::without_ids;
use super::sight::{Sight, Status, Waiting};

/// After so long without ECS acting on its own threshold of failures, hcctl acts: without a circuit breaker (canary and
/// linear deployments have none that is documented) ECS would go on starting tasks that fail for ever.
const GRACE: Duration = Duration::from_secs(10);

/// Something new about a rollout. Each is told once.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// Another stage began, as ECS spells it.
    Stage(String),
    /// More or fewer tasks of the new revision run.
    Tasks {
        /// So many run.
        running: u32,
        /// So many are to run.
        wanted: u32,
    },
    /// The new revision's share of production traffic, in percent.
    Traffic(f64),
    /// All traffic has moved, and the old revision stays for a while.
    Baking(Duration),
    /// It waits for somebody's word.
    Waiting(Waiting),
    /// More tasks failed: so many by now. The reasons are worth a look.
    Failing(u32),
    /// An event of the service that tells of trouble.
    Trouble(String),
    /// Alarms have gone off.
    Alarms(Vec<String>),
    /// It goes back, and why.
    GoingBack(Option<String>),
    /// It is over.
    Ended(Outcome),
}

/// How a rollout ended. Only [`Outcome::Succeeded`] is a success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The new revision serves.
    Succeeded,
    /// ECS calls it a success, and the service stands at no tasks: nobody knows whether the image runs.
    NothingRan,
    /// The old revision serves again.
    RolledBack(String),
    /// It was to be rolled back, and that failed too.
    RollbackFailed(String),
    /// It was stopped, and there was nothing to go back to.
    Stopped(String),
    /// Another deployment took its place.
    Overtaken(String),
}

impl Outcome {
    /// Its name in documents.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::NothingRan => "nothing_ran",
            Self::RolledBack(_) => "rolled_back",
            Self::RollbackFailed(_) => "rollback_failed",
            Self::Stopped(_) => "stopped",
            Self::Overtaken(_) => "overtaken",
        }
    }
}

/// What hcctl is to do about a rollout by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Stop it and roll back, because of this.
    Stop(String),
}

/// One rollout, from its start to its end.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    last: Option<Sight>,
    /// Since when there are more failures than the threshold.
    hopeless: Option<Duration>,
    stopped: bool,
    /// Whether a task of the new revision was ever seen running.
    ran: bool,
    /// The sorts of trouble that were told.
    troubles: BTreeSet<String>,
    outcome: Option<Outcome>,
}

impl Machine {
    /// Takes in what is seen `now`, counted from any fixed moment, and says what is new.
    pub fn see(&mut self, now: Duration, sight: Sight) -> Vec<News> {
        if self.outcome.is_some() {
            return Vec::new();
        }
        let mut news = Vec::new();
        let last = self.last.as_ref();
        let changed = |part: fn(&Sight) -> Option<String>| {
            part(&sight).filter(|new| last.and_then(part).as_ref() != Some(new))
        };
        // On the way back the stages are another revision's, and would be told of the wrong one.
        let forward = matches!(sight.status, Status::Going | Status::Successful);
        if let Some(stage) = changed(|sight| sight.stage.clone()).filter(|_| forward) {
            let bakes = stage == "BAKE_TIME" && sight.status == Status::Going;
            news.push(News::Stage(stage));
            news.extend(
                sight
                    .bake
                    .filter(|bake| bakes && !bake.is_zero())
                    .map(News::Baking),
            );
        }
        let counts = |sight: &Sight| (sight.running, sight.wanted);
        if last.map(counts) != Some(counts(&sight)) && sight.wanted > 0 && !sight.status.is_over() {
            let (running, wanted) = counts(&sight);
            news.push(News::Tasks { running, wanted });
        }
        let share = |sight: &Sight| sight.production;
        if let Some(production) = sight.production
            && last.and_then(share) != Some(production)
            && (last.is_some() || production > 0.0)
        {
            news.push(News::Traffic(production));
        }
        if let Some(waiting) = &sight.waiting
            && last.and_then(|last| last.waiting.as_ref()) != Some(waiting)
        {
            news.push(News::Waiting(waiting.clone()));
        }
        if sight.failed > last.map_or(0, |last| last.failed) {
            news.push(News::Failing(sight.failed));
        }
        // The next task's trouble is no news where only its id differs.
        if let Some(trouble) = changed(|sight| sight.trouble.clone())
            && self.troubles.insert(without_ids(&trouble))
        {
            news.push(News::Trouble(trouble));
        }
        if !sight.alarms.is_empty() && last.map(|last| &last.alarms) != Some(&sight.alarms) {
            news.push(News::Alarms(sight.alarms.clone()));
        }
        let went = last.map(|last| last.status) == Some(Status::GoingBack);
        // Also where the whole way back was made between two looks.
        let back = matches!(sight.status, Status::GoingBack | Status::RolledBack);
        if back && !went {
            news.push(News::GoingBack(sight.reason.clone()));
        }
        self.ran |= sight.running > 0;
        self.hopeless = (sight.status == Status::Going && sight.failed >= limit(&sight))
            .then(|| self.hopeless.unwrap_or(now));
        if sight.status.is_over() {
            let outcome = outcome(&sight, self.ran);
            news.push(News::Ended(outcome.clone()));
            self.outcome = Some(outcome);
        }
        self.last = Some(sight);
        news
    }

    /// What hcctl is to do by itself; each advice is given once.
    pub fn advice(&mut self, now: Duration) -> Option<Advice> {
        let since = self.hopeless?;
        if self.stopped || now.saturating_sub(since) < GRACE {
            return None;
        }
        self.stopped = true;
        let failed = self.last.as_ref().map_or(0, |last| last.failed);
        Some(Advice::Stop(format!(
            "{failed} tasks failed and ECS goes on starting new ones"
        )))
    }

    /// How it ended, once it has.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// The latest sight.
    pub fn last(&self) -> Option<&Sight> {
        self.last.as_ref()
    }
}

/// So many failures are too many: ECS's own rule, half the tasks, between 3 and 200.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html>
fn limit(sight: &Sight) -> u32 {
    sight
        .threshold
        .unwrap_or_else(|| sight.wanted.div_ceil(2).clamp(3, 200))
}

fn outcome(sight: &Sight, ran: bool) -> Outcome {
    let alarms = (!sight.alarms.is_empty()).then(|| format!("alarm {}", sight.alarms.join(", ")));
    let why = sight
        .reason
        .clone()
        .or(alarms)
        .or_else(|| sight.trouble.clone())
        .unwrap_or_else(|| "ECS gave no reason".to_owned());
    match (sight.status, &sight.overtaken_by) {
        (Status::Successful, _) if sight.idle && !ran => Outcome::NothingRan,
        (Status::Successful, _) => Outcome::Succeeded,
        (Status::RolledBack, _) => Outcome::RolledBack(why),
        (Status::Stopped, Some(by)) => Outcome::Overtaken(by.clone()),
        (Status::Stopped, None) => Outcome::Stopped(why),
        // `Going` does not come here: it is not over.
        _ => Outcome::RollbackFailed(why),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sight() -> Sight {
        Sight {
            status: Status::Going,
            reason: None,
            stage: None,
            wanted: 2,
            running: 0,
            idle: false,
            production: None,
            test: None,
            failed: 0,
            threshold: None,
            alarms: Vec::new(),
            waiting: None,
            overtaken_by: None,
            bake: None,
            trouble: None,
        }
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn everything_is_told_once() {
        let mut machine = Machine::default();
        let first = machine.see(seconds(0), sight());
        assert_eq!(
            first,
            [News::Tasks {
                running: 0,
                wanted: 2
            }]
        );
        assert_eq!(machine.see(seconds(1), sight()), []);
        let more = Sight {
            running: 2,
            stage: Some("BAKE_TIME".to_owned()),
            bake: Some(seconds(300)),
            production: Some(100.0),
            ..sight()
        };
        assert_eq!(
            machine.see(seconds(2), more.clone()),
            [
                News::Stage("BAKE_TIME".to_owned()),
                News::Baking(seconds(300)),
                News::Tasks {
                    running: 2,
                    wanted: 2
                },
                News::Traffic(100.0),
            ]
        );
        let done = Sight {
            status: Status::Successful,
            ..more
        };
        let ended = machine.see(seconds(3), done.clone());
        assert_eq!(ended, [News::Ended(Outcome::Succeeded)]);
        assert_eq!(machine.see(seconds(4), done), []);
        assert_eq!(machine.outcome(), Some(&Outcome::Succeeded));
    }

    #[test]
    fn a_rollback_is_told_with_its_reason_and_ends_as_a_failure() {
        let mut machine = Machine::default();
        let back = Sight {
            status: Status::GoingBack,
            alarms: vec!["errors".to_owned()],
            ..sight()
        };
        let news = machine.see(seconds(0), back.clone());
        assert!(news.contains(&News::Alarms(vec!["errors".to_owned()])));
        assert!(news.contains(&News::GoingBack(None)));
        let done = Sight {
            status: Status::RolledBack,
            ..back
        };
        let ended = machine.see(seconds(1), done);
        let outcome = Outcome::RolledBack("alarm errors".to_owned());
        assert_eq!(ended, [News::Ended(outcome)]);
    }

    #[test]
    fn without_a_circuit_breaker_hcctl_gives_up_after_a_while() {
        let failing = || Sight {
            failed: 3,
            ..sight()
        };
        let mut machine = Machine::default();
        machine.see(seconds(5), failing());
        assert_eq!(machine.advice(seconds(6)), None, "ECS may act itself");
        machine.see(seconds(16), failing());
        assert!(
            matches!(machine.advice(seconds(16)), Some(Advice::Stop(why)) if why.contains('3'))
        );
        assert_eq!(machine.advice(seconds(17)), None, "once");
        let mut patient = Machine::default();
        let threshold = Some(5);
        patient.see(
            seconds(0),
            Sight {
                threshold,
                ..failing()
            },
        );
        assert_eq!(patient.advice(seconds(60)), None, "ECS bears more");
    }

    #[test]
    fn a_stop_by_another_deployment_is_no_rollback() {
        let mut machine = Machine::default();
        let stopped = Sight {
            status: Status::Stopped,
            overtaken_by: Some("arn:other".to_owned()),
            ..sight()
        };
        machine.see(seconds(0), stopped);
        let by = Outcome::Overtaken("arn:other".to_owned());
        assert_eq!(machine.outcome(), Some(&by));
    }

    #[test]
    fn a_success_without_a_task_is_none() {
        let end = |before: u32, idle: bool| {
            let mut machine = Machine::default();
            let running = Sight {
                running: before,
                ..sight()
            };
            machine.see(seconds(0), running);
            let done = Sight {
                status: Status::Successful,
                wanted: 0,
                idle,
                ..sight()
            };
            machine.see(seconds(1), done);
            machine.outcome().unwrap().word()
        };
        assert_eq!(end(0, true), "nothing_ran");
        assert_eq!(end(0, false), "succeeded", "too fast for two looks");
        assert_eq!(end(2, true), "succeeded", "it ran, and was scaled in");
    }

    fn any_sight() -> impl Strategy<Value = Sight> {
        let status = prop_oneof![
            4 => Just(Status::Going),
            2 => Just(Status::GoingBack),
            1 => Just(Status::Successful),
            1 => Just(Status::Stopped),
            1 => Just(Status::RolledBack),
            1 => Just(Status::RollbackFailed),
        ];
        (status, 0_u32..4, 0_u32..6, proptest::option::of(0.0..100.0)).prop_map(
            |(status, running, failed, production)| Sight {
                status,
                running,
                production,
                failed,
                ..sight()
            },
        )
    }

    proptest! {
        /// Whatever is seen: an end is told exactly once, at the first sight that is over, and nothing after it.
        #[test]
        fn it_ends_once(sights in proptest::collection::vec(any_sight(), 0..20)) {
            let mut machine = Machine::default();
            let over = sights.iter().position(|sight| sight.status.is_over());
            let mut ended = None;
            for (at, sight) in sights.into_iter().enumerate() {
                let success = sight.status == Status::Successful;
                let news = machine.see(seconds(at as u64), sight);
                if ended.is_some() {
                    prop_assert!(news.is_empty());
                } else if let Some(News::Ended(outcome)) = news.last() {
                    prop_assert_eq!(success, *outcome == Outcome::Succeeded);
                    ended = Some(at);
                }
            }
            prop_assert_eq!(ended, over);
        }
    }
}
