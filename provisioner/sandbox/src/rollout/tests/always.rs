//! What holds at every moment of any rollout: enough healthy tasks stand behind production traffic.
//!
//! Random rollouts over strategies, images and interruptions; every moment at which anything happens is looked at, not only those at
//! which somebody calls.

use serde_json::{Value, json};

use super::shift::{configuration, deploy, lowest};
use super::{ecs, records, update};
use crate::bench::Bench;
use crate::fixtures::{Shift, Stage, push, register, stage};
use crate::{Pace, Settings};

/// The random rollouts that are tried: some, and those of the first fifteen hundred that once went wrong.
const SEEDS: [u64; 26] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 141, 194,
];

/// A small source of chance, the same for the same seed (xorshift64*).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) % end
    }

    fn one_of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len() as u64) as usize]
    }
}

const STRATEGIES: [&str; 4] = ["ROLLING", "BLUE_GREEN", "CANARY", "LINEAR"];
const IMAGES: [&str; 9] = [
    "good",
    "good",
    "fails-pull",
    "fails-secret",
    "fails-start",
    "fails-memory",
    "fails-health",
    "fails-slow",
    "fails-later",
];

fn configured(chance: &mut Chance, strategy: &str, minimum: u64) -> Value {
    let mut made = configuration(strategy);
    made["minimumHealthyPercent"] = json!(minimum);
    let rolls_back = chance.below(4) > 0;
    made["deploymentCircuitBreaker"] = json!({ "enable": rolls_back, "rollback": rolls_back });
    made["alarms"] =
        json!({ "alarmNames": ["errors"], "enable": true, "rollback": chance.below(4) > 0 });
    made["bakeTimeInMinutes"] = json!(chance.below(6));
    if chance.below(4) == 0 {
        made["lifecycleHooks"] = json!([{
            "targetType": "PAUSE",
            "lifecycleStages": ["POST_SCALE_UP"],
            "timeoutConfiguration": { "timeoutInMinutes": 5, "action": chance.one_of(&["CONTINUE", "ROLLBACK"]) },
        }]);
    }
    made
}

struct Case {
    bench: Bench,
    stage: Stage,
    shift: Shift,
    chance: Chance,
    desired: u64,
    minimum: u64,
    /// What was done, for whoever reads a failure.
    done: Vec<String>,
}

impl Case {
    fn new(seed: u64) -> Self {
        let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let ms_per_call = 50 + 450 * chance.below(3);
        let bench = Bench::with(Settings {
            pace: Pace::Stepped { ms_per_call },
            ..Settings::stepped()
        });
        let stage = stage(&bench);
        let shift = stage.shift(&bench);
        let alarm = json!({
            "AlarmName": "errors", "Namespace": "AWS/ApplicationELB", "MetricName": "HTTPCode_Target_5XX_Count",
            "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanThreshold",
        });
        bench.cbor("PutMetricAlarm", alarm).unwrap();
        let (desired, minimum) = (1 + chance.below(4), [50, 100][chance.below(2) as usize]);
        let strategy = chance.one_of(&STRATEGIES);
        let mut body = stage.service();
        body["desiredCount"] = json!(desired);
        body["loadBalancers"] = stage.both_groups(&shift);
        body["deploymentConfiguration"] = configured(&mut chance, strategy, minimum);
        body["deploymentConfiguration"]["lifecycleHooks"] = Value::Null;
        ecs(&bench, "CreateService", body);
        let mut case = Self {
            bench,
            stage,
            shift,
            chance,
            desired,
            minimum,
            done: vec![format!("{desired} tasks, {minimum} %, {strategy}")],
        };
        case.bench.sandbox.advance(40_000);
        assert_eq!(records(&case.bench)[0]["status"], "SUCCESSFUL");
        case.done.push(format!("{ms_per_call} ms per call"));
        case.bench.sandbox.reset_lowest();
        case
    }

