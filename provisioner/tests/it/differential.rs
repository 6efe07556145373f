//! The same calls on the sandbox and on moto, and every difference with its reason.
//!
//! differential.py plays the scripts of `differential/` with boto3, a third party to both; `listed` has the differences.

mod iam;
mod listed;
pub(crate) mod operations;
mod uses;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use hcctl_sandbox::Settings;
use serde::Deserialize;

use super::support::detour::Straight;
use super::support::moto::Moto;
use super::support::served::Served;
use listed::Listed;
use operations::{NOT_CALLED, OPERATIONS};

#[test]
fn the_sandbox_and_moto_agree_but_for_what_is_listed() {
    let Some(moto) = Moto::start(Box::new(Straight)) else {
        return;
    };
    let served = Served::start(Settings::instant());
    let ours = play(&moto, &served.url());
    let theirs = play(&moto, &moto.behind);
    assert!(ours.len() > 150, "only {} steps were played", ours.len());
    assert!(ours.keys().eq(theirs.keys()), "the same steps are played");
    let found: Vec<Difference> = ours
        .iter()
        .flat_map(|(step, ours)| differences(step, ours, &theirs[step]))
        .collect();
    let listed = || {
        let all = [listed::DIFFERENCES, iam::DIFFERENCES, uses::DIFFERENCES];
        all.into_iter().flatten()
    };
    let unlisted: Vec<String> = found
        .iter()
        .filter(|one| !listed().any(|listed| one.is(listed)))
        .map(ToString::to_string)
        .collect();
    let gone: Vec<String> = listed()
        .filter(|listed| !found.iter().any(|one| one.is(listed)))
        .map(|(step, what, _)| format!("{step} {what}"))
        .collect();
    assert!(
        unlisted.is_empty() && gone.is_empty(),
        "differences that are not listed:\n{}\nlisted ones that are no more:\n{}",
        unlisted.join("\n"),
        gone.join("\n")
    );
}

#[test]
fn every_operation_that_hcctl_calls_is_played() {
    let mut sources = BTreeSet::new();
    named(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut sources,
    );
    for (name, _) in NOT_CALLED {
        assert!(sources.remove(*name), "{name} stands nowhere in the source");
    }
    let listed: BTreeSet<String> = OPERATIONS.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(sources, listed, "left: in the source, right: in OPERATIONS");
    let played = played();
    let missing: Vec<_> = listed.difference(&played).collect();
    assert!(missing.is_empty(), "no script plays {missing:?}");
}

#[derive(Deserialize)]
struct Step {
    step: String,
    answer: BTreeSet<String>,
}

type Answers = BTreeMap<String, BTreeSet<String>>;

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/differential")
}

fn play(moto: &Moto, endpoint: &str) -> Answers {
    let output = moto.python_at(endpoint, "differential.py", &[scripts()]);
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).expect("text");
    let steps = text.lines().map(|line| {
        let step: Step = serde_json::from_str(line).expect("a step");
        (step.step, step.answer)
    });
    steps.collect()
}

/// One member of one step's answers: `+` where only the sandbox has it, `-` where only moto has it, `~` where they differ.
struct Difference {
    step: String,
    sign: char,
    member: String,
    ours: Vec<String>,
    theirs: Vec<String>,
}

impl Difference {
    fn is(&self, &(step, what, _): &Listed) -> bool {
        let (operation, _) = self.step.split_once(' ').expect("it has a number");
        let here = matches(step, &self.step) || matches(step, operation);
        here && matches(what, &format!("{}{}", self.sign, self.member))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            step, sign, member, ..
        } = self;
        write!(
            f,
            "{step} {sign}{member}: sandbox {:?}, moto {:?}",
            self.ours, self.theirs
        )
    }
}

fn differences(step: &str, ours: &BTreeSet<String>, theirs: &BTreeSet<String>) -> Vec<Difference> {
    let (mut ours, mut theirs) = (by_member(ours), by_member(theirs));
    // Where one refuses, the other's members say nothing more.
    if ours.contains_key("error") || theirs.contains_key("error") {
        ours.retain(|member, _| member == "error");
        theirs.retain(|member, _| member == "error");
    }
    let members: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let differing = members.into_iter().filter_map(|member| {
        let (one, other) = (ours.get(member), theirs.get(member));
        let sign = match (one, other) {
            _ if one == other => return None,
            (Some(_), None) => '+',
            (None, _) => '-',
            _ => '~',
        };
        Some(Difference {
            step: step.to_owned(),
            sign,
            member: member.clone(),
            ours: one.cloned().unwrap_or_default(),
            theirs: other.cloned().unwrap_or_default(),
        })
    });
    differing.collect()
}

fn by_member(answer: &BTreeSet<String>) -> BTreeMap<String, Vec<String>> {
    let mut members: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in answer {
        let (member, value) = line.split_once(" = ").expect("MEMBER = VALUE");
        let values = members.entry(member.to_owned()).or_default();
        values.push(value.to_owned());
    }
    members
}

/// Whether a text has the pattern's form; `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            let mut ends = (0..=text.len()).filter(|end| text.is_char_boundary(*end));
            ends.any(|end| matches(rest, &text[end..]))
        }),
    }
}

/// `SERVICE:OPERATION` of every step, with the services as IAM names them.
fn played() -> BTreeSet<String> {
    let mut played = BTreeSet::new();
    for script in std::fs::read_dir(scripts()).expect("the scripts") {
        let path = script.expect("a script").path();
        if path.extension().is_none_or(|ending| ending != "script") {
            continue;
        }
        let text = std::fs::read_to_string(path).expect("text");
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split(' ');
            let service = match words.next().unwrap_or_default() {
                "elbv2" => "elasticloadbalancing",
                "resourcegroupstaggingapi" => "tag",
                "service-quotas" => "servicequotas",
                service => service,
            };
            played.insert(format!("{service}:{}", words.next().unwrap_or_default()));
        }
    }
    played
}

/// The texts of the form `"SERVICE:OPERATION"` in a directory's sources, but for those of the rooms that write
/// policies.
fn named(directory: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            let policies = ["blueprint", "bootstrap"].map(|room| directory.join(room));
            if !policies.contains(&path) {
                named(&path, names);
            }
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("text");
        for part in text.split('"') {
            let Some((service, name)) = part.split_once(':') else {
                continue;
            };
            let known = OPERATIONS.iter().any(|one| {
                one.split_once(':')
                    .is_some_and(|(known, _)| known == service)
            });
            let operation = name.starts_with(|first: char| first.is_ascii_uppercase())
                && name.chars().all(char::is_alphanumeric);
            if known && operation {
                names.insert(part.to_owned());
            }
        }
    }
}
