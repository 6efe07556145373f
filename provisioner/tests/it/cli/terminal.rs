//! Questions, asked on a terminal and answered.
#![cfg(target_os = "linux")]

use std::io::Write;
use std::process::{Command, Stdio};

use hcctl_sandbox::Settings;

use crate::support::place::Place;
use crate::support::served::Served;

/// Runs the binary on a terminal of its own and types; answers the exit code and the screen. Nothing without `script`
/// (<https://man7.org/linux/man-pages/man1/script.1.html>), which makes the terminal.
pub(super) fn typed(place: &Place, line: &str, keys: &str) -> Option<(i32, String)> {
    typed_after(place, line, keys, || ())
}

/// The same by somebody who does something else first.
fn typed_after(
    place: &Place,
    line: &str,
    keys: &str,
    first: impl FnOnce(),
) -> Option<(i32, String)> {
    let on_terminal = place.command(line);
    let words = std::iter::once(on_terminal.get_program()).chain(on_terminal.get_args());
    let words: Vec<String> = words
        .map(|word| format!("'{}'", word.to_str().unwrap()))
        .collect();
    let mut command = Command::new("script");
    command.args([
        "--quiet",
        "--return",
        "--command",
        &words.join(" "),
        "/dev/null",
    ]);
    command.env_clear().current_dir(place.path("."));
    command.envs(
        on_terminal
            .get_envs()
            .filter_map(|(key, value)| Some((key, value?))),
    );
    command.env("COLUMNS", "100").env("TERM", "xterm");
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        println!("skipped: there is no `script` here to make a terminal with");
        return None;
    };
    first();
    // The terminal keeps it until somebody reads.
    child
        .stdin
        .take()
        .unwrap()
        .write_all(keys.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let screen = String::from_utf8(output.stdout).unwrap();
    assert!(!screen.contains("panicked"), "{screen}");
    Some((output.status.code().unwrap(), screen))
}

/// The same with what must come of it.
#[track_caller]
fn expect(place: &Place, line: &str, keys: &str, code: i32, says: &[&str]) {
    let Some((ended, screen)) = typed(place, line, keys) else {
        return;
    };
    assert_eq!(ended, code, "{line}: {keys:?}\n{screen}");
    for word in says {
        assert!(screen.contains(word), "no {word:?} in\n{screen}");
    }
}

#[test]
fn an_apply_is_asked_about() {
    let served = Served::start(Settings::instant());
    let place = Place::new().at(&served.url());
    let refused = "error: not confirmed; nothing was changed";
    for keys in ["n\n", "\n", "no\n", "yep\n", ""] {
        let says = ["55 to create", "Make 55 changes in dev? [y/N]", refused];
        expect(&place, "apply dev", keys, 4, &says);
        assert!(served.counts().is_empty(), "{keys:?}");
    }
    expect(&place, "apply dev", "y\n", 0, &["55 created", "Open "]);
    // Where there is nothing to do there is nothing to ask.
    expect(&place, "apply dev", "", 0, &["Open "]);
}

/// Longer than a plan is believed without another look.
const SLOWLY: std::time::Duration = std::time::Duration::from_secs(7);

#[test]
fn a_set_up_is_asked_about_and_made_as_it_was_read() {
    let served = Served::start(Settings::instant());
    let place = Place::new().at(&served.url());
    let line = "bootstrap --github acme/shop";
    let refused = "error: not confirmed; nothing was changed";
    let says = [
        "8 to create",
        "Make 8 changes in account 123456789012? [y/N]",
        refused,
    ];
    expect(&place, line, "n\n", 4, &says);
    assert!(served.counts().is_empty());
    // The lease makes the bucket, so the second look finds one: that is no change of anybody else's.
    let Some((code, screen)) = typed_after(&place, line, "y\n", || std::thread::sleep(SLOWLY))
    else {
        return;
    };
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("What is left to do by hand:"), "{screen}");
    assert_eq!(served.counts()["role"], 4);

    // What somebody else made meanwhile was not read by whoever says yes.
    place.edit(
        "environments/dev.yaml",
        "project: healthcare-app",
        "project: other",
    );
    place.edit(
        "environments/prod.yaml",
        "project: healthcare-app",
        "project: other",
    );
    let meanwhile = || {
        std::thread::sleep(SLOWLY);
        place.expect(0, "bootstrap --yes");
    };
    let (code, screen) = typed_after(&place, line, "y\n", meanwhile).unwrap();
    assert_eq!(code, 4, "{screen}");
    assert!(
        screen.contains("the account has changed since the plan"),
        "{screen}"
    );
    assert_eq!(served.counts()["role"], 4);
}

#[test]
fn a_destroy_wants_the_environments_name() {
    let served = Served::start(Settings::instant());
    let place = Place::new().at(&served.url());
    place.expect(0, "apply dev --yes");
    let whole = served.counts();
    let question = "Remove all 55 resources of dev? Type dev to go on:";
    for keys in ["y\n", "yes\n", "prod\n", "\n", ""] {
        let says = [question, "error: not confirmed; nothing was changed"];
        expect(&place, "destroy dev", keys, 4, &says);
        assert_eq!(served.counts(), whole, "{keys:?}");
    }
    let says = [
        question,
        "55 deleted",
        "Nothing of healthcare-app dev is left",
    ];
    expect(&place, "destroy dev", "dev\n", 0, &says);
}
