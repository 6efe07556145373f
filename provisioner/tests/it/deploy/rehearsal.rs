//! An account in this process in which v1 runs, whose time passes only while somebody waits; who is told what happens to its
//! deployments, and who answers.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use hcctl::deploy::{News, Told};
use hcctl::journal::{self, End, Planned, Run};
use hcctl::lock;
use hcctl::operation::deploy::{Ended, Request, Rollout, deploy};
use hcctl::operation::status::status;
use hcctl::operation::{
    Ask, Clock, CommandError, Context, Decision, Event, Events, Interrupts, Stop, Wanted,
};
use hcctl_sandbox::{Pace, Sandbox, Settings};
use tokio::sync::Notify;

use super::stage::{dev, put_image, settings};
use crate::support::world::{World, lines, parse};

/// The service that is deployed.
pub const SERVICE: &str = "patient";
/// The tags that its repository holds.
const IMAGES: [&str; 4] = ["v1", "v2", "fails-health", "fails-pull"];

/// Time that passes only in the account.
struct Stepped {
    sandbox: Sandbox,
    passed: AtomicU64,
}

impl Clock for Stepped {
    fn now(&self) -> Duration {
        Duration::from_millis(self.passed.load(Ordering::Relaxed))
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let ms = u64::try_from(time.as_millis()).unwrap();
            self.sandbox.advance(ms);
            self.passed.fetch_add(ms, Ordering::Relaxed);
            // Whoever does something meanwhile gets on with it.
            tokio::task::yield_now().await;
        })
    }
}

/// Takes in what happens; once something has happened, somebody may do something.
#[derive(Default)]
pub struct Recorder {
    pub told: Mutex<Vec<Told>>,
    pub until: Option<fn(&Told) -> bool>,
    pub reached: AtomicBool,
    pub wake: Notify,
}

impl Recorder {
    pub fn until(until: fn(&Told) -> bool) -> Self {
        Self {
            until: Some(until),
            ..Self::default()
        }
    }

    pub fn news(&self) -> Vec<News> {
        let told = self.told.lock().unwrap();
        let news = told.iter().filter_map(|told| match told {
            Told::News(news) => Some(news.clone()),
            _ => None,
        });
        news.collect()
    }
}

impl Events for Recorder {
    fn tell(&self, event: Event<'_>) -> Result<(), CommandError> {
        let Event::Rollout { told, .. } = event else {
            return Ok(());
        };
        self.told.lock().unwrap().push(told.clone());
        if self.until.is_some_and(|until| until(told))
            && !self.reached.swap(true, Ordering::Relaxed)
        {
            self.wake.notify_one();
        }
        Ok(())
    }
}

/// Answers every interrupt in the same way; there is one when it is told so.
#[derive(Clone)]
pub struct Answer {
    pub decision: Decision,
    pub interrupt: Arc<Notify>,
}

impl Answer {
    pub fn new(decision: Decision) -> Self {
        Self {
            decision,
            interrupt: Arc::new(Notify::new()),
        }
    }
}

impl Ask for Answer {
    type Interrupts = Self;

    fn confirm(&self, _: &str, _: Option<&str>) -> Result<(), CommandError> {
        Ok(())
    }

    fn stop(&self) -> Stop {
        Stop::default()
    }

    fn interrupts(&self) -> io::Result<Self> {
        Ok(self.clone())
    }
}

impl Interrupts for Answer {
    async fn next(&mut self) {
        self.interrupt.notified().await;
    }

    async fn decide(&mut self) -> io::Result<Decision> {
        Ok(self.decision)
    }
}

/// An account in which v1 runs, with two tasks a service.
pub struct Rehearsal {
    pub world: World,
    pub base: Context,
}

