//! `hcctl bootstrap` by the real binary: what it makes, what it says, what it leaves alone.

use std::sync::atomic::{AtomicU32, Ordering};

use hcctl_sandbox::{ACCOUNT, Settings};
use hyper::body::Bytes;
use serde_json::Value;

use crate::support::detour::{Answered, Asked, Detour, serve};
use crate::support::place::{Place, Ran};
use crate::support::served::Served;
use crate::support::site::Site;
use crate::support::world::{World, load};

const GITHUB: &str = "bootstrap --github acme/health-care";

/// What the account holds, but for the journal.
fn counts(served: &Served) -> Vec<(&'static str, usize)> {
    let counts = served.counts().into_iter();
    counts.filter(|(what, _)| *what != "object").collect()
}

/// Calls AWS beside hcctl, in the scope of the set-up.
fn beside<F: Future<Output = ()>>(served: &Served, call: impl FnOnce(hcctl::aws::Aws) -> F) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let [_, site] = Site::both();
        let sandbox = served.sandbox.clone();
        call(site.aws(&World { sandbox }).await).await;
    });
}

#[test]
fn the_first_run_makes_it_and_the_second_has_nothing_to_do() {
    let (served, place) = Served::with_place();
    let refused = place.expect(4, GITHUB);
    refused.shows(&[
        "Plan for bootstrap: healthcare-app, us-east-1, account 123456789012 as user/test\n",
        "environments/{dev,prod}.yaml compared with what is there",
        "  + bucket          us-east-1\n",
        "  + managed_policy  dev-hcctl-boundary, prod-hcctl-boundary\n",
        "  + oidc_provider   github\n",
        "  + role            dev-hcctl-apply, dev-hcctl-plan, prod-hcctl-apply,",
        "8 to create, 0 to change",
    ]);
    refused.says(&["error: not confirmed", "hint: read what is above, then run"]);
    assert_eq!(counts(&served), [], "a refusal makes nothing");

    let made = place.expect(0, &format!("{GITHUB} --yes"));
    made.shows(&["bootstrap healthcare-app finished in", "8 created."]);
    made.says(&["created   oidc_provider/github"]);
    insta::assert_snapshot!("bootstrap_next", next(&made));
    let there = counts(&served);
    let wanted = [
        ("bucket", 1),
        ("oidc provider", 1),
        ("policy", 2),
        ("role", 4),
    ];
    assert_eq!(there, wanted);

    for line in [GITHUB.to_owned(), format!("{GITHUB} --yes")] {
        let again = place.expect(0, &line);
        again.shows(&["No changes. bootstrap is as environments/{dev,prod}.yaml says."]);
        assert_eq!(next(&again), next(&made));
        assert_eq!(again.err, "");
    }
    assert_eq!(counts(&served), there);
    for line in made.out.lines() {
        // What is to be copied must not be broken: an ARN may be longer.
        assert!(line.len() <= 80 || line.contains("arn:"), "{line}");
    }
}

/// What is left to do by hand.
fn next(ran: &Ran) -> &str {
    let at = ran.out.find("What is left to do by hand").unwrap();
    &ran.out[at..]
}

#[test]
fn what_was_changed_is_shown_and_put_back() {
    let (served, place) = Served::with_place();
    place.expect(0, &format!("{GITHUB} --yes"));
    beside(&served, async |aws| {
        let open = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{ACCOUNT}"}},"Action":"sts:AssumeRole"}}]}}"#
        );
        let call = aws.iam.update_assume_role_policy();
        let call = call.role_name("healthcare-app-dev-hcctl-apply");
        call.policy_document(open).send().await.unwrap();
    });
    let shown = place.expect(4, GITHUB);
    shown.shows(&[
        "Change 1",
        "role/dev-hcctl-apply",
        "trust",
        "sts:AssumeRoleWithWebIdentity",
    ]);
    let back = place.expect(0, &format!("{GITHUB} --yes"));
    back.shows(&["1 changed."]);
    place.expect(0, GITHUB).shows(&["No changes."]);

    // Another repository, or its numbers, are a change of trust as well.
    let moved = place.expect(4, &format!("{GITHUB} --owner-id 42 --repository-id 4711"));
    moved.shows(&["acme@42/health-care@4711", "4 to change"]);
}

