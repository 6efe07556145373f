//! The same calls on the sandbox and on moto, and every difference with its reason: see differential.py and its scripts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use hcctl_sandbox::Settings;
use serde::Deserialize;

use super::support::detour::Straight;
use super::support::moto::Moto;
use super::support::served::Served;

#[derive(Deserialize)]
struct Step {
    step: String,
    answer: BTreeSet<String>,
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/differential")
}

fn play(moto: &Moto, endpoint: &str) -> BTreeMap<String, BTreeSet<String>> {
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

#[test]
fn the_sandbox_and_moto_agree_but_for_what_is_listed() {
    let Some(moto) = Moto::start(Box::new(Straight)) else {
        return;
    };
    let served = Served::start(Settings::instant());
    let ours = play(&moto, &served.url());
    let theirs = play(&moto, &moto.behind);
    for (step, ours) in &ours {
        let theirs = &theirs[step];
        for line in ours.difference(theirs) { println!("{step} | ours | {line}"); }
        for line in theirs.difference(ours) { println!("{step} | moto | {line}"); }
    }
    panic!("look");
}
