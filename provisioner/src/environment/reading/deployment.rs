//! `deployment:`, whose keys depend on the strategy.

use super::reader::{At, Decode, Section};
use crate::environment::defaults;
use crate::environment::deployment::{Deployment, Strategy, StrategyName};
use crate::environment::values::number::{Port, TrafficPercent};
use crate::environment::values::rejection::Rejection;

impl Decode for StrategyName {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.word(&StrategyName::ALL.map(|name| (name.word(), name)))
    }
}

impl Decode for TrafficPercent {
    fn decode(at: &At<'_>) -> Option<Self> {
        share(at, 1)
    }
}

/// A share of the traffic, from so many tenths of a percent to all of it.
fn share(at: &At<'_>, least: u16) -> Option<TrafficPercent> {
    let tenths = at.tenths()?;
    match u16::try_from(tenths) {
        Ok(tenths) if (least..=1000).contains(&tenths) => Some(TrafficPercent::of(tenths)),
        _ => {
            let least = TrafficPercent::of(least);
            at.refuse(Rejection::new(
                "not a share of the traffic that ECS accepts",
                format!("write a number from {least} to 100, in steps of 0.1"),
            ));
            None
        }
    }
}

/// ECS's least step of a linear deployment, 3 %, in tenths.
const LEAST_STEP: u16 = 30;

impl Decode for Deployment {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.section(|map| {
            let name = map.or("strategy", defaults::strategy);
            let settings = Settings { map, name };
            let bake_minutes = settings.or("bake_minutes", defaults::bake_minutes);
            let percent = settings.or("percent", defaults::canary_percent);
            let canary_minutes = settings.or("canary_minutes", defaults::canary_minutes);
            let step_percent = settings.read("step_percent", defaults::step_percent, |at| {
                share(at, LEAST_STEP)
            });
            let step_minutes = settings.or("step_minutes", defaults::step_minutes);
            let approve = settings.or("approve", defaults::approve);
            let test_port = settings.read("test_port", || None, |at| test_port(at).map(Some));
            // A setting of another strategy is `None` as well, so that it fails the whole.
            let (bake_minutes, percent, canary_minutes) =
                (bake_minutes?, percent?, canary_minutes?);
            let (step_percent, step_minutes) = (step_percent?, step_minutes?);
            let strategy = match name? {
                StrategyName::Rolling => Strategy::Rolling,
                StrategyName::BlueGreen => Strategy::BlueGreen { bake_minutes },
                StrategyName::Canary => Strategy::Canary {
                    percent,
                    canary_minutes,
                    bake_minutes,
                },
                StrategyName::Linear => Strategy::Linear {
                    step_percent,
                    step_minutes,
                    bake_minutes,
                },
            };
            Some(Self {
                strategy,
                approve: approve?,
                test_port: test_port?,
            })
        })
    }
}

fn test_port(at: &At<'_>) -> Option<Port> {
    let port: Port = at.number()?;
    if [80, 443].contains(&port.get()) {
        at.refuse(Rejection::new(
            format!("{port} is where everyone's requests come in"),
            "write another port, such as 8443",
        ));
        return None;
    }
    Some(port)
}

/// The keys beside `strategy`, each of which belongs to some strategies only.
struct Settings<'m, 's, 'a> {
    map: &'m Section<'s, 'a>,
    /// `None` where the strategy itself could not be read: then every setting is taken for right.
    name: Option<StrategyName>,
}

impl Settings<'_, '_, '_> {
    fn or<T: Decode>(&self, key: &'static str, default: fn() -> T) -> Option<T> {
        self.read(key, default, T::decode)
    }

    fn read<T>(
        &self,
        key: &'static str,
        default: fn() -> T,
        read: impl Fn(&At<'_>) -> Option<T>,
    ) -> Option<T> {
        let Some(at) = self.map.get(key) else {
            return Some(default());
        };
        // Saying that something is not wanted is harmless with every strategy.
        let absent = at.is_null() && key == "test_port";
        let declined = key == "approve" && at.quietly() == Some(false);
        if absent || declined {
            return Some(default());
        }
        let foreign = self
            .name
            .filter(|strategy| !strategy.settings().contains(&key));
        let Some(strategy) = foreign else {
            return read(&at);
        };
        let owners: Vec<&str> = StrategyName::ALL
            .into_iter()
            .filter(|strategy| strategy.settings().contains(&key))
            .map(StrategyName::word)
            .collect();
        at.refuse_key(Rejection::new(
            format!(
                "it belongs to {}, and the strategy is {}",
                owners.join(", "),
                strategy.word()
            ),
            "remove it, or change `strategy`",
        ));
        None
    }
}
