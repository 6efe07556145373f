//! `hcctl sandbox`: status, reset, serve.

use std::io::{BufRead, BufReader};
use std::process::Child;

use crate::support::place::{Place, Ran, interrupt};

#[test]
fn status_and_reset() {
    let place = Place::new();
    let empty = place.expect(0, "sandbox status");
    empty.shows(&["The sandbox is empty: .hcctl/sandbox.json is not there."]);
    place.expect(0, "--sandbox apply dev --yes");
    place
        .expect(0, "sandbox status")
        .shows(&["    1  vpc\n", "    2  service\n"]);
    place
        .expect(0, "sandbox reset")
        .shows(&["The sandbox is empty."]);
    assert_eq!(place.expect(0, "sandbox status").out, empty.out);
    place.expect(0, "sandbox reset");
}

#[test]
fn a_damaged_world_says_how_to_be_rid_of_it() {
    let place = Place::new();
    place.write(".hcctl/sandbox.json", "{ not json");
    let ran = place.expect(1, "--sandbox plan dev");
    ran.says(&["error: the sandbox: ", "hcctl sandbox reset"]);
    assert_eq!(place.read(".hcctl/sandbox.json"), "{ not json");
    place.expect(0, "sandbox reset");
    place.expect(0, "--sandbox plan dev");
}

/// Serves the place's world; answers the line that says where.
fn serving(place: &Place) -> (Child, String) {
    let mut server = place.start("sandbox serve --port 0 --instant");
    let mut line = String::new();
    BufReader::new(server.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    (server, line)
}

#[test]
fn a_world_in_use_is_not_called_damaged() {
    let place = Place::new();
    let world = place.path(".hcctl/sandbox.json");
    let held = hcctl_sandbox::Sandbox::open(Some(world), hcctl_sandbox::Settings::default());
    let held = held.unwrap();
    let ran = place.expect(1, "--sandbox status dev");
    ran.says(&["is in use by another process"]);
    ran.says(&[
        "hint: for several commands at once: hcctl sandbox serve,",
        "AWS_ENDPOINT_URL",
    ]);
    assert!(!ran.err.contains("reset"), "{}", ran.err);
    drop(held);
    place.expect(0, "--sandbox status dev");
}

#[test]
fn a_world_that_is_served_is_worked_on_through_its_server() {
    let place = Place::new();
    let (server, _) = serving(&place);
    place.expect(0, "--sandbox apply dev --yes");
    place.expect(0, "--sandbox plan dev").shows(&["No changes"]);
    place.expect(0, "sandbox status").shows(&["vpc"]);
    interrupt(&server);
    assert_eq!(Ran::end(server).code, Some(0));
    place.expect(0, "--sandbox plan dev").shows(&["No changes"]);
}

#[test]
fn a_file_in_the_folders_place_is_named() {
    let place = Place::new();
    place.write(".hcctl", "mine");
    let ran = place.expect(1, "--sandbox plan dev");
    ran.says(&["error: the sandbox: cannot make the folder .hcctl"]);
    ran.says(&["hint: .hcctl is no folder", "move it away"]);
    assert!(!ran.err.contains("reset"), "{}", ran.err);
    assert_eq!(place.read(".hcctl"), "mine");
}

#[test]
fn serve_is_an_endpoint_for_the_same_world() {
    let place = Place::new();
    let (server, line) = serving(&place);
    let url = line.trim().strip_prefix("Serving the sandbox on ").unwrap();
    let client = Place::new().at(url);
    client.expect(0, "apply dev --yes");
    // The same world by its file, which leads to the server.
    place.expect(0, "--sandbox plan dev").shows(&["No changes"]);
    client.expect(0, "apply prod --yes");
    client.expect(0, "destroy dev --yes");
    interrupt(&server);
    let ran = Ran::end(server);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    ran.says(&["hint: AWS_ENDPOINT_URL=http://127.0.0.1:"]);
    // What was done over the wire is kept.
    place
        .expect(0, "--sandbox destroy dev")
        .says(&["Nothing of healthcare-app dev is in"]);
    place.expect(0, "--sandbox plan prod --detailed-exitcode");
}

#[test]
fn serve_on_a_port_that_is_taken() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let ran = Place::empty().expect(1, &format!("sandbox serve --memory --port {port}"));
    ran.says(&["cannot listen on 127.0.0.1", "--port"]);
}