#[test]
fn a_provider_that_stands_is_taken_as_it_is() {
    let (served, place) = Served::with_place();
    beside(&served, async |aws| {
        let call = aws.iam.create_open_id_connect_provider();
        let call = call.url("https://token.actions.githubusercontent.com");
        call.client_id_list("theirs").send().await.unwrap();
    });
    let made = place.expect(0, &format!("{GITHUB} --yes"));
    made.shows(&["7 created, 1 changed."]);
    made.says(&["changed   oidc_provider/github"]);
    beside(&served, async |aws| {
        let arn =
            format!("arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com");
        let call = aws.iam.get_open_id_connect_provider();
        let seen = call.open_id_connect_provider_arn(arn).send().await.unwrap();
        assert_eq!(seen.client_id_list(), ["theirs", "sts.amazonaws.com"]);
        assert!(seen.tags().is_empty(), "{:?}", seen.tags());
    });
    place.expect(0, GITHUB).shows(&["No changes."]);
}

#[test]
fn a_role_of_that_name_that_somebody_made_is_not_taken() {
    let (served, place) = Served::with_place();
    beside(&served, async |aws| {
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}]}"#;
        let call = aws.iam.create_role();
        let call = call.role_name("healthcare-app-dev-hcctl-plan");
        call.assume_role_policy_document(trust)
            .send()
            .await
            .unwrap();
    });
    let ran = place.expect(4, &format!("{GITHUB} --yes"));
    ran.says(&["error: role/dev-hcctl-plan: the name is taken by", "hint: "]);
    assert_eq!(counts(&served), [("role", 1)]);
}

#[test]
fn programs_read_lines() {
    let (_served, place) = Served::with_place();
    let refused = place.expect(4, &format!("{GITHUB} --format json"));
    let plan: Value = serde_json::from_str(&refused.out).unwrap();
    assert_eq!(
        (&plan["format_version"], &plan["counts"]["create"]),
        (&1.into(), &8.into())
    );

    let made = place.expect(0, &format!("{GITHUB} --yes --format json"));
    let lines: Vec<Value> = made
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [.., report, set_up] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    assert_eq!(
        (&report["verb"], &report["complete"]),
        (&"bootstrap".into(), &true.into())
    );
    insta::assert_snapshot!("bootstrap_json", format!("{set_up:#}"));
    let again = place.expect(0, &format!("{GITHUB} --format json"));
    assert_eq!(serde_json::from_str::<Value>(&again.out).unwrap(), *set_up);

    let comment = place.expect(0, &format!("{GITHUB} --format markdown"));
    comment.shows(&[
        "### Plan for",
        "no changes",
        "2. Protect the branch main",
        "   ```sh\n",
    ]);

    // With the numbers, nothing is left to say of them.
    let known = format!("{GITHUB} --owner-id 42 --repository-id 4711");
    let known = place.expect(0, &format!("{known} --yes --format json --quiet"));
    let last: Value = serde_json::from_str(known.out.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&set_up["by_number"], &last["by_number"]),
        (&false.into(), &true.into())
    );
    assert_eq!(last["variables"], set_up["variables"]);
}

#[test]
fn wrong_input_is_told_before_anything_is_called() {
    // Nobody listens there: a call would fail with 1.
    let place = Place::new().at("http://127.0.0.1:9");
    for wrong in ["acme", "*/*", "acme/health-care/x"] {
        let ran = place.expect(3, &format!("bootstrap --yes --github {wrong}"));
        ran.says(&["write OWNER/REPO as GitHub shows it"]);
    }
    place.expect(3, &format!("{GITHUB} --owner-id 42"));
    place.expect(3, "bootstrap --owner-id 42 --repository-id 4711");
    let elsewhere = place.expect(3, &format!("{GITHUB} --region eu-west-1"));
    elsewhere.says(&["error: --region eu-west-1 is the region of no environment"]);
    place.edit(
        "environments/prod.yaml",
        "project: healthcare-app",
        "project: other-app",
    );
    let ran = place.expect(3, GITHUB);
    ran.says(&["of several projects: dev of healthcare-app, prod of other-app"]);
    place.edit(
        "environments/prod.yaml",
        "project: other-app",
        "project: Other",
    );
    place.expect(3, GITHUB).says(&["environments/prod.yaml:"]);
    let none = Place::empty().at("http://127.0.0.1:9");
    none.write("environments/README", "nothing");
    none.expect(3, GITHUB)
        .says(&["there is no environment in environments"]);
}

