//! The screen of `status --watch`.

use std::time::Duration;

use super::super::frame::{Frame, Size, frame};
use super::super::status::StatusView;
use super::super::text::columns;
use crate::deploy::Status;
use crate::deploy::example::{second, sight, state};
use crate::deploy::state::State;
use crate::operation::rhythm::Trouble;

const AT: u64 = 1_782_864_000;

/// One that runs, one that is being deployed, one without tasks and with an alarm.
fn services() -> Vec<State> {
    let mut moving = state("stock", AT);
    let deployment = moving.deployment.as_mut().expect("it has one");
    deployment.sight = sight(Status::Going);
    deployment.sight.stage = Some("PRODUCTION_TRAFFIC_SHIFT".to_owned());
    deployment.sight.production = Some(25.0);
    deployment.ended = None;
    let mut broken = state("visits", AT);
    broken.live.running = 0;
    broken.alarms = vec!["shop-dev-visits-unhealthy".to_owned()];
    broken.split.groups[0].targets = [("unhealthy".to_owned(), 2)].into();
    broken.split.groups[0].reasons =
        vec!["Health checks failed with these codes: [503]".to_owned()];
    vec![state("cart", AT), moving, broken]
}

fn view(services: &[State]) -> StatusView<'_> {
    StatusView {
        project: "shop",
        environment: "dev",
        region: "us-east-1",
        url: Some("http://shop-dev-alb-963999283.us-east-1.elb.amazonaws.com".to_owned()),
        services,
        missing: Vec::new(),
        now: second(AT + 300),
    }
}

fn trouble() -> Trouble {
    Trouble {
        what: "ecs:DescribeServices: ExpiredTokenException: the security token included in the request is expired".to_owned(),
        remedy: Some("log in again (aws sso login, aws login) or renew the keys; --profile names another set".to_owned()),
        next: Some(second(AT + 308)),
    }
}

fn drawn(services: &[State], trouble: Option<&Trouble>, columns: usize, rows: usize) -> String {
    let view = view(services);
    let one = Frame {
        view: &view,
        seen: second(AT + 298),
        every: Duration::from_secs(2),
        trouble,
    };
    let mut text = frame(&one, Size { columns, rows }, false).join("\n");
    text.push('\n');
    text
}

#[test]
fn a_usual_terminal_shows_the_worst_first() {
    insta::assert_snapshot!("live_80x24", drawn(&services(), None, 80, 24));
    insta::assert_snapshot!("live_80x24_two", drawn(&services()[..2], None, 80, 24));
    insta::assert_snapshot!("live_100x50", drawn(&services(), None, 100, 50));
}

#[test]
fn a_small_terminal_shows_what_matters() {
    insta::assert_snapshot!("live_40x12", drawn(&services(), None, 40, 12));
    insta::assert_snapshot!("live_40x5", drawn(&services(), None, 40, 5));
}

#[test]
fn a_failed_look_is_told_beside_what_was_seen_last() {
    let trouble = trouble();
    insta::assert_snapshot!(
        "live_trouble_80x24",
        drawn(&services(), Some(&trouble), 80, 24)
    );
    insta::assert_snapshot!(
        "live_trouble_40x12",
        drawn(&services(), Some(&trouble), 40, 12)
    );
}

#[test]
fn no_frame_is_larger_than_its_terminal() {
    let (services, trouble) = (services(), trouble());
    for trouble in [None, Some(&trouble)] {
        for width in [1, 10, 39, 40, 59, 60, 80, 200] {
            for rows in [1, 2, 5, 12, 15, 16, 24, 60] {
                let text = drawn(&services, trouble, width, rows);
                assert!(text.lines().count() <= rows, "{width}x{rows}\n{text}");
                for line in text.lines() {
                    assert!(columns(line) <= width, "{width}x{rows}: '{line}'");
                }
            }
        }
    }
}

#[test]
fn an_environment_without_services_has_a_frame() {
    let view = StatusView {
        missing: vec!["cart".to_owned()],
        url: None,
        ..view(&[])
    };
    let one = Frame {
        view: &view,
        seen: second(AT + 298),
        every: Duration::from_secs(2),
        trouble: None,
    };
    let lines = frame(
        &one,
        Size {
            columns: 40,
            rows: 12,
        },
        false,
    );
    assert!(
        lines.iter().any(|line| line == "cart  not made yet"),
        "{lines:?}"
    );
}

#[test]
fn colour_only_adds() {
    let services = services();
    let view = view(&services);
    let one = Frame {
        view: &view,
        seen: second(AT + 298),
        every: Duration::from_secs(2),
        trouble: None,
    };
    let size = Size {
        columns: 80,
        rows: 24,
    };
    let plain = frame(&one, size, false);
    let coloured = frame(&one, size, true);
    assert!(plain.iter().all(|line| !line.contains('\u{1b}')));
    assert!(coloured.iter().any(|line| line.contains('\u{1b}')));
    assert_eq!(plain.len(), coloured.len());
}
