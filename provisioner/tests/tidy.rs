//! Rules of this repository that no compiler checks. Links nothing of hcctl: it reads the source.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

#[path = "tidy/imports.rs"]
mod imports;

use imports::{named, paths};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn sources(dir: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found.sort();
    found
}

/// What a room of `provisioner/src` may name of the others: the table in ARCHITECTURE.md.
const ROOMS: &[(&str, &[&str])] = &[
    ("partition", &[]),
    ("appearance", &[]),
    ("aws", &["partition"]),
    ("definition", &[]),
    ("environment", &["definition", "partition"]),
    ("resources", &["aws", "definition"]),
    (
        "blueprint",
        &["environment", "resources", "aws", "definition"],
    ),
    ("bootstrap", &["environment", "resources", "aws"]),
    ("push", &["aws"]),
    ("lock", &["aws"]),
    ("deploy", &["aws", "resources"]),
    ("journal", &["aws", "lock", "deploy"]),
    ("logs", &["aws", "resources", "deploy"]),
    ("secret", &["aws", "environment"]),
    ("task", &["aws", "resources", "deploy", "logs"]),
    ("trail", &["aws"]),
    ("doctor", &["aws", "environment", "lock", "push"]),
    ("price", &["resources"]),
    ("picture", &["appearance", "resources", "price"]),
    ("audit", &["environment", "resources"]),
    (
        "operation",
        &[
            "aws",
            "environment",
            "resources",
            "blueprint",
            "bootstrap",
            "deploy",
            "doctor",
            "push",
            "lock",
            "logs",
            "secret",
            "task",
            "journal",
            "trail",
            "audit",
        ],
    ),
    (
        "render",
        &[
            "appearance",
            "audit",
            "deploy",
            "doctor",
            "environment",
            "journal",
            "logs",
            "operation",
            "price",
            "push",
            "task",
            "trail",
        ],
    ),
    (
        "cli",
        &[
            "aws",
            "environment",
            "resources",
            "blueprint",
            "bootstrap",
            "deploy",
            "doctor",
            "push",
            "lock",
            "journal",
            "logs",
            "operation",
            "secret",
            "task",
            "trail",
            "picture",
            "price",
            "audit",
            "render",
        ],
    ),
];

#[test]
fn rooms_use_only_what_the_table_allows() {
    let src = root().join("provisioner/src");
    for entry in fs::read_dir(&src).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        // A room may be one file; `lib.rs` and `main.rs` are none.
        if ["lib", "main"].contains(&name.as_str()) {
            continue;
        }
        let (_, allowed) = ROOMS
            .iter()
            .find(|(room, _)| *room == name)
            .unwrap_or_else(|| panic!("the room {name} is not in the table"));
        let files = if path.is_dir() {
            sources(&path)
        } else {
            vec![(path.clone(), fs::read_to_string(&path).unwrap())]
        };
        for (file, text) in files {
            let named: BTreeSet<String> = paths(&text, "crate::")
                .map(|path| path.split("::").next().unwrap_or_default().to_owned())
                .collect();
            for (other, _) in ROOMS
                .iter()
                .filter(|(other, _)| *other != name && !allowed.contains(other))
            {
                assert!(
                    !named.contains(*other),
                    "{} names the room {other}, which {name} must not know",
                    file.display()
                );
            }
        }
    }
}

/// What an operation must not know: command lines, terminals, signals, how a process ends, how anything is set for a reader.
const OF_THE_COMMAND_LINE: [&str; 8] = [
    "clap",
    "stdin",
    "stdout",
    "stderr",
    "Terminal",
    "signal",
    "process::exit",
    "ExitCode",
];

#[test]
fn operations_know_no_terminal() {
    let files = sources(&root().join("provisioner/src/operation"));
    assert!(files.len() > 10, "{} files", files.len());
    for (file, text) in files {
        let code: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        for name in OF_THE_COMMAND_LINE {
            assert!(!code.contains(name), "{} names {name}", file.display());
        }
    }
}

