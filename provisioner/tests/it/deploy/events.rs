//! Each strategy with each thing that can happen to a deployment, in this process.

use std::time::Duration;

use hcctl::deploy::{News, Outcome, Told};
use hcctl::journal::End;
use hcctl::lock;
use hcctl::operation::deploy::{Rollout, deploy};
use hcctl::operation::rollback::{Back, rollback};
use hcctl::operation::{Decision, Kind};

use super::rehearsal::{Answer, Recorder, Rehearsal, SERVICE};
use super::stage::STRATEGIES;

/// Runs a case for every strategy of these.
async fn only(names: &[&str], case: impl AsyncFn(Rehearsal)) {
    let mut ran = 0;
    for (name, _) in STRATEGIES.iter().filter(|(name, _)| names.contains(name)) {
        println!("{name}");
        case(Box::pin(Rehearsal::new(name)).await).await;
        ran += 1;
    }
    assert_eq!(ran, names.len());
}

/// Runs a case for every strategy.
async fn each(case: impl AsyncFn(Rehearsal)) {
    only(&["rolling", "blue_green", "canary", "linear"], case).await;
}

/// New tasks run, and do not serve yet.
fn middle(told: &Told) -> bool {
    matches!(told, Told::News(News::Tasks { running, .. }) if *running > 0)
}

fn kind(rollout: &Rollout) -> Option<Kind> {
    rollout.verdict.as_ref().err().map(|error| error.kind)
}

#[tokio::test]
async fn a_good_image_serves_in_the_end() {
    each(async |stage| {
        let recorder = Recorder::default();
        let rollout = stage.deploy(&Rehearsal::one("v2"), &recorder).await;
        assert_eq!(kind(&rollout), None);
        let ended = &rollout.services[0];
        assert_eq!(ended.outcome, Some(Outcome::Succeeded));
        assert_eq!(
            (ended.from.as_deref(), ended.to.as_str()),
            (Some("v1"), "v2")
        );
        let last = recorder.news().pop();
        assert_eq!(last, Some(News::Ended(Outcome::Succeeded)));
        stage.is_sound("v2", &End::Done).await;
        let again = stage.deploy(&Rehearsal::one("v2"), &recorder).await;
        assert!(again.services[0].already);
        assert_eq!(kind(&again), None);
    })
    .await;
}

#[tokio::test]
async fn an_image_that_fails_is_rolled_back_with_the_reason() {
    for (image, reason) in [
        ("fails-health", "ELB health checks"),
        ("fails-pull", "CannotPullContainerError"),
    ] {
        each(async |stage| {
            let recorder = Recorder::default();
            let rollout = stage.deploy(&Rehearsal::one(image), &recorder).await;
            assert_eq!(kind(&rollout), Some(Kind::RolledBack));
            let ended = &rollout.services[0];
            assert!(
                matches!(ended.outcome, Some(Outcome::RolledBack(_))),
                "{ended:?}"
            );
            let reasons = ended.stopped.iter();
            assert!(
                reasons.into_iter().any(|task| task.reason.contains(reason)),
                "{ended:?}"
            );
            let news = recorder.news();
            assert!(
                news.iter().any(|news| matches!(news, News::GoingBack(_))),
                "{news:?}"
            );
            stage.is_sound("v1", &End::Failed).await;
        })
        .await;
    }
}

#[tokio::test]
async fn an_alarm_in_the_bake_rolls_back() {
    only(&["blue_green", "canary", "linear"], async |stage| {
        let alarm = "healthcare-app-dev-patient-5xx";
        let set = |stage: &Rehearsal, value| {
            let sandbox = &stage.world.sandbox;
            assert!(sandbox.set_alarm_state("us-east-1", alarm, value));
        };
        let baking = |told: &Told| matches!(told, Told::News(News::Baking(_)));
        let (ended, rollout, recorder) = stage
            .meddled("v2", baking, async |stage| set(stage, "ALARM"))
            .await;
        assert_eq!(kind(&rollout), Some(Kind::RolledBack));
        assert!(
            matches!(&ended.outcome, Some(Outcome::RolledBack(why)) if why.contains(alarm)),
            "{ended:?}"
        );
        let news = recorder.news();
        assert!(
            news.contains(&News::Alarms(vec![alarm.to_owned()])),
            "{news:?}"
        );
        set(&stage, "OK");
        stage.is_sound("v1", &End::Failed).await;
    })
    .await;
}

#[tokio::test]
async fn an_operator_stops_a_deployment() {
    each(async |stage| {
        let stop = async |stage: &Rehearsal| {
            let (recorder, ask) = (Recorder::default(), Answer::new(Decision::Follow));
            let services = [SERVICE.to_owned()];
            let context = stage.context();
            let back = rollback(&context, &services, None, &recorder, &ask);
            let back = Box::pin(back).await.unwrap();
            assert!(matches!(back, Back::Stopped), "{back:?}");
        };
        let (ended, rollout, _) = stage.meddled("v2", middle, stop).await;
        assert_eq!(kind(&rollout), Some(Kind::RolledBack));
        assert!(
            matches!(ended.outcome, Some(Outcome::RolledBack(_))),
            "{ended:?}"
        );
        stage.is_sound("v1", &End::Failed).await;
    })
    .await;
}