    /// The fewest healthy tasks that there may be: a rolling deployment may have taken some away before another strategy came.
    fn wanted(&self) -> u64 {
        (self.desired * self.minimum).div_ceil(100)
    }

    fn wait(&mut self) {
        let ms = self.chance.below(9_000);
        // In one jump or in calls, as chance has it.
        if self.chance.below(2) == 0 {
            self.bench.sandbox.advance(ms);
        }
        for _ in 0..self.chance.below(30) {
            records(&self.bench);
        }
    }

    fn act(&mut self) {
        let what = match self.chance.below(8) {
            0..=2 => {
                let image = self.chance.one_of(&IMAGES);
                let tag = format!("{image}-{}", self.done.len());
                deploy(&self.bench, &tag);
                tag
            }
            3 => {
                let strategy = self.chance.one_of(&STRATEGIES);
                let image = self.chance.one_of(&IMAGES);
                let tag = format!("{image}-{}", self.done.len());
                push(&self.bench, &tag);
                let definition = register(&self.bench, &tag);
                let configuration = configured(&mut self.chance, strategy, self.minimum);
                let balancers = self.stage.both_groups(&self.shift);
                update(
                    &self.bench,
                    json!({ "taskDefinition": definition, "deploymentConfiguration": configuration, "loadBalancers": balancers }),
                );
                format!("{strategy} {tag}")
            }
            4 => {
                let arn = records(&self.bench)[0]["serviceDeploymentArn"].clone();
                let stopped = self.bench.json(
                    "ecs",
                    "StopServiceDeployment",
                    json!({ "serviceDeploymentArn": arn }),
                );
                format!("stop: {}", stopped.is_ok())
            }
            5 => {
                let state = self.chance.one_of(&["OK", "ALARM"]);
                self.bench
                    .sandbox
                    .set_alarm_state("us-east-1", "errors", state);
                format!("alarm {state}")
            }
            6 => {
                let record = &records(&self.bench)[0];
                let hook = &record["lifecycleHookDetails"][0]["hookId"];
                if hook.is_string() {
                    let word = json!({
                        "serviceDeploymentArn": record["serviceDeploymentArn"],
                        "hookId": hook,
                        "action": self.chance.one_of(&["CONTINUE", "ROLLBACK"]),
                    });
                    // It may have been answered already, or its time may be over.
                    let _ = self.bench.json("ecs", "ContinueServiceDeployment", word);
                }
                "a word".to_owned()
            }
            _ => {
                update(&self.bench, json!({ "forceNewDeployment": true }));
                "forced".to_owned()
            }
        };
        self.done.push(what);
    }

    fn check(&self) {
        let lowest = u64::from(lowest(&self.bench));
        assert!(
            lowest >= self.wanted(),
            "{lowest} healthy tasks served instead of {}: {:#?}\n{:#?}",
            self.wanted(),
            self.done,
            records(&self.bench)
                .iter()
                .map(|it| (it["status"].clone(), it["statusReason"].clone()))
                .collect::<Vec<_>>()
        );
    }
}

#[test]
fn enough_healthy_tasks_serve_at_every_moment() {
    for seed in SEEDS {
        let mut case = Case::new(seed);
        case.done.push(format!("seed {seed}"));
        for _ in 0..6 {
            case.act();
            case.wait();
            case.check();
        }
        case.bench.sandbox.advance(200_000);
        case.check();
        // A last good image always gets through.
        case.bench
            .sandbox
            .set_alarm_state("us-east-1", "errors", "OK");
        let record = deploy(&case.bench, "last");
        case.bench.sandbox.advance(400_000);
        case.check();
        let end = &records(&case.bench)[0];
        assert_eq!(end["serviceDeploymentArn"], record["serviceDeploymentArn"]);
        let refused = end["lifecycleHookDetails"].is_array();
        assert!(
            end["status"] == "SUCCESSFUL" || refused,
            "{:#?}\n{end:#}",
            case.done
        );
    }
}
