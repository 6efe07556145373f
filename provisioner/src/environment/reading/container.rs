//! The keys of a service that say how its container is made up.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::reader::{At, Decode, Section};
use super::suggest::nearest;
use crate::definition::{Member, Shape, TASK, Whose};
use crate::environment::container::{
    Architecture, Capabilities, Command, ContainerHealth, Health, Root, Task,
};
use crate::environment::defaults;
use crate::environment::values::container::{
    ContainerPath, ImageUri, StatusCodes, TMP_PATH, User, VolumeName, Word,
};
use crate::environment::values::number::Port;
use crate::environment::values::path::HealthPath;
use crate::environment::values::rejection::Rejection;
use crate::environment::values::variable::{betrays_secret, looks_secret};

macro_rules! decode_as_written {
    ($($name:ty),+ $(,)?) => {
        $(impl Decode for $name {
            fn decode(at: &At<'_>) -> Option<Self> {
                match at.as_written()?.parse() {
                    Ok(value) => Some(value),
                    Err(rejection) => {
                        at.refuse(rejection);
                        None
                    }
                }
            }
        })+
    };
}

// Numbers among them mean the same with and without quotes.
decode_as_written!(User, StatusCodes, ImageUri, ContainerPath);

impl Decode for Word {
    fn decode(at: &At<'_>) -> Option<Self> {
        let text = at.as_written()?;
        if let Some(what) = looks_secret(&text) {
            let remedy = "keep it with `hcctl secret set`, name it under `secrets:`, and let the command read the variable";
            at.refuse_concealed(Rejection::new(
                format!("this word looks like {what}"),
                remedy,
            ));
            return None;
        }
        match text.parse() {
            Ok(word) => Some(word),
            Err(rejection) => {
                at.refuse(rejection);
                None
            }
        }
    }
}

impl Decode for Root {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.word(&[("read_only", Self::ReadOnly), ("writable", Self::Writable)])
    }
}

impl Decode for Capabilities {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.word(&[("none", Self::None), ("default", Self::Default)])
    }
}

impl Decode for Architecture {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.word(&[("x86", Self::X86), ("arm64", Self::Arm64)])
    }
}

impl Decode for Health {
    fn decode(at: &At<'_>) -> Option<Self> {
        if let Some(scalar) = at.scalar() {
            if scalar.text == "none" {
                at.refuse(Rejection::new(
                    "a load balancer always asks its targets whether they are well",
                    "name a path that answers, with the `codes` that it answers with: { path: /, codes: 200-499 }",
                ));
                return None;
            }
            return HealthPath::decode(at).map(|path| Self {
                path,
                ..defaults::health()
            });
        }
        at.section(|map| {
            let path = map.or("path", defaults::health_path);
            let codes = map.or("codes", defaults::health_codes);
            let interval = map.or("interval_seconds", defaults::health_interval);
            let timeout = map.or("timeout_seconds", defaults::health_timeout);
            let healthy = map.or("healthy", defaults::healthy);
            let unhealthy = map.or("unhealthy", defaults::unhealthy);
            let port: Option<Option<Port>> = map.or("port", || None);
            let (interval_seconds, timeout_seconds) = (interval?, timeout?);
            if timeout_seconds.get() >= interval_seconds.get() {
                // ELBv2 CreateTargetGroup refuses it: "Health check interval must be greater than the timeout."
                let reason = format!(
                    "an answer may take {timeout_seconds} seconds, and the next check follows after {interval_seconds}"
                );
                let remedy = "write fewer seconds than `interval_seconds`, whose default is 10";
                map.refuse("timeout_seconds", Rejection::new(reason, remedy));
                return None;
            }
            Some(Self {
                path: path?,
                codes: codes?,
                interval_seconds,
                timeout_seconds,
                healthy: healthy?,
                unhealthy: unhealthy?,
                port: port?,
            })
        })
    }
}

