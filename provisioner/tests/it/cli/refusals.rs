//! What is refused, with nothing changed.

use hcctl::aws::{ADDRESS, Aws, Tags};

use crate::support::served::Served;
use crate::support::world::{World, load, seen};

/// Changes the account as somebody with a console would: with the id of one of ours, and all its tags.
fn by_hand<F: Future<Output = ()>>(
    served: &Served,
    kind: &str,
    name: &str,
    change: impl FnOnce(Aws, String, Tags) -> F,
) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let sandbox = served.sandbox.clone();
        let aws = World { sandbox }.aws(&load("dev")).await;
        let snapshot = seen(&aws).await;
        let is =
            |seen: &&hcctl_engine::Observed| seen.address.kind == kind && seen.address.name == name;
        let one = snapshot.ours().iter().find(is).unwrap();
        let tags = one.raw.field("tags").unwrap().clone();
        let tags: Tags = serde_json::from_value(tags).unwrap();
        let tags = aws.tags(kind, name, &tags);
        change(aws, one.id.clone(), tags).await;
    });
}

#[test]
fn a_network_that_lost_its_tag_is_neither_doubled_nor_left() {
    let (served, place) = Served::with_place();
    place.expect(0, "apply dev --yes");
    let whole = served.counts();
    for key in [ADDRESS, "Project"] {
        let (mut vpc, mut tags) = (String::new(), Tags::new());
        by_hand(&served, "vpc", "main", async |aws, id, all| {
            let mut rest = all.clone();
            rest.remove(key);
            aws.retag_ec2(&id, &all, &rest).await.unwrap();
            (vpc, tags) = (id, all);
        });
        for line in ["plan dev", "apply dev --yes", "destroy dev --yes"] {
            let ran = place.expect(4, line);
            ran.says(&[&format!("error: vpc/main: {vpc} has lost the tag {key}")]);
            let value = &tags[key];
            ran.says(&[&format!(
                "hint: put it back: aws ec2 create-tags --region us-east-1 --resources {vpc} --tags Key={key},Value={value}"
            )]);
            assert_eq!(served.counts(), whole, "{line}");
        }
        // The hint is a way out.
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let sandbox = served.sandbox.clone();
            let aws = World { sandbox }.aws(&load("dev")).await;
            aws.retag_ec2(&vpc, &Tags::new(), &tags).await.unwrap();
        });
        place.expect(0, "plan dev --detailed-exitcode");
    }
    place.expect(0, "destroy dev --yes");
}

#[test]
fn a_destroy_says_what_it_cannot_tell_for_ours() {
    let (served, place) = Served::with_place();
    place.expect(0, "apply dev --yes");
    by_hand(&served, "repository", "patient", async |aws, id, all| {
        aws.retag_ecr(&id, &all, &Tags::new()).await.unwrap();
    });
    let note = "note: arn:aws:ecr:us-east-1:123456789012:repository/healthcare-app-dev-patient-service stays: its tag Project";
    place.expect(0, "destroy dev --yes").says(&[note]);
    place.expect(0, "destroy dev --yes").says(&[note]);
    assert_eq!(served.counts()["repository"], 1);
}

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

#[test]
fn an_environment_that_stands_in_another_region_is_not_moved() {
    let (served, place) = Served::with_place();
    let (here, there) = ("region: us-east-1", "region: eu-west-1");
    place.expect(0, "apply dev --yes");
    let whole = served.counts();
    place.edit("environments/dev.yaml", here, there);
    for line in ["plan dev", "apply dev --yes"] {
        let ran = place.expect(4, line);
        ran.says(&[
            "error: the environment stands in us-east-1 already, and",
            "role/execution",
            "dashboard/main",
        ]);
        ran.says(&["hint: destroy it there first (region: us-east-1)"]);
        assert_eq!(served.counts(), whole, "{line}");
    }
    // Here there is nothing of it, and what it needs there is left alone.
    place
        .expect(0, "destroy dev --yes")
        .says(&["Nothing of healthcare-app dev is in"]);
    assert_eq!(served.counts(), whole);
    place.edit("environments/dev.yaml", there, here);
    place.expect(0, "plan dev --detailed-exitcode");
    // The hint is a way out.
    place.expect(0, "destroy dev --yes");
    place.edit("environments/dev.yaml", here, there);
    place.expect(0, "apply dev --yes");
    place.expect(0, "plan dev --detailed-exitcode");
}

#[test]
fn what_aws_still_protects_is_refused_before_anything_goes() {
    let (served, place) = Served::with_place();
    place.expect(0, "apply prod --yes");
    let whole = served.counts();
    // The file says that nothing is protected, and nobody has applied that.
    place.edit("environments/prod.yaml", "protect: true", "protect: false");
    let ran = place.expect(4, "destroy prod --yes");
    ran.says(&[
        "error: AWS still protects load_balancer/main, table/appointments, table/patients against",
        "nothing was changed",
        "hint: environments/prod.yaml says protect: false; apply that first: hcctl apply prod",
    ]);
    assert_eq!(ran.out, "");
    assert_eq!(served.counts(), whole);
    place.expect(0, "apply prod --yes");
    place.expect(0, "destroy prod --yes");
}
