//! Every exit code of docs/src/reference/exit-codes.md that a verb of today can end with.

use crate::support::answering::Answering;
use crate::support::place::Place;
use crate::support::served::Served;

#[test]
fn each_code_means_what_the_table_says() {
    let place = Place::new();
    // 0: done, or nothing to do.
    place.expect(0, "--version");
    place.expect(0, "--sandbox destroy dev");
    // 2: there are changes, and only where that was asked for.
    place.expect(0, "--sandbox plan dev");
    place.expect(2, "--sandbox plan dev --detailed-exitcode");
    // 1: failed; what was done stays done.
    place.expect(1, "--sandbox apply dev --yes --timeout 0");
    let elsewhere = Answering::start(500, "text/plain", "no");
    let broken = Place::new().at(&elsewhere.url());
    broken.expect(1, "plan dev");
    // 3: the configuration is wrong, the command line with it.
    place.expect(3, "plan nowhere");
    place.expect(3, "plan --no-such-flag");
    // 4: refused.
    place.expect(4, "--sandbox apply dev");
    place.expect(4, "--sandbox destroy prod --yes");
    // And again: nothing above has left anything.
    place.expect(0, "--sandbox apply dev --yes");
    place.expect(0, "--sandbox plan dev --detailed-exitcode");
    place.expect(0, "--sandbox destroy dev --yes");
}

#[test]
fn a_run_that_stopped_says_how_to_go_on_and_goes_on() {
    let (_served, place) = Served::with_place();
    let ran = place.expect(1, "apply dev --yes --timeout 0");
    ran.shows(&["(--timeout)", "55 not started", "hcctl apply dev"]);
    place.expect(0, "apply dev --yes").shows(&["55 created"]);
}

#[test]
fn the_environment_is_dev_or_what_the_variable_says() {
    let place = Place::new();
    place.expect(0, "--sandbox plan").shows(&["Plan for dev"]);
    let place = place.with("HCCTL_ENV", "prod");
    place.expect(0, "--sandbox plan").shows(&["Plan for prod"]);
    place
        .expect(0, "--sandbox plan dev")
        .shows(&["Plan for dev"]);
}

#[test]
fn quiet_says_nothing_but_results_and_errors() {
    let (_served, place) = Served::with_place();
    let ran = place.expect(0, "apply dev --yes --quiet");
    assert_eq!(ran.err, "");
    let ran = place.expect(3, "plan nowhere --quiet");
    ran.says(&["error: there is no environment"]);
}
