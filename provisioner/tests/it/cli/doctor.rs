//! `hcctl doctor`: what would stop an apply, and what only cannot be found out.

use std::collections::BTreeMap;

use hcctl_sandbox::{Pace, Quotas, Settings};
use hyper::body::Bytes;
use serde_json::Value;

use crate::support::detour::{Answered, Asked, Detour, serve};
use crate::support::place::{Place, Ran};
use crate::support::served::Served;

const CERTIFICATE: &str = "arn:aws:acm:us-east-1:123456789012:certificate/a";

/// As a person has it, whose clock is AWS's, without the waits.
fn settings() -> Settings {
    Settings {
        pace: Pace::Real { scale: 1.0 },
        ..Settings::instant()
    }
}

fn served(settings: Settings) -> (Served, Place) {
    let served = Served::start(settings);
    let place = Place::new().at(&served.url());
    (served, place)
}

/// What came of each check, by name.
fn outcomes(ran: &Ran) -> BTreeMap<String, String> {
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(document["format_version"], 1);
    let checks = document["checks"].as_array().unwrap().iter();
    let outcomes = checks.map(|check| {
        let text = |key: &str| check[key].as_str().unwrap().to_owned();
        (text("name"), text("outcome"))
    });
    outcomes.collect()
}

/// The checks that ended so.
fn named(outcomes: &BTreeMap<String, String>, outcome: &str) -> Vec<String> {
    let same = outcomes.iter().filter(|(_, is)| *is == outcome);
    same.map(|(name, _)| name.clone()).collect()
}

#[test]
fn where_all_is_well_nothing_would_stop_an_apply() {
    let place = Place::new();
    let ran = place.expect(0, "--sandbox doctor dev");
    ran.shows(&[
        "Doctor for dev: healthcare-app, account 123456789012, us-east-1\n",
        "ok       region                  us-east-1 is enabled; 3 zones, 2 wanted\n",
        "ok       plan                    55 to create\n",
        "ok       quota-vpcs              0 of 5 used, 1 more needed\n",
        "ok       bucket                  hcctl-123456789012-us-east-1 will be made\n",
        "Nothing would stop an apply of dev.\n",
    ]);
    assert_eq!(ran.err, "");
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80));
    place.expect(0, "--sandbox apply dev --yes --quiet");
    let after = outcomes(&place.expect(0, "--sandbox doctor dev --format json"));
    assert_eq!(named(&after, "failed"), Vec::<String>::new());
    // Nothing more is to come, so nothing is asked about; tasks always are.
    let quotas = after.keys().filter(|name| name.starts_with("quota"));
    assert_eq!(quotas.collect::<Vec<_>>(), ["quota-fargate-vcpus"]);
    place.expect(0, "--sandbox doctor dev").shows(&[
        "ok       plan                    nothing to do\n",
        "ok       bucket                  hcctl-123456789012-us-east-1 is there, and ours\n",
        "AWS will make those of ELB, Auto Scaling\n",
    ]);
}

#[test]
fn a_quota_that_is_full_would() {
    let quotas = Quotas {
        addresses: 0,
        tables: 1,
        fargate_vcpus: 1,
        ..Quotas::default()
    };
    let (served, place) = served(Settings {
        quotas,
        ..settings()
    });
    let ran = place.expect(1, "doctor dev");
    ran.shows(&[
        "failed   quota-elastic-ips       0 of 0 used, 1 more needed\n",
        "hint: raise L-0263D0A3 of ec2 to 1 in Service",
        "failed   quota-tables            0 of 1 used, 2 more needed\n",
        "warning  quota-fargate-vcpus     0.5 to start with, 2 in a deployment, of 1\n",
        "2 checks would stop an apply of dev.",
    ]);
    assert_eq!(ran.err, "");
    drop(served);
    // An apply sees it too, before it writes anything.
    let quotas = Quotas {
        addresses: 0,
        ..Quotas::default()
    };
    let (served, place) = self::served(Settings {
        quotas,
        ..Settings::instant()
    });
    let ran = place.expect(4, "apply dev --yes");
    ran.says(&["elastic_ip/nat-a: the account's quota is met: 0 of 0 used, 1 more needed"]);
    assert!(served.counts().is_empty(), "{:?}", served.counts());
}

