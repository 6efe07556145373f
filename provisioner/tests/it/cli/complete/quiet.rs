//! Whoever presses Tab has asked for nothing to happen, and typed half a line.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{ask, asked};
use crate::support::place::Place;

/// Every file below a directory with what is in it.
fn files(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            found.push((path, bytes));
        }
    }
    found.sort();
    found
}

#[test]
fn whatever_stands_on_the_line_is_answered_in_silence_and_leaves_nothing() {
    let place = Place::new();
    let before = files(&place.path("."));
    for line in [
        "",
        "hcctl",
        "hcctl --",
        "hcctl -- -- --",
        "hcctl --image",
        "hcctl deploy --image --service --",
        "hcctl deploy --service = ",
        "hcctl deploy --environments /dev/null ",
        "hcctl deploy --environments / --service ",
        "hcctl --environments= plan ",
        "hcctl nothing of this is a verb --at all ",
        "hcctl --sandbox --sandbox deploy ../../etc/passwd --image ",
        "hcctl apply dev --plan ",
        "hcctl sandbox ",
        "hcctl help pl",
        "hcctl \u{1b}[31m \u{202e}",
        "hcctl -vvvvvv -q plan",
        "hcctl init --service ",
    ] {
        for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
            asked(&place, shell, line.split(' ').map(OsString::from).collect());
        }
    }
    asked(&place, "bash", Vec::new());
    assert_eq!(files(&place.path(".")), before);
}

#[cfg(unix)]
#[test]
fn what_is_no_text_is_passed_over() {
    use std::os::unix::ffi::OsStringExt;

    let wild = OsString::from_vec(vec![0xff, 0xfe, b'=']);
    let place = Place::new();
    let words = |last: &str| vec!["hcctl".into(), wild.clone(), "plan".into(), last.into()];
    asked(&place, "fish", words("d")).shows(&["dev"]);
    asked(
        &place,
        "fish",
        vec!["hcctl".into(), "plan".into(), wild.clone()],
    );
    // Other numbers than there are words.
    for index in ["99", "-1", "", "x", "18446744073709551615"] {
        let mut command = place.command("-- hcctl plan d");
        command.env("HCCTL_COMPLETE", "bash");
        let output = command.env("_CLAP_COMPLETE_INDEX", index).output().unwrap();
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{index}"
        );
    }
}

#[test]
fn a_variable_that_somebody_exported_changes_no_run() {
    for shell in ["bash", "tcsh", "", "0", "1"] {
        let place = Place::new().with("HCCTL_COMPLETE", shell);
        place.expect(0, "validate dev").shows(&["dev: valid"]);
        place.expect(3, "");
    }
    // A shell that is not known is told nothing, and a program that asks for another's completion gets none.
    let place = Place::new();
    assert_eq!(asked(&place, "tcsh", vec!["hcctl".into()]).out, "");
    let place = place.with("COMPLETE", "bash");
    place.expect(0, "validate dev").shows(&["dev: valid"]);
    assert_eq!(ask(&place, "hcctl plan d"), ["dev"]);
}