impl Decode for Command {
    fn decode(at: &At<'_>) -> Option<Self> {
        if !at.is_list() {
            return Word::decode(at).map(Self::Line);
        }
        let words = Vec::<Word>::decode(at)?;
        if words.is_empty() {
            let remedy = "write a program and its arguments, or a line for the shell";
            at.refuse(Rejection::new("there is no word in this command", remedy));
            return None;
        }
        Some(Self::Words(words))
    }
}

impl Decode for ContainerHealth {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.section(|map| {
            let command = map.required("command", "[\"/bin/health\"]");
            let interval = map.or("interval_seconds", defaults::check_interval);
            let timeout = map.or("timeout_seconds", defaults::check_timeout);
            let retries = map.or("retries", defaults::check_retries);
            let start = map.or("start_seconds", defaults::check_start);
            Some(Self {
                command: command?,
                interval_seconds: interval?,
                timeout_seconds: timeout?,
                retries: retries?,
                start_seconds: start?,
            })
        })
    }
}

/// Reads `volumes:`, beside the one behind `/tmp` that a read-only root has.
pub(super) fn volumes(
    map: &Section<'_, '_>,
    root: Option<Root>,
) -> Option<BTreeMap<VolumeName, ContainerPath>> {
    let Some(at) = map.get("volumes") else {
        return Some(BTreeMap::new());
    };
    let mut found: BTreeMap<VolumeName, ContainerPath> = BTreeMap::new();
    let mut good = true;
    for (name, at) in at.entries::<VolumeName>()? {
        let path = ContainerPath::decode(&at);
        let (Some(name), Some(path)) = (name, path) else {
            good = false;
            continue;
        };
        let taken = found.iter().find(|(_, other)| **other == path);
        let reason = if let Some((other, _)) = taken {
            format!("the volume `{other}` is at `{path}` already")
        } else if path.as_str() == TMP_PATH && root == Some(Root::ReadOnly) {
            "a container whose root is read-only can write to /tmp already".to_owned()
        } else {
            found.insert(name, path);
            continue;
        };
        at.refuse(Rejection::new(reason, "remove one of the two"));
        good = false;
    }
    good.then_some(found)
}

impl Decode for Task {
    fn decode(at: &At<'_>) -> Option<Self> {
        let task = members(at, TASK)?;
        let container = at.find("container");
        match container.and_then(|at| at.find("logConfiguration")) {
            Some(logs) if !own_logs(&logs) => None,
            _ => Some(Self(task)),
        }
    }
}

/// Whether a log configuration leaves alone what hcctl writes of one that goes to a log group.
fn own_logs(at: &At<'_>) -> bool {
    const OURS: [&str; 5] = [
        "awslogs-group",
        "awslogs-region",
        "awslogs-stream-prefix",
        "mode",
        "max-buffer-size",
    ];
    let driver = at.find("logDriver").and_then(|at| at.as_written());
    if driver.is_some_and(|driver| driver != "awslogs") {
        return true;
    }
    let options = at.find("options").map(|at| at.children());
    let taken = options.into_iter().flatten();
    let mut taken = taken.filter(|(name, _)| OURS.contains(name)).peekable();
    let good = taken.peek().is_none();
    for (name, at) in taken {
        let reason = format!("hcctl writes `{name}` itself: logs go to the service's log group");
        at.refuse_key(Rejection::new(
            reason,
            "remove it, or name another `logDriver`",
        ));
    }
    good
}

/// A mapping of AWS's members, each as the table has it.
pub(super) fn members(at: &At<'_>, table: &[Member]) -> Option<Map<String, Value>> {
    if at.is_null() {
        return Some(Map::new());
    }
    let entries = at.mapping()?;
    let read: Vec<Option<(String, Value)>> = entries
        .into_iter()
        .map(|(name, at)| {
            let Some(member) = table.iter().find(|member| member.name == name) else {
                unknown(&at, name, table);
                return None;
            };
            match member.whose {
                Whose::Free => {}
                Whose::Key(place) => {
                    let reason = format!("hcctl writes `{name}` itself");
                    at.refuse_key(Rejection::new(reason, place));
                    return None;
                }
                Whose::Fixed(why) => {
                    let reason = format!("`{name}` cannot be set: {why}");
                    at.refuse_key(Rejection::new(reason, "remove it"));
                    return None;
                }
            }
            Some((name.to_owned(), value(&at, member.shape)?))
        })
        .collect();
    read.into_iter().collect()
}

