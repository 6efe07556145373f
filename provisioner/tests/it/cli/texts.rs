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
        ran.shows(&["hcctl", "HCCTL_COMPLETE", shell]);
        assert_eq!(ran.err, "");
    }
    Place::empty().expect(3, "completions tcsh").says(&["bash"]);
}

#[test]
fn a_slip_is_told_what_was_probably_meant() {
    let place = Place::new();
    for (line, word) in [
        ("aply", "'apply'"),
        ("plan --formt json", "'--format'"),
        ("plan --format jsn", "'json'"),
        ("sandbox stauts", "'status'"),
        ("man deplyo", "`deploy`"),
        ("plan prdo", "`prod`"),
        ("validate prdo", "`prod`"),
        ("logs dev --service pateint", "`patient`"),
        (
            "deploy dev --image v1 --service appiontment",
            "`appointment`",
        ),
        ("push dev --tag v1 --service pateint", "`patient`"),
        ("rollback dev --service pateint", "`patient`"),
    ] {
        place.expect(3, line).says(&[word]);
    }
    let ran = place.expect(3, "plan prdo");
    ran.says(&["error: there is no environment `prdo` in environments"]);
    ran.says(&["hint: did you mean `prod`? there are: dev, prod"]);
    place.expect(0, "--sandbox apply dev --yes");
    place.expect(0, "--sandbox push dev --tag main-7f3a");
    place
        .expect(4, "--sandbox deploy dev --image mian-7f3a")
        .says(&["hint: did you mean `main-7f3a`? or push it first: hcctl --sandbox push"]);
}