#[test]
fn another_account_is_refused_or_left_to_itself() {
    let (served, place) = Served::with_place();
    let theirs = "region: us-east-1\naccount: \"999999999999\"";
    place.edit("environments/prod.yaml", "region: us-east-1", theirs);
    let ran = place.expect(4, &format!("{GITHUB} --yes"));
    ran.says(&["error: prod is for account 999999999999, and these credentials are of account 123456789012"]);
    assert_eq!(counts(&served), []);
    // One of the files knows this account, so that it is no mistake.
    let ours = format!("region: us-east-1\naccount: \"{ACCOUNT}\"");
    place.edit("environments/dev.yaml", "region: us-east-1", &ours);
    let ran = place.expect(0, &format!("{GITHUB} --yes"));
    ran.says(&["note: prod is for account 999999999999: bootstrap that one, too"]);
    assert_eq!(served.counts()["role"], 2);
}

#[test]
fn environments_come_and_go_and_regions_differ() {
    let (served, place) = Served::with_place();
    place.edit(
        "environments/prod.yaml",
        "region: us-east-1",
        "region: eu-west-1",
    );
    place
        .expect(0, &format!("{GITHUB} --yes"))
        .shows(&["9 created."]);
    assert_eq!(served.counts()["bucket"], 2);
    place.expect(0, GITHUB).shows(&["No changes."]);

    // Without a repository, what pipelines need is not looked at.
    std::fs::remove_file(place.path("environments/prod.yaml")).unwrap();
    place
        .expect(4, "bootstrap")
        .shows(&["- managed_policy  prod-hcctl-boundary", "1 to delete"]);
    let gone = place.expect(0, &format!("{GITHUB} --yes"));
    gone.shows(&["3 deleted."]);
    // What is shared stays.
    let left = [
        ("bucket", 2),
        ("oidc provider", 1),
        ("policy", 1),
        ("role", 2),
    ];
    assert_eq!(counts(&served), left);
    place.expect(0, "bootstrap").shows(&["No changes."]);
}

#[test]
fn an_environment_lives_within_its_boundary_and_leaves_the_set_up_alone() {
    let (served, place) = Served::with_place();
    place.expect(0, &format!("{GITHUB} --yes"));
    let set_up = counts(&served);

    // An environment from before: its roles get the boundary in place.
    place.expect(0, "apply dev --yes");
    place.edit(
        "environments/dev.yaml",
        "region: us-east-1",
        "region: us-east-1\npermissions_boundary: healthcare-app-dev-hcctl-boundary",
    );
    let plan = place.expect(2, "plan dev --detailed-exitcode");
    plan.shows(&["Change 3", "boundary", "3 to change"]);
    place.expect(0, "apply dev --yes");
    place.expect(0, "plan dev --detailed-exitcode");
    beside(&served, async |aws| {
        for role in ["patient-task", "appointment-task", "ecs-execution"] {
            let call = aws
                .iam
                .get_role()
                .role_name(format!("healthcare-app-dev-{role}"));
            let seen = call.send().await.unwrap().role.unwrap();
            let boundary = seen.permissions_boundary().unwrap();
            assert_eq!(
                boundary.permissions_boundary_arn(),
                Some(
                    "arn:aws:iam::123456789012:policy/hcctl-bootstrap/healthcare-app-dev-hcctl-boundary"
                )
            );
        }
    });
    let told = place.expect(0, GITHUB);
    told.shows(&["# environments/prod.yaml\n     permissions_boundary: "]);
    assert!(!told.out.contains("# environments/dev"), "{}", told.out);
    // An environment that stands holds its boundary; a set-up without it says so.
    place.write("kept.yaml", &place.read("environments/dev.yaml"));
    std::fs::remove_file(place.path("environments/dev.yaml")).unwrap();
    let held = place.expect(1, "bootstrap --yes");
    held.shows(&["roles still have it as their boundary"]);
    place.write("environments/dev.yaml", &place.read("kept.yaml"));

    let gone = place.expect(0, "destroy dev --yes");
    assert!(!gone.err.contains("hcctl-bootstrap"), "{}", gone.err);
    // The role is the one that AWS itself makes for ECS, and keeps.
    let mut left = set_up.clone();
    left.iter_mut().find(|(what, _)| *what == "role").unwrap().1 += 1;
    assert_eq!(counts(&served), left);
    place.expect(0, GITHUB).shows(&["No changes."]);

    // From the start within the boundary.
    place.expect(0, "apply dev --yes");
    place.expect(0, "plan dev --detailed-exitcode");
    place.expect(0, "destroy dev --yes");
    assert_eq!(counts(&served), left);
}

#[test]
fn a_boundary_that_is_not_there_is_named() {
    let (_served, place) = Served::with_place();
    place.edit(
        "environments/dev.yaml",
        "region: us-east-1",
        "region: us-east-1\npermissions_boundary: healthcare-app-dev-hcctl-boundary",
    );
    let ran = place.expect(1, "apply dev --yes");
    ran.shows(&["make the boundary first, with", "hcctl bootstrap"]);
}

