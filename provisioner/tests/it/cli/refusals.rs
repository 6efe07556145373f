//! What is refused, with nothing changed.

use crate::support::served::Served;

#[test]
fn nothing_is_made_or_removed_off_a_terminal_without_yes() {
    let (served, place) = Served::with_place();
    let ran = place.expect(4, "apply dev");
    ran.shows(&["55 to create"]);
    ran.says(&[
        "error: not confirmed: there is no terminal",
        "hint:",
        "--yes",
    ]);
    assert!(served.counts().is_empty());

    place.expect(0, "apply dev --yes");
    let whole = served.counts();
    let ran = place.expect(4, "destroy dev");
    ran.says(&[
        "not confirmed",
        "--yes",
        "warning: table healthcare-app-dev-patients goes",
    ]);
    assert_eq!(served.counts(), whole);
    // Where there is nothing to do there is nothing to ask.
    place.expect(0, "apply dev");
}

#[test]
fn a_protected_environment_is_not_destroyed() {
    let (served, place) = Served::with_place();
    place.expect(0, "apply prod --yes");
    let whole = served.counts();
    let ran = place.expect(4, "destroy prod --yes");
    ran.says(&["prod is protected: environments/prod.yaml says protect: true"]);
    ran.says(&["hint: set protect: false, run hcctl apply prod, then destroy"]);
    assert_eq!(served.counts(), whole);
    // The hint is a way out.
    place.edit("environments/prod.yaml", "protect: true", "protect: false");
    place.expect(0, "apply prod --yes");
    let ran = place.expect(0, "destroy prod --yes");
    ran.says(&["Nothing of healthcare-app prod is left in account 123456789012, us-east-1"]);
    place.expect(0, "destroy prod --yes");
}

#[test]
fn a_destroy_leaves_nothing_and_says_so() {
    let (_served, place) = Served::with_place();
    let ran = place.expect(0, "destroy dev --yes");
    ran.says(&["Nothing of healthcare-app dev is in account 123456789012, us-east-1."]);
    place.expect(0, "apply dev --yes");
    place.expect(0, "apply prod --yes");
    let ran = place.expect(0, "destroy dev --yes");
    ran.shows(&["55 deleted"]);
    ran.says(&["Nothing of healthcare-app dev is left"]);
    ran.says(&["The journal stays in s3://hcctl-123456789012-us-east-1."]);
    // The neighbour has noticed nothing.
    place.expect(0, "plan prod --detailed-exitcode");
}
