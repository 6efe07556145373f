//! Credentials and endpoints that do not work.

use std::net::TcpListener;

use hcctl_sandbox::Settings;

use crate::support::answering::Answering;
use crate::support::place::Place;
use crate::support::served::Served;

const EXPIRED: &str = "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
    <Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error>\
    <RequestId>6f3f0e5c-0000-4000-8000-000000000000</RequestId></ErrorResponse>";

/// What every verb that calls AWS says, which must be the same, each ending with the code.
fn all_say(place: &Place, code: i32) -> String {
    let said = place.expect(code, "plan dev").err;
    for line in ["apply dev --yes", "destroy dev --yes", "unlock dev --yes"] {
        assert_eq!(place.expect(code, line).err, said, "{line}");
    }
    said
}

#[test]
fn no_credentials() {
    insta::assert_snapshot!(all_say(&Place::new(), 1));
}

#[test]
fn a_profile_that_does_not_exist() {
    let config = |place: Place| {
        place.write("config", "[profile work]\nregion = us-east-1\n");
        place.with("AWS_CONFIG_FILE", "config")
    };
    let named = config(Place::new())
        .expect(1, "plan dev --profile wrok")
        .err;
    assert_eq!(
        named,
        "error: the AWS CLI's files have no profile `wrok`\n\
         hint: did you mean `work`? there are: work\n"
    );
    let place = config(Place::new()).with("AWS_PROFILE", "wrok");
    assert_eq!(place.expect(1, "plan dev").err, named);
}

#[test]
fn a_session_that_ended() {
    for (settings, command) in [
        (
            "sso_session = corp\nsso_account_id = 123456789012\nsso_role_name = a\n\
             [sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://corp.example.com/start\n",
            "sso login",
        ),
        (
            "sso_start_url = https://corp.example.com/start\nsso_region = us-east-1\n\
             sso_account_id = 123456789012\nsso_role_name = a\n",
            "sso login",
        ),
    ] {
        let place = Place::new().with("AWS_CONFIG_FILE", "config");
        place.write(
            "config",
            &format!("[profile work]\nregion = us-east-1\n{settings}"),
        );
        for verb in ["plan dev", "status dev", "doctor dev"] {
            let ran = place.expect(1, &format!("{verb} --profile work"));
            let all = ran.out + &ran.err;
            // What happened in words, and nothing of the SDK's own.
            assert!(!all.contains("WARN") && !all.contains("Error"), "{all}");
            let hint = format!("aws {command} --profile work");
            let flat = all.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(flat.contains(&hint), "{all}");
        }
    }
}

#[test]
fn commands_in_hints_are_for_the_same_place() {
    let place = Place::new();
    let dev = place.read("environments/dev.yaml");
    place.write("alt/dev.yaml", &dev);
    let ran = place.expect(1, "--sandbox --environments alt push dev --tag v1");
    ran.says(&["hint: make it: hcctl --sandbox --environments alt apply dev"]);
    let ran = place.expect(0, "--sandbox --environments alt plan dev");
    ran.shows(&["hcctl --sandbox --environments alt audit dev"]);
    ran.says(&["hint: make it so with: hcctl --sandbox --environments alt apply dev"]);
}

#[test]
fn expired_credentials() {
    let sts = Answering::start(403, "text/xml", EXPIRED);
    insta::assert_snapshot!(all_say(&Place::new().at(&sts.url()), 1));
}

#[test]
fn an_endpoint_that_refuses_connections() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let ran = Place::new().at(&url).expect(1, "plan dev");
    ran.says(&["error: sts:GetCallerIdentity: no connection", "refused"]);
    ran.says(&["hint:", "AWS_ENDPOINT_URL"]);
    assert_eq!(ran.sentences().lines().count(), 2, "{}", ran.err);
}

#[test]
fn an_endpoint_that_answers_html() {
    for status in [200, 403, 404, 503] {
        let page = "<!doctype html><html><body>Please log in to the guest network</body></html>";
        let portal = Answering::start(status, "text/html", page);
        let ran = Place::new().at(&portal.url()).expect(1, "plan dev");
        ran.says(&["error: sts:GetCallerIdentity", &format!("HTTP {status}")]);
        ran.says(&["hint:", "AWS_ENDPOINT_URL"]);
        assert_eq!(ran.sentences().lines().count(), 2, "{}", ran.err);
    }
}

#[test]
fn another_account_than_the_file_names() {
    let served = Served::start(Settings::instant());
    let place = Place::new().at(&served.url());
    place.edit(
        "environments/dev.yaml",
        "region:",
        "account: \"111111111111\"\nregion:",
    );
    insta::assert_snapshot!(all_say(&place, 4));
    assert!(served.counts().is_empty(), "{:?}", served.counts());
    place.edit("environments/dev.yaml", "111111111111", "123456789012");
    place.expect(0, "plan dev");
}

#[test]
fn another_region_than_the_file_names() {
    let place = Place::new();
    let ran = place.expect(3, "--sandbox plan dev --region eu-west-1");
    ran.says(&[
        "--region eu-west-1 is not the region of environments/dev.yaml, us-east-1",
        "hint:",
    ]);
    place.expect(0, "--sandbox plan dev --region us-east-1");
    // The file decides, whatever the surroundings say.
    let place = place.with("AWS_REGION", "eu-west-1");
    place.expect(0, "--sandbox plan dev").shows(&["us-east-1"]);
}

#[test]
fn certificates_that_cannot_be_read() {
    let place = Place::new().with("AWS_CA_BUNDLE", "nowhere.pem");
    let ran = place.expect(3, "plan dev");
    ran.says(&["nowhere.pem", "AWS_CA_BUNDLE"]);
    place.write("nowhere.pem", "no certificate");
    let ran = place.expect(3, "plan dev");
    ran.says(&["nowhere.pem", "AWS_CA_BUNDLE"]);
}