fn unknown(at: &At<'_>, name: &str, table: &[Member]) {
    if name == "containerDefinitions" {
        at.refuse_key(Rejection::new(
            "hcctl writes `containerDefinitions` itself",
            "write what is for the service's own container under `container:`, and further ones under the service's `sidecars:`",
        ));
        return;
    }
    let free = table.iter().filter(|member| member.whose == Whose::Free);
    let remedy = match nearest(name, table.iter().map(|member| member.name)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "known here: {}",
            free.map(|member| member.name)
                .collect::<Vec<_>>()
                .join(", ")
        ),
    };
    let reason = "ECS knows no such member of a task definition here";
    at.refuse_key(Rejection::new(reason, remedy));
}

fn value(at: &At<'_>, shape: Shape) -> Option<Value> {
    match shape {
        Shape::Text([]) => at.as_written().map(Value::from),
        Shape::Text(choices) => {
            let words: Vec<(&'static str, &'static str)> =
                choices.iter().map(|word| (*word, *word)).collect();
            at.word(&words).map(Value::from)
        }
        Shape::Number => at.number::<Number>().map(|number| Value::from(number.0)),
        Shape::Switch => at.boolean().map(Value::from),
        Shape::Texts => {
            let texts = Vec::<Word>::decode(at)?;
            Some(texts.iter().map(ToString::to_string).collect())
        }
        Shape::Numbers => {
            let numbers = Vec::<Number>::decode(at)?;
            Some(numbers.into_iter().map(|number| number.0).collect())
        }
        Shape::Map => {
            let entries = at.mapping()?;
            let read: Option<Map<String, Value>> = entries
                .into_iter()
                .map(|(name, at)| {
                    let text = at.as_written()?;
                    if let Some(reason) = betrays_secret(name, &text) {
                        let remedy = "keep it in Secrets Manager or SSM; a log driver takes it through `secretOptions`";
                        at.refuse_concealed(Rejection::new(reason, remedy));
                        return None;
                    }
                    Some((name.to_owned(), text.into()))
                })
                .collect();
            read.map(Value::Object)
        }
        Shape::Object(table) => members(at, table).map(Value::Object),
        Shape::List(keys, table) => list(at, keys, table),
    }
}

fn list(at: &At<'_>, keys: &[&str], table: &[Member]) -> Option<Value> {
    if !at.is_list() {
        return at.expected("a list", "write `- ` before each entry, as AWS does");
    }
    let mut names = Vec::new();
    let mut entries = Vec::new();
    let mut good = true;
    for item in at.items() {
        let Some(entry) = members(&item, table) else {
            good = false;
            continue;
        };
        let key = keys.iter().find_map(|key| entry.get(*key));
        let Some(key) = key.map(ToString::to_string) else {
            let wanted = keys.join("` or `");
            let remedy = format!("write `{wanted}`, which tells the entries of this list apart");
            item.refuse(Rejection::new("this entry has no name", remedy));
            good = false;
            continue;
        };
        if names.contains(&key) {
            let remedy = "entries of this list are told apart by it: write one";
            item.refuse(Rejection::new(format!("{key} is listed twice"), remedy));
            good = false;
        }
        names.push(key);
        entries.push(Value::Object(entry));
    }
    good.then_some(Value::Array(entries))
}

/// A whole number as AWS's `Integer` takes it.
struct Number(i32);

impl TryFrom<i128> for Number {
    type Error = Rejection;

    fn try_from(number: i128) -> Result<Self, Rejection> {
        i32::try_from(number).map(Self).map_err(|_| {
            Rejection::new(
                format!("{number} does not fit into 32 bits, as AWS takes it"),
                "write a smaller number",
            )
        })
    }
}

impl Decode for Number {
    fn decode(at: &At<'_>) -> Option<Self> {
        at.number()
    }
}
