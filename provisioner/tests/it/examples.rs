//! Every example of the repository: read, applied, released, and taken away again, in the sandbox.

use std::fs;
use std::path::PathBuf;

use hcctl::environment::{self, Environment};
use hcctl_sandbox::{Quotas, Settings};

use crate::support::world::{World, environments, lines, look};

/// Those that need nothing but what hcctl makes.
const PLAYED: [&str; 6] = [
    "/minimal/",
    "/stock-image/",
    "/arm64/",
    "/sidecars/",
    "/internal-service/",
    "/worker/",
];

/// The examples' environments with their directories.
fn all() -> Vec<(String, Environment)> {
    let root: PathBuf = environments().join("../examples");
    let mut found = Vec::new();
    for entry in fs::read_dir(root).unwrap() {
        let directory = entry.unwrap().path().join("environments");
        for file in fs::read_dir(&directory).into_iter().flatten() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|it| it == "yaml") {
                let name = path.file_stem().unwrap().to_str().unwrap();
                let text = fs::read_to_string(&path).unwrap();
                let read = environment::parse(name, &path, &text);
                let shown = path.display().to_string();
                found.push((shown, read.unwrap_or_else(|errors| panic!("{errors}"))));
            }
        }
    }
    assert!(found.len() >= 6, "only {} examples", found.len());
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

#[tokio::test]
async fn every_example_is_made_released_and_taken_away() {
    for (path, mut environment) in all() {
        // The others name certificates and boundaries that an empty account has not.
        if !PLAYED.iter().any(|name| path.contains(name)) {
            continue;
        }
        let settings = Settings {
            quotas: Quotas::none(),
            ..Settings::instant()
        };
        let world = World::new(settings);
        world.converge(&environment).await;
        let names: Vec<(String, bool)> = environment
            .services
            .iter()
            .map(|(name, service)| (name.to_string(), service.image.is_some()))
            .collect();
        for (name, given) in &names {
            let before = world.image(&environment, name).await;
            if *given {
                assert!(before.contains("@sha256:"), "{path} {name}: {before}");
                continue;
            }
            let definition = world.definition(&environment, name).await;
            world.deploy(&environment, name).await;
            // A release changes the image of the service's own container, and nothing beside.
            let mut after = world.definition(&environment, name).await;
            assert_ne!(after.image, definition.image, "{path} {name}");
            after.image.clone_from(&definition.image);
            assert_eq!(after, definition, "{path} {name}");
        }
        let plan = look(&world.aws(&environment).await, &environment).await;
        let plan = plan.unwrap();
        assert!(plan.is_empty(), "{path}: {:?}", lines(&plan));
        environment.protect = false;
        world.converge(&environment).await;
        let end = world.end(&environment).await;
        let report = world.apply(&environment, &end).await;
        assert!(report.complete(), "{path}: {:#?}", report.failed);
    }
}