#[test]
fn a_clock_that_is_off_is_told_and_five_minutes_would() {
    let (served, place) = served(settings());
    served.sandbox.describe();
    served.sandbox.advance(100_000);
    place.expect(0, "doctor dev").shows(&[
        "warning  clock                   ",
        "seconds behind AWS's\n",
    ]);
    served.sandbox.advance(330_000);
    place.expect(1, "doctor dev").shows(&[
        "failed   clock                   7 minutes behind AWS's\n",
        "hint: let the system set its clock (NTP)",
    ]);
}

/// A call of IAM, as somebody else makes it.
fn iam(served: &Served, form: &str) {
    let scope = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/iam/aws4_request, Signature=0";
    let request = http::Request::post("http://iam.amazonaws.com/")
        .header("authorization", scope)
        .body(Bytes::from(format!("Version=2010-05-08&{form}")))
        .unwrap();
    let answer = served.sandbox.handle(&request).unwrap();
    assert_eq!(answer.status(), 200, "{:?}", answer.body());
}

/// Somebody in the role `ci/deployer`, whose one policy allows these actions of EC2 and all of every other service.
fn as_role(actions: &str, boundary: &str) -> (Served, Place) {
    let caller = "arn:aws:sts::123456789012:assumed-role/deployer/session".to_owned();
    let (served, place) = served(Settings {
        caller: Some(caller),
        ..settings()
    });
    let trust = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22*%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%7D";
    let form = format!(
        "Action=CreateRole&RoleName=deployer&Path=/ci/&AssumeRolePolicyDocument={trust}{boundary}"
    );
    iam(&served, &form);
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","NotAction":"ec2:*","Resource":"*"}},{{"Effect":"Allow","Action":"{actions}","Resource":"*"}}]}}"#
    );
    let form =
        format!("Action=PutRolePolicy&RoleName=deployer&PolicyName=most&PolicyDocument={policy}");
    iam(&served, &form);
    (served, place)
}

#[test]
fn what_the_callers_policies_deny_is_listed_by_service() {
    let (_served, place) = as_role("ec2:Describe*", "");
    let ran = place.expect(1, "doctor dev");
    ran.shows(&[
        "ok       credentials             assumed-role/deployer/session",
        "failed   permissions             34 of ",
        "allowed by no policy:",
        "ec2 (AllocateAddress,",
        "CreateVpc,",
    ]);
    assert!(!ran.out.contains("DescribeVpcs"), "{}", ran.out);
    let (_served, place) = as_role("ec2:*", "");
    place
        .expect(0, "doctor dev")
        .shows(&["ok       permissions             all "]);
    let boundary = "&PermissionsBoundary=arn:aws:iam::aws:policy/PowerUserAccess";
    let (_served, place) = as_role("ec2:*", boundary);
    place.expect(1, "doctor dev").shows(&[
        "failed   permissions ",
        "by the permissions",
        "iam (AttachRolePolicy,",
    ]);
}

/// Whoever is in the role that pipelines apply with, once `bootstrap` made it, may do all that an apply does, if the file
/// names the boundary.
#[test]
fn the_role_of_pipelines_may_apply_within_its_boundary() {
    let role = "healthcare-app-dev-hcctl-apply";
    let caller = format!("arn:aws:sts::123456789012:assumed-role/{role}/hcctl-1");
    let (_served, place) = served(Settings {
        caller: Some(caller),
        ..settings()
    });
    place.expect(0, "bootstrap --github acme/shop --yes --quiet");
    let ran = place.expect(1, "doctor dev");
    let told = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "failed permissions 3 of 2",
        "actions denied; allowed within a boundary only, and the file names none: iam (AttachRolePolicy, CreateRole, PutRolePolicy)",
        "hint: write permissions_boundary into the file: hcctl bootstrap says which",
    ] {
        assert!(told.contains(words), "no `{words}` in\n{told}");
    }
    place.edit(
        "environments/dev.yaml",
        "region: us-east-1",
        "region: us-east-1\npermissions_boundary: healthcare-app-dev-hcctl-boundary",
    );
    place
        .expect(0, "doctor dev")
        .shows(&["ok       permissions             all "]);
}

