//! What a shell completes: asked as the shells' scripts ask, and by the shells themselves.

mod far;
mod quiet;
mod shells;

use std::ffi::OsString;

use crate::support::place::{Place, Ran};

/// Asks what may stand at the end of a line, as fish does; it must be said without a word on stderr.
fn ask(place: &Place, line: &str) -> Vec<String> {
    let words = line.split(' ').map(OsString::from).collect();
    let ran = asked(place, "fish", words);
    let values = ran.out.lines().map(|line| {
        let value = line.split('\t').next().unwrap_or_default();
        value.to_owned()
    });
    values.collect()
}

fn asked(place: &Place, shell: &str, words: Vec<OsString>) -> Ran {
    let mut command = place.command("--");
    command.args(words).env("HCCTL_COMPLETE", shell);
    let ran = Ran::from(command.output().unwrap());
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    ran
}

#[test]
fn verbs_come_without_flags_and_flags_where_one_begins() {
    let place = Place::empty();
    let verbs = ask(&place, "hcctl ");
    assert!(verbs.contains(&"deploy".to_owned()), "{verbs:?}");
    assert!(verbs.iter().all(|verb| !verb.starts_with('-')), "{verbs:?}");
    assert_eq!(ask(&place, "hcctl --sandbox dep"), ["deploy"]);
    assert_eq!(ask(&place, "hcctl deploy --im"), ["--image"]);
    let forms = ask(&place, "hcctl plan --format m");
    assert_eq!(forms, ["markdown", "mermaid"]);
    // Where nothing else may follow, flags do.
    assert!(ask(&Place::new(), "hcctl deploy dev ").contains(&"--image".to_owned()));
    assert_eq!(ask(&place, "hcctl man dri"), ["drift"]);
}

#[test]
fn environments_are_the_files_of_the_directory_on_the_line() {
    let place = Place::new();
    let all = ["dev", "prod"];
    for line in [
        "hcctl plan ",
        "hcctl --sandbox apply ",
        "hcctl validate dev ",
    ] {
        assert_eq!(ask(&place, line), all, "{line}");
    }
    assert_eq!(ask(&place, "hcctl unlock p"), ["prod"]);
    // One that is wrong is there to be validated.
    place.write("elsewhere/broken.yaml", "project: [");
    place.write("elsewhere/notes.txt", "");
    for line in [
        "hcctl --environments elsewhere validate ",
        "hcctl validate --environments=elsewhere ",
        "hcctl plan --sandbox --environments elsewhere ",
    ] {
        assert_eq!(ask(&place, line), ["broken"], "{line}");
    }
    // A new one gets a new name.
    let flags = ask(&place, "hcctl init ");
    assert!(flags.iter().all(|flag| flag.starts_with('-')), "{flags:?}");
    let about = asked(
        &place,
        "fish",
        ["hcctl", "plan", "d"].map(OsString::from).into(),
    );
    about.shows(&["dev\thealthcare-app, us-east-1\n"]);
}

#[test]
fn a_repository_is_that_of_the_directory() {
    let place = Place::new();
    let line = "hcctl bootstrap --github ";
    assert_eq!(ask(&place, line), [""; 0]);
    let config = "[remote \"origin\"]\n\turl = git@github.com:acme/shop.git\n";
    place.write(".git/config", config);
    assert_eq!(ask(&place, line), ["acme/shop"]);
}

#[test]
fn services_are_those_of_the_environment_before_or_behind() {
    let place = Place::new();
    let prod = place.read("environments/prod.yaml");
    let prod = prod.replace("  patient:\n", "  doctor:\n");
    place.write("environments/prod.yaml", &prod);
    let (dev, prod) = (["appointment", "patient"], ["appointment", "doctor"]);
    assert_eq!(ask(&place, "hcctl logs --service "), dev);
    assert_eq!(ask(&place, "hcctl deploy dev --image v1 --service "), dev);
    assert_eq!(ask(&place, "hcctl deploy prod --image v1 --service "), prod);
    assert_eq!(
        ask(&place, "hcctl logs prod --service=d"),
        ["--service=doctor"]
    );
    // None twice; the word at the cursor may be whole already.
    let second = "hcctl push prod --service doctor --service ";
    assert_eq!(ask(&place, second), ["appointment"]);
    assert_eq!(ask(&place, "hcctl push prod --service doctor"), ["doctor"]);
    // Bash and zsh also tell what stands behind the cursor.
    let words = ["hcctl", "logs", "--service", "d", "prod"].map(OsString::from);
    let mut command = place.command("--");
    command.args(words).env("HCCTL_COMPLETE", "bash");
    let behind = Ran::from(command.env("_CLAP_COMPLETE_INDEX", "3").output().unwrap());
    assert_eq!((behind.out.as_str(), behind.err.as_str()), ("doctor", ""));
    let place = place.with("HCCTL_ENV", "prod");
    assert_eq!(ask(&place, "hcctl rollback --service "), prod);
    assert_eq!(ask(&place, "hcctl rollback dev --service "), dev);
}

#[test]
fn a_broken_file_completes_nothing() {
    let place = Place::new();
    place.write("environments/dev.yaml", "project: [");
    for line in [
        "hcctl logs dev --service ",
        "hcctl --sandbox deploy dev --image ",
        "hcctl --sandbox history dev --run ",
        "hcctl --environments nowhere logs --service ",
        "hcctl --environments nowhere plan d",
    ] {
        assert_eq!(ask(&place, line), [""; 0], "{line}");
    }
}

#[test]
fn profiles_are_those_of_the_files() {
    let place = Place::empty();
    assert_eq!(ask(&place, "hcctl --profile "), [""; 0]);
    place.write(
        ".aws/config",
        "[default]\n[profile home]\n[sso-session s]\n",
    );
    place.write(".aws/credentials", "[keys]\n");
    let all = ["default", "home", "keys"];
    assert_eq!(ask(&place, "hcctl plan dev --profile "), all);
    place.write("other", "[profile other]\n");
    let place = place.with("AWS_CONFIG_FILE", "other");
    assert_eq!(ask(&place, "hcctl --profile o"), ["other"]);
}
