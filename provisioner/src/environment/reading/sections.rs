//! The file's sections, key by key: what is required, what has a default, and what must agree within one section.
//!
//! What must agree across sections is in `check`.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use super::reach;
use super::reader::{At, Decode};
use crate::environment::defaults;
use crate::environment::model::{
    Alarms, Audit, Auth, Edge, Environment, Logs, Nat, Network, Registry,
};
use crate::environment::values::auth::{Audience, Issuer};
use crate::environment::values::cidr::Cidr;
use crate::environment::values::container::{
    CheckInterval, CheckRetries, CheckStart, CheckTimeout, ContainerCpu, ContainerMemory,
    HealthInterval, HealthTimeout, StopSeconds, StorageGib, Threshold,
};
use crate::environment::values::control::{ControlId, Reason};
use crate::environment::values::host::HostPattern;
use crate::environment::values::name::{EnvironmentName, Project, ServiceName, TableName};
use crate::environment::values::number::{
    Count, GraceSeconds, ImageCount, Minutes, Percent, Port, Priority, RetentionDays, ZoneCount,
};
use crate::environment::values::path::{HealthPath, PathPattern};
use crate::environment::values::place::{
    AccountId, BoundaryPolicy, CertificateArn, Region, TopicArn,
};
use crate::environment::values::queue::{Backlog, MessageDays, Receives, VisibilitySeconds};
use crate::environment::values::rejection::Rejection;
use crate::environment::values::secret::SecretSource;
use crate::environment::values::size::{Cpu, Memory};
use crate::environment::values::tag::{MOST_TAGS, TagKey, TagPattern, TagValue, Tags};
use crate::environment::values::zone::{ZoneName, Zones};

macro_rules! decode_with {
    ($how:ident: $($name:ty),+ $(,)?) => {
        $(impl Decode for $name {
            fn decode(at: &At<'_>) -> Option<Self> {
                at.$how()
            }
        })+
    };
}

decode_with!(text: Reason, Project, Region, AccountId, BoundaryPolicy, CertificateArn, TopicArn, TableName, ServiceName, HostPattern, PathPattern, HealthPath, Issuer, Audience, Cidr, TagPattern, ZoneName);
decode_with!(number: Port, Percent, Count, Priority, Minutes, GraceSeconds, ImageCount, ZoneCount, RetentionDays, Cpu, Memory, StorageGib, StopSeconds, HealthInterval, HealthTimeout, Threshold, CheckInterval, CheckTimeout, CheckRetries, CheckStart, ContainerCpu, ContainerMemory, VisibilitySeconds, MessageDays, Receives, Backlog);
decode_with!(boolean: bool);

impl Decode for SecretSource {
    fn decode(at: &At<'_>) -> Option<Self> {
        // What stands here instead of a name may be the secret itself.
        match SecretSource::from_str(&at.as_written()?) {
            Ok(source) => Some(source),
            Err(rejection) => {
                at.refuse_concealed(rejection);
                None
            }
        }
    }
}

/// Reads the whole file.
pub(crate) fn environment(at: &At<'_>, name: &EnvironmentName) -> Option<Environment> {
    at.section(|map| {
        let project = map.required("project", "healthcare-app");
        let region = map.required("region", "us-east-1");
        let account = map.or("account", || None);
        let boundary = map.or("permissions_boundary", || None);
        let network = map.required("network", "{ cidr: 10.0.0.0/16 }");
        let edge = map.or("edge", defaults::edge);
        let services = map.required("services", "{ patient: { paths: [\"/api/patients*\"] } }");
        let auth = map.or("auth", || None);
        let deployment = map.or("deployment", defaults::deployment);
        let logs = map.or("logs", defaults::logs);
        let alarms = map.or("alarms", defaults::alarms);
        let registry = map.or("registry", defaults::registry);
        let protection = map.or("protect", defaults::protect);
        let audit = map.or("audit", defaults::audit);
        let tags = map.or("tags", Tags::default);
        let Services(services) = services?;
        Some(Environment {
            name: name.clone(),
            project: project?,
            region: region?,
            account: account?,
            permissions_boundary: boundary?,
            network: network?,
            edge: edge?,
            services,
            auth: auth?,
            deployment: deployment?,
            logs: logs?,
            alarms: alarms?,
            registry: registry?,
            protect: protection?,
            audit: audit?,
            tags: tags?,
        })
    })
}