#[tokio::test]
async fn another_deployment_overtakes() {
    each(async |stage| {
        let (ended, rollout, _) = stage.meddled("v2", middle, overtake).await;
        assert_eq!(kind(&rollout), Some(Kind::RolledBack));
        assert!(
            matches!(ended.outcome, Some(Outcome::Overtaken(_))),
            "{ended:?}"
        );
        // What came later is somebody else's to follow; its end is waited for, and leaves nothing to do.
        let again = stage
            .deploy(&Rehearsal::one("v1"), &Recorder::default())
            .await;
        assert_eq!(kind(&again), None);
        stage.is_sound("v1", &End::Failed).await;
    })
    .await;
}

/// Somebody without hcctl tells the service to run the definition of v1 again.
async fn overtake(stage: &Rehearsal) {
    let aws = stage.context().aws;
    let call = aws.ecs.update_service();
    let call = call.cluster(aws.scope.name("cluster"));
    let call = call.service(aws.scope.name("patient-service"));
    let call = call.task_definition(format!("{}:2", aws.scope.name("patient-service")));
    Box::pin(call.force_new_deployment(true).send())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_killed_deploy_is_followed_by_the_next_one() {
    each(async |stage| {
        let (recorder, ask) = (Recorder::until(middle), Answer::new(Decision::Follow));
        let request = Rehearsal::one("v2");
        {
            let context = stage.context();
            let killed = Box::pin(deploy(&context, &request, &recorder, &ask));
            let killing = Box::pin(recorder.wake.notified());
            let first = futures_util::future::select(killed, killing).await;
            assert!(matches!(first, futures_util::future::Either::Right(_)));
        }
        let held = Box::pin(deploy(&stage.context(), &request, &recorder, &ask)).await;
        assert_eq!(held.err().map(|error| error.kind), Some(Kind::Refused));
        let (_, etag) = lock::holder(&stage.context().aws).await.unwrap().unwrap();
        lock::break_lease(&stage.context().aws, &etag)
            .await
            .unwrap();
        let next = Recorder::default();
        let rollout = stage.deploy(&request, &next).await;
        assert_eq!(rollout.services[0].outcome, Some(Outcome::Succeeded));
        stage.is_sound("v2", &End::Done).await;
    })
    .await;
}

#[tokio::test]
async fn throttled_looks_are_made_again() {
    each(async |stage| {
        let throttle = async |stage: &Rehearsal| {
            let sandbox = &stage.world.sandbox;
            sandbox.throttle_next("DescribeServiceDeployments", 1);
            sandbox.throttle_next("DescribeServices", 2);
        };
        let (ended, ..) = stage.meddled("v2", middle, throttle).await;
        assert_eq!(ended.outcome, Some(Outcome::Succeeded));
        stage.is_sound("v2", &End::Done).await;
    })
    .await;
}

/// Deploys v2 and interrupts it in the middle.
async fn interrupted(stage: &Rehearsal, decision: Decision) -> Rollout {
    let (recorder, ask) = (Recorder::until(middle), Answer::new(decision));
    let request = Rehearsal::one("v2");
    let context = stage.context();
    let deploying = Box::pin(deploy(&context, &request, &recorder, &ask));
    let interrupting = async {
        recorder.wake.notified().await;
        ask.interrupt.notify_one();
    };
    let (rollout, ()) = tokio::join!(deploying, interrupting);
    rollout.unwrap_or_else(|error| panic!("{error:?}"))
}

#[tokio::test]
async fn an_interrupt_leaves_the_deployment_running() {
    each(async |stage| {
        let rollout = interrupted(&stage, Decision::Leave).await;
        let left = rollout.left.unwrap_err();
        assert_eq!(left.kind, Kind::Interrupted);
        assert_eq!(rollout.services[0].outcome, None);
        let again = stage
            .deploy(&Rehearsal::one("v2"), &Recorder::default())
            .await;
        assert_eq!(again.services[0].outcome, Some(Outcome::Succeeded));
        stage.is_sound("v2", &End::Done).await;
    })
    .await;
}

#[tokio::test]
async fn an_interrupt_can_roll_back_or_go_on() {
    each(async |stage| {
        let rollout = interrupted(&stage, Decision::RollBack).await;
        rollout.left.unwrap();
        let ended = &rollout.services[0];
        assert!(
            matches!(ended.outcome, Some(Outcome::RolledBack(_))),
            "{ended:?}"
        );
        stage.is_sound("v1", &End::Failed).await;
        let rollout = interrupted(&stage, Decision::Follow).await;
        rollout.left.unwrap();
        assert_eq!(rollout.services[0].outcome, Some(Outcome::Succeeded));
        stage.is_sound("v2", &End::Done).await;
    })
    .await;
}

#[tokio::test]
async fn a_time_limit_leaves_the_deployment_running() {
    each(async |mut stage| {
        stage.base.limit = Some(Duration::from_secs(3));
        let rollout = stage
            .deploy(&Rehearsal::one("v2"), &Recorder::default())
            .await;
        let left = rollout.left.unwrap_err();
        assert_eq!(left.kind, Kind::Failed);
        assert!(left.message.contains("the time limit of 3 s"), "{left:?}");
        stage.base.limit = None;
        let again = stage
            .deploy(&Rehearsal::one("v2"), &Recorder::default())
            .await;
        assert_eq!(again.services[0].outcome, Some(Outcome::Succeeded));
        stage.is_sound("v2", &End::Done).await;
    })
    .await;
}
