//! How a new image replaces the running one.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

use super::defaults;
use super::values::number::{Minutes, Port, TrafficPercent};

/// How a new image replaces the running one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Deployment {
    /// The strategy, with its own settings.
    #[serde(flatten)]
    pub strategy: Strategy,
    /// Whether traffic waits for `hcctl deploy --approve` before it moves (an ECS lifecycle hook of type PAUSE).
    pub approve: bool,
    /// The port on which the new tasks can be tried before traffic moves to them (ECS `testListenerRule`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_port: Option<Port>,
}

/// ECS's own strategies (`DeploymentConfiguration.strategy`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "strategy", rename_all = "snake_case")]
pub enum Strategy {
    /// Task by task, within one target group.
    Rolling,
    /// A second set of tasks, then all traffic at once.
    BlueGreen {
        /// How long the old tasks stay after the shift, ready to return to (`bakeTimeInMinutes`).
        bake_minutes: Minutes,
    },
    /// A second set of tasks, first for a part of the traffic, then for all.
    Canary {
        /// The part, 0.1 to 100 % (`canaryPercent`).
        percent: TrafficPercent,
        /// How long it stays at that part (`canaryBakeTimeInMinutes`).
        canary_minutes: Minutes,
        /// How long the old tasks stay after the whole shift (`bakeTimeInMinutes`).
        bake_minutes: Minutes,
    },
    /// A second set of tasks, with traffic moving in equal steps.
    Linear {
        /// A step, 3 to 100 % (`stepPercent`).
        step_percent: TrafficPercent,
        /// The wait between steps (`stepBakeTimeInMinutes`).
        step_minutes: Minutes,
        /// How long the old tasks stay after the last step (`bakeTimeInMinutes`).
        bake_minutes: Minutes,
    },
}

impl Strategy {
    /// What the file calls it.
    pub const fn name(self) -> StrategyName {
        match self {
            Self::Rolling => StrategyName::Rolling,
            Self::BlueGreen { .. } => StrategyName::BlueGreen,
            Self::Canary { .. } => StrategyName::Canary,
            Self::Linear { .. } => StrategyName::Linear,
        }
    }

    /// Whether it runs a second set of tasks behind a second target group.
    pub const fn shifts_traffic(self) -> bool {
        !matches!(self, Self::Rolling)
    }
}

/// The strategies without their settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum StrategyName {
    /// Task by task, within one target group.
    Rolling,
    /// A second set of tasks, then all traffic at once.
    BlueGreen,
    /// A second set of tasks, first for a part of the traffic, then for all.
    Canary,
    /// A second set of tasks, with traffic moving in equal steps.
    Linear,
}

impl StrategyName {
    /// All of them, in the order a user meets them.
    pub const ALL: [Self; 4] = [Self::Rolling, Self::BlueGreen, Self::Canary, Self::Linear];

    /// The word in the file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rolling => "rolling",
            Self::BlueGreen => "blue_green",
            Self::Canary => "canary",
            Self::Linear => "linear",
        }
    }

    /// The settings that belong to it, beside `strategy`.
    pub(crate) const fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Rolling => &[],
            Self::BlueGreen => &["bake_minutes", "approve", "test_port"],
            Self::Canary => &[
                "percent",
                "canary_minutes",
                "bake_minutes",
                "approve",
                "test_port",
            ],
            Self::Linear => &[
                "step_percent",
                "step_minutes",
                "bake_minutes",
                "approve",
                "test_port",
            ],
        }
    }
}

/// All keys of `deployment:` side by side, as they stand in the file.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "it stands for its schema only")]
struct Keys {
    /// How a new image replaces the running one: rolling, blue_green, canary or linear, each with settings of its own.
    #[schemars(default = "defaults::strategy")]
    strategy: StrategyName,
    /// blue_green, canary, linear: minutes the old tasks stay after the whole shift, ready to return to.
    #[schemars(default = "defaults::bake_minutes")]
    bake_minutes: Minutes,
    /// canary: the part of the traffic that goes first, 0.1 to 100 %, in steps of 0.1.
    #[schemars(default = "defaults::canary_percent")]
    percent: TrafficPercent,
    /// canary: minutes it stays at that part.
    #[schemars(default = "defaults::canary_minutes")]
    canary_minutes: Minutes,
    /// linear: the part of the traffic that moves in each step, 3 to 100 %, in steps of 0.1.
    #[schemars(default = "defaults::step_percent", range(min = 3))]
    step_percent: TrafficPercent,
    /// linear: minutes between steps.
    #[schemars(default = "defaults::step_minutes")]
    step_minutes: Minutes,
    /// blue_green, canary, linear: true makes traffic wait for `hcctl deploy --approve`.
    #[schemars(default = "defaults::approve")]
    approve: bool,
    /// blue_green, canary, linear: a port on which the new tasks can be tried before traffic moves. Not 80 or 443.
    test_port: Option<Port>,
}

impl JsonSchema for Deployment {
    fn schema_name() -> Cow<'static, str> {
        "Deployment".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Keys::json_schema(generator);
        schema.insert(
            "description".into(),
            "How a new image replaces the running one.".into(),
        );
        // Settings of another strategy are refused by the parser; so they are by the editor.
        let all: Vec<&str> = schema
            .get("properties")
            .and_then(|p| p.as_object())
            .map(|p| p.keys().map(String::as_str).collect())
            .unwrap_or_default();
        let rules: Vec<_> = StrategyName::ALL
            .into_iter()
            .map(|name| rule(name, &all))
            .collect();
        schema.insert("allOf".into(), rules.into());
        schema
    }
}

/// The condition of a JSON schema that leaves a strategy only its own settings, out of all keys.
fn rule(name: StrategyName, all: &[&str]) -> serde_json::Value {
    let foreign: serde_json::Map<_, _> = all
        .iter()
        .filter(|key| **key != "strategy" && !name.settings().contains(key))
        .map(|key| {
            // Saying that something is not wanted is harmless with every strategy.
            let allowed = match *key {
                "approve" => serde_json::json!({ "const": false }),
                "test_port" => serde_json::json!({ "type": "null" }),
                _ => serde_json::Value::Bool(false),
            };
            ((*key).to_owned(), allowed)
        })
        .collect();
    let mut when = serde_json::json!({
        "properties": { "strategy": { "const": name.word() } },
    });
    if name != StrategyName::Rolling {
        // Without the key it is rolling, so only that condition holds then.
        when["required"] = serde_json::json!(["strategy"]);
    }
    serde_json::json!({ "if": when, "then": { "properties": foreign } })
}