impl Decode for Zones {
    fn decode(at: &At<'_>) -> Option<Self> {
        if !at.is_list() {
            return ZoneCount::decode(at).map(Self::Number);
        }
        let zones = Vec::<ZoneName>::decode(at)?;
        let number = u8::try_from(zones.len()).unwrap_or(u8::MAX);
        if let Err(rejection) = ZoneCount::try_from(i128::from(number)) {
            at.refuse(Rejection::new(rejection.reason, "list two or three zones"));
            return None;
        }
        let mut seen = BTreeSet::new();
        for (zone, item) in zones.iter().zip(at.items()) {
            if !seen.insert(zone) {
                item.refuse(Rejection::new(
                    format!("`{zone}` is listed twice"),
                    "list each zone once",
                ));
                return None;
            }
        }
        Some(Self::Listed(zones))
    }
}

impl Decode for Network {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.section(|map| {
            let cidr =
                map.required("cidr", "10.0.0.0/16")
                    .filter(|cidr: &Cidr| match cidr.as_network() {
                        Ok(()) => true,
                        Err(rejection) => {
                            map.refuse("cidr", rejection);
                            false
                        }
                    });
            let zones = map.or("zones", defaults::zones);
            let nat = map.or("nat", defaults::nat);
            let egress = reach::egress(map);
            Some(Self {
                cidr: cidr?,
                zones: zones?,
                nat: nat?,
                egress: egress?,
            })
        })
    }
}

impl Decode for Nat {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.word(&[("single", Nat::Single), ("per_zone", Nat::PerZone)])
    }
}

impl Decode for Edge {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.section(|map| {
            let certificate = map.or("certificate", || None);
            Some(Self {
                certificate: certificate?,
            })
        })
    }
}

impl Decode for Auth {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.section(|map| {
            let issuer = map.required("issuer", "https://auth.example.com/");
            let audience = map.required("audience", "healthcare-api");
            Some(Self {
                issuer: issuer?,
                audience: audience?,
            })
        })
    }
}

impl Decode for Logs {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.section(|map| {
            let retention_days = map.or("retention_days", defaults::retention_days);
            Some(Self {
                retention_days: retention_days?,
            })
        })
    }
}

/// An alarm takes five actions per state (CloudWatch PutMetricAlarm, `AlarmActions`).
const MOST_TOPICS: usize = 5;

impl Decode for Alarms {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.section(|map| {
            let cpu_percent = map.or("cpu_percent", defaults::alarm_cpu_percent);
            let memory_percent = map.or("memory_percent", || None);
            let notify: Option<Vec<TopicArn>> = map.or("notify", Vec::new);
            let notify = notify.filter(|topics| {
                let distinct: BTreeSet<_> = topics.iter().collect();
                let rejection = if topics.len() > MOST_TOPICS {
                    Rejection::new(
                        format!("{} topics, and an alarm takes five", topics.len()),
                        "send to one topic, and let the others subscribe to it",
                    )
                } else if distinct.len() < topics.len() {
                    Rejection::new("a topic is listed twice", "list each topic once")
                } else {
                    return true;
                };
                map.refuse("notify", rejection);
                false
            });
            Some(Self {
                cpu_percent: cpu_percent?,
                memory_percent: memory_percent?,
                notify: notify?,
            })
        })
    }
}

impl Decode for Registry {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.section(|map| {
            let keep_images = map.or("keep_images", defaults::keep_images);
            Some(Self {
                keep_images: keep_images?,
            })
        })
    }
}

impl Decode for Audit {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.section(|map| {
            let accept = map.or("accept", || Accepted(BTreeMap::new()));
            Some(Self { accept: accept?.0 })
        })
    }
}

