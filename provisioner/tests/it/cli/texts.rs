//! What the binary says about itself.

use crate::support::place::Place;

#[test]
fn help_names_every_verb_and_every_exit_code() {
    let out = Place::empty().expect(0, "--help").out;
    for verb in [
        "init",
        "validate",
        "plan",
        "apply",
        "push",
        "logs",
        "drift",
        "history",
        "destroy",
        "unlock",
        "sandbox",
        "completions",
        "man",
    ] {
        assert!(out.contains(&format!("\n  {verb} ")), "{verb}");
        Place::empty().expect(0, &format!("{verb} --help"));
        Place::empty().expect(0, &format!("help {verb}"));
    }
    for code in [
        "0 done",
        "1 failed",
        "2 there are",
        "3 the conf",
        "4 refused",
        "5 rolled",
        "130 ",
    ] {
        assert!(out.contains(code), "{code}");
    }
}

#[test]
fn no_arguments_and_wrong_ones() {
    let place = Place::empty();
    place.expect(3, "").says(&["Usage: hcctl"]);
    place.expect(3, "aply").says(&["apply"]);
    place.expect(3, "plan --formt json").says(&["--format"]);
    place.expect(3, "unlock").says(&["<ENV>"]);
}

#[test]
fn completions_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = Place::empty().expect(0, &format!("completions {shell}"));
        ran.shows(&["hcctl", "destroy", "detailed-exitcode"]);
        assert_eq!(ran.err, "");
    }
    Place::empty().expect(3, "completions tcsh").says(&["bash"]);
}

#[test]
fn manual_pages() {
    let place = Place::empty();
    let ran = place.expect(0, "man");
    ran.shows(&[".TH hcctl", "hcctl\\-plan"]);
    let ran = place.expect(0, "man plan");
    ran.shows(&[".TH", "detailed\\-exitcode"]);
    place.expect(3, "man nothing").says(&["nothing"]);
}
