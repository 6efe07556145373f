//! What only the account knows: tags, and runs.

use super::ask;
use crate::deploy::stage::publish;
use crate::support::answering::Answering;
use crate::support::place::Place;
use crate::support::served::Served;

/// Lines whose last word only the account can complete.
const FAR: [&str; 4] = [
    "hcctl deploy dev --image ",
    "hcctl rollback dev --to ",
    "hcctl push dev --tag ",
    "hcctl history dev --run ",
];

#[test]
fn tags_are_the_newest_first_without_those_of_hcctls_own() {
    let (served, place) = Served::with_place();
    place.expect(0, "apply dev --yes");
    for tag in ["v1", "v2", "v10"] {
        publish(&served, "patient", tag);
        publish(&served, "appointment", tag);
    }
    publish(&served, "patient", "patch");
    place.expect(0, "deploy dev --image v1");
    let writes = served.sandbox.writes();
    // What every service has can be rolled out to every service.
    let common = ["v10", "v2", "v1"];
    assert_eq!(ask(&place, "hcctl deploy dev --image "), common);
    assert_eq!(ask(&place, "hcctl rollback --to v1"), ["v10", "v1"]);
    assert_eq!(
        ask(&place, "hcctl deploy dev --service patient --image "),
        ["patch", "v10", "v2", "v1"]
    );
    assert_eq!(
        ask(&place, "hcctl push dev --tag "),
        ["patch", "v10", "v2", "v1"]
    );
    assert_eq!(ask(&place, "hcctl deploy prod --image "), [""; 0]);
    let ids = ask(&place, "hcctl history dev --run ");
    assert!(
        ids[0].contains("-deploy-") && ids[1].contains("-apply-"),
        "{ids:?}"
    );
    assert_eq!(ids.len(), 2, "{ids:?}");
    place.expect(0, &format!("history dev --run {}", ids[1]));
    // Asking is no more than that: no lease, no record.
    assert_eq!(served.sandbox.writes(), writes);
}

#[test]
fn with_sandbox_on_the_line_the_sandbox_is_asked_even_while_it_is_used() {
    let place = Place::new();
    for line in FAR {
        let line = line.replace("hcctl", "hcctl --sandbox");
        assert_eq!(ask(&place, &line), [""; 0], "{line}");
    }
    assert!(!place.path(".hcctl").exists());
    place.expect(0, "--sandbox apply dev --yes");
    place.expect(0, "--sandbox push dev --tag v1");
    let world = place.read(".hcctl/sandbox.json");
    assert_eq!(ask(&place, "hcctl deploy dev --sandbox --image "), ["v1"]);
    let path = place.path(".hcctl/sandbox.json");
    let user = Served::open(Some(path), hcctl_sandbox::Settings::instant());
    assert_eq!(ask(&place, "hcctl --sandbox deploy dev --image "), ["v1"]);
    assert_eq!(ask(&place, "hcctl --sandbox history dev --run ").len(), 1);
    assert_eq!(place.read(".hcctl/sandbox.json"), world);
    // The flag decides, not what happens to lie there.
    assert_eq!(ask(&place, "hcctl deploy dev --image "), [""; 0]);
    drop(user);
    place.write(".hcctl/sandbox.json", "{ not json");
    assert_eq!(ask(&place, "hcctl --sandbox deploy dev --image "), [""; 0]);
}

#[test]
fn what_does_not_answer_offers_nothing() {
    // No credentials; nobody at the address; somebody who says nonsense; somebody who refuses.
    let nonsense = Answering::start(200, "text/plain", "no");
    let refusing = Answering::start(403, "text/plain", "no");
    for place in [
        Place::new(),
        Place::new().at("http://127.0.0.1:9"),
        Place::new().at(&nonsense.url()),
        Place::new().at(&refusing.url()),
    ] {
        for line in FAR {
            assert_eq!(ask(&place, line), [""; 0], "{line}");
        }
    }
}

#[test]
fn what_never_answers_is_given_up() {
    // It takes connections, and says nothing: without a limit of hcctl's own the SDK would wait for minutes.
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let place = Place::new().at(&url);
    assert_eq!(ask(&place, FAR[0]), [""; 0]);
}

#[test]
fn another_account_than_the_files_offers_nothing() {
    let (served, place) = Served::with_place();
    place.expect(0, "apply dev --yes");
    publish(&served, "patient", "v1");
    let line = "hcctl deploy dev --service patient --image ";
    assert_eq!(ask(&place, line), ["v1"]);
    let dev = place.read("environments/dev.yaml");
    let lines = dev.lines().filter(|line| !line.starts_with("account:"));
    let dev: Vec<&str> = lines.collect();
    let other = format!("{}\naccount: \"210987654321\"\n", dev.join("\n"));
    place.write("environments/dev.yaml", &other);
    place.expect(4, "plan dev");
    assert_eq!(ask(&place, line), [""; 0]);
}

#[test]
fn no_program_of_somebody_elses_is_started() {
    let (served, place) = Served::with_place();
    place.expect(0, "apply dev --yes");
    publish(&served, "patient", "v1");
    place.write(
        ".aws/config",
        "[profile asks]\ncredential_process = touch asked\n[profile plain]\nregion = us-east-1\n",
    );
    let line = "deploy dev --service patient --image ";
    assert_eq!(
        ask(&place, &format!("hcctl --profile asks {line}")),
        [""; 0]
    );
    assert!(!place.path("asked").exists());
    assert_eq!(ask(&place, &format!("hcctl {line}")), ["v1"]);
}