impl Rehearsal {
    pub async fn new(strategy: &str) -> Self {
        let mut settings = Settings {
            pace: Pace::Stepped { ms_per_call: 10 },
            ..settings()
        };
        // Time costs nothing here, and leaves a middle in which to do something.
        settings.delays.target_healthy = 10_000;
        settings.delays.minute = 10_000;
        let environment = parse("dev", &dev(strategy));
        let world = World::settled(settings, &environment).await;
        let aws = world.aws(&environment).await;
        for service in environment.services.keys() {
            for tag in IMAGES {
                Box::pin(put_image(&aws, service.as_str(), tag)).await;
            }
        }
        let clock = Stepped {
            sandbox: world.sandbox.clone(),
            passed: AtomicU64::new(0),
        };
        let context = Context {
            environment,
            file: "environments/dev.yaml".into(),
            aws,
            profile: None,
            command: "hcctl".to_owned(),
            limit: None,
            clock: Arc::new(clock),
        };
        let rehearsal = Self {
            world,
            base: context,
        };
        let all = rehearsal.base.environment.services.keys();
        let all: Vec<String> = all.map(ToString::to_string).collect();
        let first = Self::request("v1", &all);
        let recorder = Recorder::default();
        let rollout = rehearsal.deploy(&first, &recorder).await;
        rollout.verdict.unwrap();
        rehearsal.world.sandbox.reset_lowest();
        rehearsal
    }

    /// What a further run works with: it remembers nothing of the ones before.
    pub fn context(&self) -> Context {
        Context {
            aws: self.base.aws.fresh(),
            ..self.base.clone()
        }
    }

    fn request(image: &str, services: &[String]) -> Request {
        let images = services.iter();
        let images = images.map(|name| (name.clone(), image.to_owned()));
        Request {
            verb: "deploy",
            images: images.collect(),
            tags: [].into(),
            cure: false,
            restart: false,
            prepare: true,
        }
    }

    pub fn one(image: &str) -> Request {
        Self::request(image, &[SERVICE.to_owned()])
    }

    pub async fn deploy(&self, request: &Request, recorder: &Recorder) -> Rollout {
        let ask = Answer::new(Decision::Follow);
        Box::pin(deploy(&self.context(), request, recorder, &ask))
            .await
            .unwrap_or_else(|error| panic!("{error:?}"))
    }

    /// Deploys an image, while `meddle` does something once `until` has happened.
    pub async fn meddled(
        &self,
        image: &str,
        until: fn(&Told) -> bool,
        meddle: impl AsyncFnOnce(&Self),
    ) -> (Ended, Rollout, Recorder) {
        let recorder = Recorder::until(until);
        let request = Rehearsal::one(image);
        let deploying = async {
            let rollout = self.deploy(&request, &recorder).await;
            assert!(
                recorder.reached.load(Ordering::Relaxed),
                "it never came to that: {:#?}",
                recorder.told.lock().unwrap()
            );
            rollout
        };
        let meddling = async {
            recorder.wake.notified().await;
            meddle(self).await;
        };
        let (rollout, ()) = tokio::join!(Box::pin(deploying), Box::pin(meddling));
        (rollout.services[0].clone(), rollout, recorder)
    }

    /// The tag of the image that runs.
    pub async fn image(&self) -> String {
        let context = self.context();
        let status = Box::pin(status(&context, &context.aws, None)).await;
        let services = status.unwrap().services;
        let one = services.iter().find(|one| one.live.name == SERVICE);
        one.unwrap().tags.first().cloned().unwrap_or_default()
    }

    /// This image runs, nothing is left to do, no more than the wanted number of tasks ever failed to serve, nothing is
    /// locked, and the journal tells how the last run ended.
    pub async fn is_sound(&self, image: &str, end: &End) {
        const WANTED: u32 = 2;
        assert_eq!(self.image().await, image);
        for (service, lowest) in self.world.sandbox.lowest_serving() {
            assert!(
                lowest >= WANTED,
                "{service} was down to {lowest} healthy tasks"
            );
        }
        for (service, serving) in self.world.sandbox.serving() {
            assert!(
                serving.healthy_under_traffic >= WANTED,
                "{service}: {serving:?}"
            );
        }
        let context = self.context();
        let seen = Box::pin(context.observe(Wanted::File)).await.unwrap();
        assert!(seen.plan.is_empty(), "{:#?}", lines(&seen.plan));
        assert_eq!(lock::holder(&self.context().aws).await.unwrap(), None);
        let runs = journal::latest(&self.context().aws, 10).await.unwrap();
        let tells = |run: &Run| {
            let done = *end == End::Done;
            let rolled_out = |tags: &BTreeMap<String, String>| {
                (tags.get(SERVICE).map(String::as_str) == Some(image)) == done
            };
            run.command == "deploy"
                && run.end == *end
                && matches!(&run.plan, Planned::Images { tags, .. } if rolled_out(tags))
        };
        assert!(runs.iter().any(tells), "{runs:#?}");
    }
}
