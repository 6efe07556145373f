//! dev, prod and the account's set-up by the real binary on moto's server, an independent opinion: see support/moto.rs. What is there in the end
//! is read back by boto3, a client of its own: see readback.py and readback_account.py.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use super::support::gaps::{GAPS, Gaps, Versioning};
use super::support::moto::Moto;

/// What moto loses of a create and takes on an update: the resource, the fields, and why.
const LOSSES: &[(&str, &[&str], &str)] = &[
    (
        "security_group_rule/alb-to-tasks-3000",
        &["description"],
        "AuthorizeSecurityGroupEgress drops the Description of UserIdGroupPairs",
    ),
    (
        "security_group_rule/tasks-from-alb-3000",
        &["description"],
        "AuthorizeSecurityGroupIngress drops the Description of UserIdGroupPairs",
    ),
    ("service/appointment", SERVICE, SERVICE_REASON),
    ("service/patient", SERVICE, SERVICE_REASON),
];
const SERVICE: &[&str] = &[
    "deployment",
    "grace_seconds",
    "managed_tags",
    "zone_rebalancing",
];
const SERVICE_REASON: &str = "CreateService keeps a fixed list of members, without deploymentConfiguration, \
    healthCheckGracePeriodSeconds, enableECSManagedTags and availabilityZoneRebalancing; UpdateService keeps all";

#[test]
fn dev() {
    let Some((moto, met)) = start() else { return };
    settles(&moto, &environments(), "dev");
    goes(&moto, &environments(), "dev");
    sound(&moto, &met.lock().expect("unbroken"));
}

#[test]
fn prod() {
    let Some((moto, met)) = start() else { return };
    settles(&moto, &environments(), "prod");
    let refused = moto.hcctl(&environments(), &["destroy", "prod", "--yes"]);
    ends(&refused, 4, "a protected environment is not destroyed");
    let still = moto.hcctl(&environments(), &["plan", "prod", "--detailed-exitcode"]);
    ends(&still, 0, "the refusal changed nothing");

    let open = unprotected();
    let apply = moto.hcctl(open.path(), &["apply", "prod", "--yes"]);
    ends(&apply, 0, "the protection goes");
    goes(&moto, open.path(), "prod");
    sound(&moto, &met.lock().expect("unbroken"));
}

#[test]
fn the_accounts_set_up() {
    let versioning = Versioning::default();
    let met = versioning.met();
    let Some(moto) = Moto::start(Box::new(versioning)) else {
        return;
    };
    let bootstrap = ["bootstrap", "--github", "acme/shop", "--yes"];
    let made = moto.hcctl(&environments(), &bootstrap);
    ends(&made, 0, "the set-up");
    let again = moto.hcctl(&environments(), &bootstrap);
    ends(&again, 0, "the set-up once more");
    let told = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(told.contains("No changes. bootstrap is as"), "{told}");
    let read = moto.python("readback_account.py", &["acme/shop"]);
    ends(&read, 0, "what boto3 reads back");
    // A script that asserted nothing would end well too.
    let lines = String::from_utf8_lossy(&read.stdout).lines().count();
    assert!(lines > 50, "only {lines} attributes were read back");
    let failures = moto.failures.lock().expect("unbroken");
    assert!(failures.is_empty(), "{failures:#?}");
    assert_eq!(
        met.lock().expect("unbroken").len(),
        1,
        "moto no longer differs"
    );
}

fn start() -> Option<(Moto, super::support::gaps::Met)> {
    let gaps = Gaps::default();
    let met = gaps.met();
    Some((Moto::start(Box::new(gaps))?, met))
}

/// Applies; what moto lost, and nothing else, is to be done again; then everything is as it should be.
fn settles(moto: &Moto, environments: &Path, name: &str) {
    let apply = moto.hcctl(environments, &["apply", name, "--yes"]);
    ends(&apply, 0, "the first apply");
    let plan = ["plan", name, "--detailed-exitcode", "--format", "json"];
    let plan = moto.hcctl(environments, &plan);
    ends(&plan, 2, "moto lost something");
    assert_eq!(changes(&plan.stdout), losses(), "what moto lost of {name}");
    let again = moto.hcctl(environments, &["apply", name, "--yes"]);
    ends(&again, 0, "the second apply settles it");
    let plan = moto.hcctl(environments, &["plan", name, "--detailed-exitcode"]);
    ends(&plan, 0, "nothing is left to do");
    let read = moto.python("readback.py", &[name]);
    ends(&read, 0, "what boto3 reads back");
    // A script that asserted nothing would end well too.
    let lines = String::from_utf8_lossy(&read.stdout).lines().count();
    assert!(lines > 150, "only {lines} attributes were read back");
}

/// Destroys, and nothing of ours is left for boto3 to list.
fn goes(moto: &Moto, environments: &Path, name: &str) {
    let destroy = moto.hcctl(environments, &["destroy", name, "--yes"]);
    ends(&destroy, 0, "the destroy");
    let said = String::from_utf8_lossy(&destroy.stderr).into_owned();
    assert!(
        said.contains(&format!("Nothing of healthcare-app {name} is left")),
        "{said}"
    );
    let left = moto.python("leftovers.py", &[name]);
    ends(&left, 0, "what boto3 still lists");
    let again = moto.hcctl(environments, &["destroy", name, "--yes"]);
    ends(&again, 0, "a second destroy finds nothing to do");
}

/// No operation failed as AWS never fails, and every gap in the list is one.
fn sound(moto: &Moto, met: &BTreeSet<&'static str>) {
    let failures = moto.failures.lock().expect("unbroken");
    assert!(failures.is_empty(), "{failures:#?}");
    for (operation, gap, _) in GAPS {
        assert!(
            met.contains(operation),
            "moto no longer differs: {operation} {gap}"
        );
    }
}

/// Address and field of every difference in a plan; another action than an update stands for a field.
fn changes(plan: &[u8]) -> BTreeSet<(String, String)> {
    let plan: Value = serde_json::from_slice(plan).expect("a JSON document");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let mut all = BTreeSet::new();
    for change in plan["changes"].as_array().expect("changes") {
        let address = text(&change["address"]);
        if change["action"] != "update" {
            all.insert((address.clone(), text(&change["action"])));
        }
        for field in change["fields"].as_array().expect("fields") {
            all.insert((address.clone(), text(&field["field"])));
        }
    }
    all
}

fn losses() -> BTreeSet<(String, String)> {
    let each = |&(address, fields, _): &(&str, &'static [&'static str], &str)| {
        let address = address.to_owned();
        fields
            .iter()
            .map(move |field| (address.clone(), (*field).to_owned()))
    };
    LOSSES.iter().flat_map(each).collect()
}

fn ends(output: &Output, code: i32, what: &str) {
    assert_eq!(
        output.status.code(),
        Some(code),
        "{what}:\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

fn environments() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../environments")
}

/// prod as it is, but for its protection.
fn unprotected() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let file = std::fs::read_to_string(environments().join("prod.yaml")).expect("prod.yaml");
    let open = file.replace("protect: true ", "protect: false");
    assert_ne!(file, open, "prod is protected");
    std::fs::write(directory.path().join("prod.yaml"), open).expect("written");
    directory
}