/// The modules of a room in which what they use leads back to them; a parent and its children are one.
#[test]
fn no_modules_of_the_outer_rooms_use_each_other_in_a_ring() {
    for room in ["cli", "operation", "journal"] {
        let dir = root().join("provisioner/src").join(room);
        let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let files = sources(&dir);
        let module = |file: &Path| {
            let path = file.strip_prefix(&dir).unwrap().with_extension("");
            let parts: Vec<String> = path
                .iter()
                .map(|part| part.to_string_lossy().into_owned())
                .filter(|part| part != "mod")
                .collect();
            parts.join("::")
        };
        let modules: BTreeSet<String> = files.iter().map(|(file, _)| module(file)).collect();
        for (file, text) in &files {
            let from = module(file);
            if from.is_empty() || file.ends_with("mod.rs") {
                continue;
            }
            let longest = |path: &String| {
                let mut path = path.as_str();
                loop {
                    if modules.contains(path) {
                        return Some(path.to_owned());
                    }
                    path = path.rsplit_once("::")?.0;
                }
            };
            let named = named(room, &from, text);
            let to = named.iter().filter_map(longest);
            let child = |to: &String| from.starts_with(&format!("{to}::"));
            uses.insert(
                from.clone(),
                to.filter(|to| !child(to) && *to != from).collect(),
            );
        }
        assert!(
            uses.values().map(BTreeSet::len).sum::<usize>() > 2,
            "{uses:?}"
        );
        // What uses nothing that is left is in no ring.
        let mut left: BTreeSet<String> = uses.keys().cloned().collect();
        while let Some(free) = left
            .iter()
            .find(|one| uses[*one].iter().all(|to| !left.contains(to)))
            .cloned()
        {
            left.remove(&free);
        }
        assert!(
            left.is_empty(),
            "in {room} these use each other in a ring: {left:?}"
        );
    }
}

#[test]
fn only_the_aws_room_names_the_sdks_error() {
    for (file, text) in sources(&root().join("provisioner/src")) {
        let aws = file.components().any(|part| part.as_os_str() == "aws");
        assert!(
            aws || !text.contains("SdkError"),
            "{} names SdkError",
            file.display()
        );
    }
}

#[test]
fn no_service_of_the_application_is_named_in_the_provisioner() {
    for (file, text) in sources(&root().join("provisioner/src")) {
        let told = file.components().any(|part| {
            part.as_os_str() == "tests"
                || part.as_os_str() == "environment"
                || part.as_os_str() == "render"
        });
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        let code: String = product
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        assert!(
            told || !(["\"patient", "patients", "appointment"]
                .iter()
                .any(|name| code.contains(name))),
            "{} names a service",
            file.display()
        );
    }
}

#[test]
fn no_file_is_longer_than_a_reader_bears() {
    let mut long = Vec::new();
    for dir in ["provisioner", "services"] {
        for (file, text) in sources(&root().join(dir)) {
            let lines = text.lines().count();
            if lines > 500 {
                long.push(format!("{} ({lines} lines)", file.display()));
            }
        }
    }
    assert!(
        long.is_empty(),
        "longer than 500 lines: {}",
        long.join(", ")
    );
}

#[test]
fn every_kind_has_a_file_and_stands_in_the_list() {
    let resources = root().join("provisioner/src/resources");
    let list = fs::read_to_string(resources.join("mod.rs")).unwrap();
    for (file, text) in sources(&resources) {
        if text.contains("impl Kind for ") {
            let stem = file
                .strip_prefix(&resources)
                .unwrap()
                .iter()
                .next()
                .unwrap()
                .to_string_lossy()
                .replace(".rs", "");
            assert!(
                list.contains(&format!("Erased::<{stem}::")),
                "{stem} is neither in KINDS nor in ACCOUNT_KINDS"
            );
        }
    }
}

/// What only `bootstrap` calls, and what else it calls.
const BOOTSTRAPS: [&str; 3] = ["bucket.rs", "managed_policy.rs", "oidc_provider.rs"];
const BOOTSTRAPS_TOO: [&str; 4] = [
    "role/mod.rs",
    "role/calls.rs",
    "aws/bucket.rs",
    "aws/identity.rs",
];

/// What hcctl calls, and no pipeline may: with it, an apply could give itself more rights.
const WITHHELD: [&str; 1] = ["iam:DeleteRolePermissionsBoundary"];