/// Knows nothing of the provider when the first roles come.
#[derive(Default)]
struct Unheard(AtomicU32);

impl Detour for Unheard {
    fn ask(&self, operation: &str, _: &mut Asked) -> Option<Answered> {
        if operation != "iam:CreateRole" || self.0.fetch_add(1, Ordering::Relaxed) >= 6 {
            return None;
        }
        let body = "<ErrorResponse><Error><Type>Sender</Type><Code>MalformedPolicyDocument</Code>\
            <Message>Invalid principal in policy: &quot;FEDERATED&quot;:&quot;arn:aws:iam::1:x&quot;</Message></Error>\
            <RequestId>a</RequestId></ErrorResponse>";
        let answer = http::Response::builder().status(400);
        let answer = answer.header("content-type", "text/xml");
        Some(answer.body(Bytes::from(body)).unwrap())
    }
}

#[test]
fn a_provider_that_iam_does_not_know_everywhere_yet_is_waited_for() {
    let (served, place) = Served::with_place();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (endpoint, _) = serve(&runtime, &served.url(), Box::new(Unheard::default()));
    let made = place.at(&endpoint).expect(0, &format!("{GITHUB} --yes"));
    made.shows(&["8 created."]);
    assert_eq!(served.counts()["role"], 4);
}

#[test]
fn two_at_once_are_one_after_the_other() {
    let (served, place) = Served::with_place();
    place.expect(0, &format!("{GITHUB} --yes"));
    std::fs::remove_file(place.path("environments/prod.yaml")).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let [_, site] = Site::both();
        let sandbox = served.sandbox.clone();
        let aws = site.aws(&World { sandbox }).await;
        let lease = hcctl::lock::Lease::take(&aws, "bootstrap").await.unwrap();
        let place = &place;
        let ran = std::thread::scope(|scope| {
            let run = scope.spawn(|| place.expect(4, &format!("{GITHUB} --yes")));
            run.join().unwrap()
        });
        ran.says(&[
            "the account's set-up is being worked on by bootstrap of",
            "hint: wait",
        ]);
        lease.release().await.unwrap();
    });
    place.expect(0, &format!("{GITHUB} --yes"));
}

/// A policy that has lost its address is not doubled.
#[tokio::test]
async fn a_boundary_that_lost_its_tag_stops_the_plan() {
    let [_, site] = Site::both();
    let world = World::new(Settings::instant());
    site.converge(&world).await;
    let aws = site.aws(&world).await;
    let arn =
        format!("arn:aws:iam::{ACCOUNT}:policy/hcctl-bootstrap/healthcare-app-dev-hcctl-boundary");
    let call = aws.iam.untag_policy().policy_arn(&arn);
    call.tag_keys(hcctl::aws::ADDRESS).send().await.unwrap();
    let errors = site.look(&aws).await.unwrap_err();
    let [hcctl_engine::plan::PlanError::Lost(lost)] = errors.as_slice() else {
        panic!("{errors:?}");
    };
    assert_eq!(
        lost.remedy,
        format!(
            "put it back: aws iam tag-policy --policy-arn {arn} --tags Key=hcctl:address,Value=managed_policy/dev-hcctl-boundary"
        )
    );
}

/// Six times another document: AWS keeps five versions, so the oldest goes each time.
#[tokio::test]
async fn a_boundary_that_changes_often_keeps_within_its_versions() {
    let world = World::new(Settings::instant());
    let mut dev = load("dev");
    let secret = |number: u32| {
        let arn = format!("arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/{number}");
        ("KEY".parse().unwrap(), arn.parse().unwrap())
    };
    for number in 0..7 {
        let service = dev.services.values_mut().next().unwrap();
        service.secrets = [secret(number)].into();
        Site::SetUp(vec![dev.clone()]).converge(&world).await;
    }
    let [_, site] = Site::both();
    let call = site.aws(&world).await.iam.list_policy_versions();
    let call = call.policy_arn(format!(
        "arn:aws:iam::{ACCOUNT}:policy/hcctl-bootstrap/healthcare-app-dev-hcctl-boundary"
    ));
    let versions = call.send().await.unwrap();
    let ids: Vec<&str> = versions
        .versions()
        .iter()
        .filter_map(|one| one.version_id())
        .collect();
    assert_eq!(ids, ["v7", "v6", "v5", "v4", "v3"]);
}