#[test]
fn an_engine_is_for_push_and_its_absence_a_warning() {
    let (_served, place) = served(settings());
    let place = place.with("PATH", "/nonexistent");
    place.expect(0, "doctor dev").shows(&[
        "warning  container-engine        neither docker nor podman is on PATH; push",
        "hint: install Docker or Podman",
        "Nothing would stop an apply of dev. 1 warning.\n",
    ]);
    let place = place.with("HCCTL_ENGINE", "nerdctl");
    place
        .expect(0, "doctor dev")
        .shows(&["warning  container-engine        HCCTL_ENGINE names `nerdctl`\n"]);
}

#[test]
fn a_certificate_must_be_good() {
    let (served, place) = served(settings());
    place.edit(
        "environments/dev.yaml",
        "certificate: null",
        &format!("certificate: {CERTIFICATE}"),
    );
    let put = |status: &str, days| {
        let names = ["care.example.com"];
        served
            .sandbox
            .set_certificate(CERTIFICATE, &names, status, days);
    };
    place
        .expect(0, "doctor dev")
        .shows(&["ok       certificate             for sandbox.example.com, good for 39"]);
    put("ISSUED", 12);
    place
        .expect(0, "doctor dev")
        .shows(&["warning  certificate             for care.example.com, good for 11 more"]);
    put("ISSUED", -1);
    place
        .expect(1, "doctor dev")
        .shows(&["failed   certificate             for care.example.com: expired\n"]);
    put("PENDING_VALIDATION", 0);
    place
        .expect(1, "doctor dev")
        .shows(&["PENDING_VALIDATION, not", "DNS record that ACM shows"]);
}

#[test]
fn another_account_and_a_wrong_file_are_refused_as_everywhere() {
    let (_served, place) = served(settings());
    let guard = "account: \"999999999999\"\nregion: us-east-1";
    place.edit("environments/dev.yaml", "region: us-east-1", guard);
    let ran = place.expect(4, "doctor dev --format json");
    let outcomes = outcomes(&ran);
    assert_eq!(named(&outcomes, "failed"), ["account"]);
    assert_eq!(named(&outcomes, "skipped").len(), 13, "{outcomes:?}");
    place.edit("environments/dev.yaml", "region: us-east-1", "regoin: x");
    let ran = place.expect(3, "doctor dev");
    ran.says(&["environments/dev.yaml", "regoin"]);
    assert_eq!(ran.out, "");
}

#[test]
fn without_credentials_the_rest_is_skipped() {
    let ran = Place::new().expect(1, "doctor dev");
    ran.shows(&[
        "failed   credentials             sts:GetCallerIdentity: no AWS credentials were",
        "skipped  permissions             needs credentials\n",
        "1 check would stop an apply of dev.",
    ]);
    assert_eq!(ran.err, "");
}

/// Says no to what only this verb asks.
struct Denies;

impl Detour for Denies {
    fn ask(&self, operation: &str, _: &mut Asked) -> Option<Answered> {
        let (kind, body) = match operation {
            "iam:SimulatePrincipalPolicy" => (
                "text/xml",
                "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
                 <Message>not authorized</Message></Error><RequestId>a</RequestId></ErrorResponse>",
            ),
            "servicequotas:GetServiceQuota" => (
                "application/x-amz-json-1.1",
                "{\"__type\":\"AccessDeniedException\",\"Message\":\"not authorized\"}",
            ),
            _ => return None,
        };
        let answer = http::Response::builder()
            .status(403)
            .header("content-type", kind);
        Some(answer.body(Bytes::from(body)).unwrap())
    }
}

#[test]
fn what_the_caller_may_not_ask_is_told_and_stops_nothing() {
    let (served, place) = served(settings());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (endpoint, _) = serve(&runtime, &served.url(), Box::new(Denies));
    let place = place.at(&endpoint);
    let ran = place.expect(0, "doctor dev");
    ran.shows(&[
        "warning  permissions             not known: the caller may not do",
        "iam:SimulatePrincipalPolicy,",
        "(provisioner/policies/plan.json, statement",
        "warning  quotas                  not known: the caller may not do",
        "ok       plan                    55 to create\n",
    ]);
}

#[test]
fn what_stops_a_plan_would() {
    let (served, place) = served(settings());
    let trust = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22*%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%7D";
    let form = format!(
        "Action=CreateRole&RoleName=healthcare-app-dev-patient-task&AssumeRolePolicyDocument={trust}"
    );
    iam(&served, &form);
    let ran = place.expect(1, "doctor dev");
    ran.shows(&[
        "failed   plan                    role/",
        "quotas                  needs a plan",
    ]);
}
