//! Services as they might be found, for tests of those who show them.

use std::time::{Duration, SystemTime};

use hcctl_engine::Kind;

use super::state::{Deployment, State, Word};
use super::traffic::{Group, Split};
use super::{Live, Sight, Status};
use crate::resources::{service, task_definition};

/// Seconds after 1970 as a time.
pub(crate) fn second(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// A service that runs well, deployed at this second.
pub(crate) fn state(name: &str, at: u64) -> State {
    let aws_name = format!("shop-dev-{name}-service");
    let definition = task_definition::Spec {
        image: format!(
            "123456789012.dkr.ecr.us-east-1.amazonaws.com/{aws_name}@sha256:{}",
            "449703b70a91".repeat(6).split_at(64).0
        ),
        ..task_definition::TaskDefinition::example()
    };
    let group = Group {
        arn: format!(
            "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop-dev-{name}/73e2"
        ),
        weight: 1,
        targets: [("healthy".to_owned(), 2)].into(),
        reasons: Vec::new(),
    };
    let word = |seconds: u64, text: &str| Word {
        at: second(at + seconds),
        text: text.to_owned(),
    };
    State {
        live: Live {
            name: name.to_owned(),
            arn: format!("arn:aws:ecs:us-east-1:123456789012:service/shop-dev/{aws_name}"),
            cluster: "shop-dev".to_owned(),
            spec: service::Service::example(),
            definition_arn: format!(
                "arn:aws:ecs:us-east-1:123456789012:task-definition/{aws_name}:7"
            ),
            definition,
            desired: 2,
            running: 2,
            pending: 0,
            deployment: None,
            aws_name,
        },
        tags: vec!["v1.4.2".to_owned()],
        unproven: false,
        deployment: Some(Deployment {
            sight: sight(Status::Successful),
            began: Some(second(at)),
            ended: Some(second(at + 60)),
            baked: None,
        }),
        split: Split {
            groups: vec![group],
        },
        outage: None,
        alarms: Vec::new(),
        alarm_count: 4,
        scale: Some((2, 6)),
        said: vec![
            word(60, "has reached a steady state."),
            word(30, "registered 2 targets in (target-group shop-dev)"),
        ],
    }
}

/// What can be seen of a deployment of two tasks, of which one runs.
pub(crate) fn sight(status: Status) -> Sight {
    Sight {
        status,
        reason: None,
        stage: None,
        wanted: 2,
        running: 1,
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
