//! Whose credentials are used, and what is said where none can be had. In the sandbox an access key is its user's name.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use hcctl::aws::Aws;
use hcctl_sandbox::{Delays, Settings};

use crate::support::place::Place;
use crate::support::served::Served;
use crate::support::world::{World, load};

use super::terminal::typed;

const ROLE: &str = "arn:aws:iam::123456789012:role/deployer";
const DEVICE: &str = "arn:aws:iam::123456789012:mfa/maria";

/// As fast as can be, by the wall's clock: sessions have an end.
fn settings() -> Settings {
    Settings {
        delays: Delays::none(),
        ..Settings::default()
    }
}

/// A place with profiles: one with keys, one whose role wants MFA.
fn with_profiles(served: &Served) -> Place {
    let place = Place::new().at(&served.url());
    place.write(
        ".aws/credentials",
        "[shop-dev]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = x\n",
    );
    place.write(
        ".aws/config",
        &format!(
            "[profile careful]\nrole_arn = {ROLE}\nsource_profile = shop-dev\nmfa_serial = {DEVICE}\n\
             [profile slip]\nrole_arn = {ROLE}\nsource_profile = shop-dve\n\
             [profile ring]\nrole_arn = {ROLE}\nsource_profile = ring-back\n\
             [profile ring-back]\nrole_arn = {ROLE}\nsource_profile = ring\n\
             [profile nothing]\nregion = us-east-1\n"
        ),
    );
    place
}

/// A role that the account's users may assume with MFA.
fn role(served: &Served) {
    let world = World {
        sandbox: served.sandbox.clone(),
    };
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",
        "Principal":{"AWS":"arn:aws:iam::123456789012:root"},
        "Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}"#;
    let make = async {
        let aws: Aws = world.aws(&load("dev")).await;
        let call = aws.iam.create_role().role_name("deployer");
        call.assume_role_policy_document(trust)
            .send()
            .await
            .unwrap();
    };
    tokio::runtime::Runtime::new().unwrap().block_on(make);
}

#[test]
fn a_profile_that_is_named_goes_before_keys_in_the_environment() {
    let served = Served::start(settings());
    let place = with_profiles(&served);
    let who = |place: &Place, line: &str| {
        let out = place.run(line).out;
        out.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(who(&place, "doctor dev").contains("user/test, by AWS_ACCESS_KEY_ID"));
    let named = who(&place, "doctor dev --profile shop-dev");
    assert!(
        named.contains("user/AKIDPROFILE, by keys in a file (profile shop-dev)"),
        "{named}"
    );
    // As for the AWS CLI, a profile that only the environment names does not.
    let place = place.with("AWS_PROFILE", "shop-dev");
    assert!(who(&place, "doctor dev").contains("user/test, by AWS_ACCESS_KEY_ID"));
}

#[test]
fn a_profile_that_leads_nowhere_is_told_by_what_is_wrong_with_it() {
    let served = Served::start(settings());
    let place = with_profiles(&served);
    for (profile, words) in [
        (
            "shop-dve",
            &["no profile `shop-dve`", "did you mean `shop-dev`?"][..],
        ),
        (
            "slip",
            &[
                "profile `slip` has the source_profile `shop-dve`",
                "did you mean `shop-dev`?",
            ],
        ),
        ("ring", &["lead in a circle: ring -> ring-back -> ring"]),
        (
            "nothing",
            &["no AWS credentials were found (profile nothing)"],
        ),
    ] {
        let ran = place.expect(1, &format!("plan dev --profile {profile}"));
        ran.says(words);
    }
    let place = place.with("AWS_PROFILE", "shop-dve");
    place.expect(1, "plan dev").says(&["no profile `shop-dve`"]);
}

#[test]
fn a_role_that_wants_mfa_asks_once_for_many_commands() {
    let served = Served::start(settings());
    let place = with_profiles(&served);
    let line = "plan dev --profile careful";
    // Off a terminal nobody can be asked, and nothing is called.
    let ran = place.expect(1, line);
    ran.says(&[
        &format!("needs a code of the MFA device {DEVICE}"),
        "no terminal to ask on",
    ]);
    role(&served);
    let Some((code, screen)) = typed(&place, line, "000000\n") else {
        return;
    };
    assert_eq!(code, 1, "{screen}");
    for word in [
        &format!("Enter MFA code for {DEVICE}:"),
        "invalid MFA one time pass code",
        "a code is good once",
    ] {
        assert!(screen.contains(word), "no {word} in {screen}");
    }
    let Some((code, screen)) = typed(&place, line, "123456\n") else {
        return;
    };
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("assumed-role/deployer/hcctl-"), "{screen}");
    // The session is kept where the AWS CLI keeps it, and found there again.
    let kept = std::fs::read_dir(place.path(".aws/cli/cache"))
        .unwrap()
        .count();
    assert_eq!(kept, 1);
    let ran = place.expect(0, line);
    ran.shows(&["assumed-role/deployer/hcctl-"]);
}

#[test]
fn every_verb_that_writes_says_first_who_acts() {
    let served = Served::start(settings());
    let place = with_profiles(&served);
    for line in ["plan dev", "apply dev --yes", "destroy dev --yes"] {
        let ran = place.expect(0, &format!("{line} --profile shop-dev"));
        let all = format!("{}{}", ran.out, ran.err);
        let first: Vec<&str> = all.split_whitespace().take(16).collect();
        let who = "account 123456789012 as user/AKIDPROFILE";
        assert!(first.join(" ").contains(who), "{line}: {first:?}");
    }
}

/// A metadata service of an instance, which answers a question for a token so, and all others otherwise.
fn metadata_service(token: &'static str, rest: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = BufReader::new(stream.try_clone().unwrap()).lines();
            let first = head.next().and_then(Result::ok).unwrap_or_default();
            while head
                .next()
                .and_then(Result::ok)
                .is_some_and(|line| !line.is_empty())
            {}
            let answer = if first.starts_with("PUT") {
                token
            } else {
                rest
            };
            let _ = write!(stream, "HTTP/1.1 {answer}");
        }
    });
    url
}

#[test]
fn a_metadata_service_that_refuses_is_told_by_what_it_answers() {
    const FORBIDDEN: &str = "403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    const TOKEN: &str = "200 OK\r\ncontent-length: 1\r\nconnection: close\r\n\
                         x-aws-ec2-metadata-token-ttl-seconds: 21600\r\n\r\nt";
    const ABSENT: &str = "404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    const DENIED: &str = "401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    const BUSY: &str = "503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let cases = [
        (
            BUSY,
            ABSENT,
            [
                "the instance's metadata service answered, but not with a session token",
                "it answers so while it is overloaded",
            ],
        ),
        (
            ABSENT,
            ABSENT,
            [
                "the instance's metadata service answered, but not with a session token",
                "something else answers in its place",
            ],
        ),
        (
            FORBIDDEN,
            ABSENT,
            [
                "the instance's metadata service gave no session token: request forbidden",
                "--http-endpoint enabled",
            ],
        ),
        (
            TOKEN,
            ABSENT,
            [
                "no AWS credentials were found, and this instance has no role",
                "give the instance a role",
            ],
        ),
        (
            TOKEN,
            DENIED,
            [
                "metadata service answered HTTP 401 when it was asked for the instance's role",
                "--http-put-response-hop-limit 2",
            ],
        ),
    ];
    for (token, rest, words) in cases {
        let place = Place::new()
            .with("AWS_EC2_METADATA_DISABLED", "false")
            .with(
                "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                &metadata_service(token, rest),
            );
        place.expect(1, "plan dev").says(&words);
    }
}