/// The accepted findings, with their reasons.
struct Accepted(BTreeMap<ControlId, Reason>);

impl Decode for Accepted {
    fn decode(at: &At<'_>) -> Option<Self> {
        let mut read = Some(BTreeMap::new());
        for (control, reason_at) in at.entries::<ControlId>()? {
            let reason = if reason_at.is_null() {
                reason_at.refuse(Rejection::new(
                    "there is no reason",
                    "say why in a sentence, such as \"WAF is in front, in the network account\"",
                ));
                None
            } else {
                Reason::decode(&reason_at)
            };
            match (&mut read, control, reason) {
                (Some(accepted), Some(control), Some(reason)) => {
                    accepted.insert(control, reason);
                }
                _ => read = None,
            }
        }
        read.map(Self)
    }
}

impl Decode for Tags {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.knows("ignore");
        let mut entries = at.entries::<TagKey>()?;
        let mut read = Some(Tags::default());
        let patterns = entries.iter().position(|(key, value)| {
            value.is_list() && key.as_ref().is_some_and(|key| key.as_str() == "ignore")
        });
        if let Some(place) = patterns {
            let (_, patterns) = entries.remove(place);
            match (Vec::<TagPattern>::decode(&patterns), &mut read) {
                (Some(patterns), Some(tags)) => tags.ignore = patterns.into_iter().collect(),
                _ => read = None,
            }
        }
        if entries.len() > MOST_TAGS {
            at.refuse(Rejection::new(
                format!("{} tags, and AWS allows 50 with hcctl's own", entries.len()),
                format!("keep {MOST_TAGS} at most"),
            ));
            return None;
        }
        let mut seen = BTreeMap::new();
        for (key, value_at) in entries {
            // A number is fine here: `CostCenter: 4711`.
            let value = value_at
                .as_written()
                .and_then(|text| match TagValue::from_str(&text) {
                    Ok(value) => Some(value),
                    Err(rejection) => {
                        value_at.refuse(rejection);
                        None
                    }
                });
            let Some(key) = key else {
                read = None;
                continue;
            };
            if let Some(other) = seen.insert(key.as_str().to_lowercase(), key.clone()) {
                value_at.refuse(Rejection::new(
                    format!(
                        "`{other}` differs from this only in case, which IAM does not tell apart"
                    ),
                    "keep one of the two",
                ));
                read = None;
                continue;
            }
            match (&mut read, value) {
                (Some(tags), Some(value)) => {
                    tags.own.insert(key, value);
                }
                _ => read = None,
            }
        }
        read
    }
}

/// The services, read as a whole because rule priorities are shared out among them.
struct Services(BTreeMap<ServiceName, crate::environment::model::Service>);

impl Decode for Services {
    fn decode(at: &At<'_>) -> Option<Self> {
        let entries = at.entries::<ServiceName>()?;
        if entries.is_empty() {
            at.refuse(Rejection::new(
                "there is no service",
                "add one: `patient: { paths: [\"/api/patients*\"] }`",
            ));
            return None;
        }
        let mut taken: BTreeSet<Priority> = entries
            .iter()
            .filter_map(|(_, at)| at.peek("priority"))
            .collect();
        let mut services = Some(BTreeMap::new());
        for (position, (name, at)) in entries.into_iter().enumerate() {
            let automatic = if at.has("priority") {
                defaults::priority(position)
            } else {
                // A number that someone chose is left to them.
                let free = (position..)
                    .map(defaults::priority)
                    .take(taken.len() + 1)
                    .find(|priority| !taken.contains(priority));
                let automatic = free.unwrap_or_else(|| defaults::priority(position));
                taken.insert(automatic);
                automatic
            };
            let service = super::service::service(&at, automatic);
            match (&mut services, name, service) {
                (Some(services), Some(name), Some(service)) => {
                    services.insert(name, service);
                }
                _ => services = None,
            }
        }
        services.map(Self)
    }
}