/// The operations that the source names (`ec2:CreateVpc`), by IAM's names for them, in the files that `wanted` says; but for
/// what only a container's role does.
fn operations(wanted: impl Fn(&Path) -> bool) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (file, text) in sources(&root().join("provisioner/src")) {
        if file.ends_with("blueprint/identity.rs") || !wanted(&file) {
            continue;
        }
        for literal in text.split("fault(\"").skip(1) {
            let name = literal.split('"').next().unwrap();
            if name.contains(':') && !name.contains(' ') {
                found.insert(match name {
                    "s3:GetPublicAccessBlock" => "s3:GetBucketPublicAccessBlock".to_owned(),
                    "s3:PutPublicAccessBlock" => "s3:PutBucketPublicAccessBlock".to_owned(),
                    "s3:ListObjectsV2" => "s3:ListBucket".to_owned(),
                    _ => name.to_owned(),
                });
            }
        }
    }
    found
}

fn policy(name: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("provisioner/policies").join(name)).unwrap();
    text.split('"')
        .filter(|word| word.contains(':'))
        .map(str::to_owned)
        .collect()
}

fn of_bootstrap(file: &Path) -> bool {
    let resources = root().join("provisioner/src/resources");
    BOOTSTRAPS.iter().any(|name| file == resources.join(name))
}

/// What is called by other credentials than hcctl's own: those of a profile, to assume the role that it then works as.
const OF_OTHERS: [&str; 1] = ["sts:AssumeRole"];

#[test]
fn the_published_permissions_cover_every_call() {
    let (plan, apply) = (policy("plan.json"), policy("apply.json"));
    let calls = operations(|file| !of_bootstrap(file));
    assert!(
        calls.len() > 140,
        "only {} operations found: has the way of naming them changed?",
        calls.len()
    );
    for action in calls {
        if OF_OTHERS.contains(&action.as_str()) {
            continue;
        }
        if WITHHELD.contains(&action.as_str()) {
            assert!(!apply.contains(&action), "apply.json allows {action}");
            continue;
        }
        assert!(
            apply.contains(&action),
            "provisioner/policies/apply.json lacks {action}"
        );
        let verb = action.split(':').nth(1).unwrap();
        let reads = ["Describe", "Filter", "Get", "List", "Lookup", "Simulate"]
            .iter()
            .any(|start| verb.starts_with(start))
            // A password with which to push.
            && action != "ecr:GetAuthorizationToken";
        assert!(
            !reads || plan.contains(&action),
            "provisioner/policies/plan.json lacks {action}"
        );
        assert!(
            reads || !plan.contains(&action),
            "provisioner/policies/plan.json allows {action}, which writes"
        );
    }
}

/// Variables of GitHub's that `bootstrap` tells people to set, and that the workflows read.
const OF_GITHUB: [&str; 2] = ["HCCTL_PLAN_ROLE_", "HCCTL_APPLY_ROLE"];

#[test]
fn every_variable_of_hcctls_own_stands_in_the_manual() {
    let src = root().join("provisioner/src");
    let manual = fs::read_to_string(src.join("cli/man.rs")).unwrap();
    for (file, text) in sources(&src) {
        for name in text.split("\"HCCTL_").skip(1) {
            let end = name.find(|c: char| !(c.is_ascii_uppercase() || c == '_'));
            let name = format!("HCCTL_{}", &name[..end.unwrap_or(name.len())]);
            if OF_GITHUB.contains(&name.as_str()) {
                continue;
            }
            assert!(
                manual.contains(&format!("\"{name}\"")),
                "{} reads {name}, which cli/man.rs does not explain",
                file.display()
            );
        }
    }
}

/// Whoever sets an account up needs what only that calls, and what it has in common with an apply; a pipeline gets none of the
/// former.
#[test]
fn the_permissions_to_bootstrap_are_of_their_own() {
    let (bootstrap, apply) = (policy("bootstrap.json"), policy("apply.json"));
    let own = operations(of_bootstrap);
    assert!(own.len() > 10, "{own:?}");
    for action in own.iter().chain([&WITHHELD[0].to_owned()]) {
        assert!(
            bootstrap.contains(action),
            "provisioner/policies/bootstrap.json lacks {action}"
        );
        assert!(
            !apply.contains(action),
            "provisioner/policies/apply.json allows {action}, which only bootstrap needs"
        );
    }
    let too = operations(|file| BOOTSTRAPS_TOO.iter().any(|end| file.ends_with(end)));
    assert!(too.len() > 20, "{too:?}");
    for action in too {
        assert!(
            bootstrap.contains(&action),
            "provisioner/policies/bootstrap.json lacks {action}"
        );
    }
}
