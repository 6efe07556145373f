//! Every write call of every change of an environment, killed before it takes effect and after it did.
//!
//! Each case makes the change once undisturbed, counts its write calls, and then kills a run at each of them, twice. The run
//! after the kill must end well, leave exactly what the undisturbed one left (so nothing is doubled and nothing orphaned), and
//! leave nothing to do. CI takes a sample of the deployments (`a_deploy_that_is_killed_anywhere`), as `crash` does of the
//! others; all points are for `cargo nextest run --run-ignored only -E 'test(sweep)'`, of which docs/src/benchmarks.md has what was run.

use std::path::{Path, PathBuf};

use hcctl_sandbox::Settings;
use tempfile::TempDir;

use super::{Counts, Point, Rig, points};
use crate::deploy::stage::{self, STRATEGIES};
use crate::support::place::Place;
use crate::support::proxy::Hold;

/// A place whose files let every environment be destroyed.
fn unprotected() -> Place {
    let place = Place::new();
    place.edit("environments/prod.yaml", "protect: true", "protect: false");
    place
}

/// A change that is killed.
struct Change {
    /// What the table calls it.
    name: String,
    environment: &'static str,
    line: String,
    /// The world in which it begins; nothing for an empty one.
    world: Option<PathBuf>,
    settings: Settings,
    place: fn(&'static str) -> Place,
    strategy: &'static str,
    /// What `plan --detailed-exitcode` ends with afterwards.
    left: i32,
    _dir: TempDir,
}

impl Change {
    fn apply(environment: &'static str) -> Self {
        Self {
            name: format!("apply {environment}"),
            environment,
            line: format!("apply {environment} --yes"),
            world: None,
            settings: Settings::stepped(),
            place: |_| Place::new(),
            strategy: "",
            left: 0,
            _dir: TempDir::new().unwrap(),
        }
    }

    fn destroy(environment: &'static str) -> Self {
        let dir = TempDir::new().unwrap();
        let world = dir.path().join("applied.json");
        let apply = Self::apply(environment);
        let rig = Rig::with(Some(&world), Settings::stepped(), unprotected());
        rig.place.expect(0, &apply.line);
        rig.served.sandbox.flush().unwrap();
        Self {
            name: format!("destroy {environment}"),
            line: format!("destroy {environment} --yes"),
            world: Some(world),
            place: |_| unprotected(),
            left: 2,
            _dir: dir,
            ..apply
        }
    }

    fn deploy(strategy: &'static str) -> Self {
        Self {
            name: format!("deploy dev, {strategy}"),
            environment: "dev",
            line: "deploy dev --image v2".to_owned(),
            world: Some(stage::base(strategy)),
            settings: stage::settings(),
            place: stage::place,
            strategy,
            left: 0,
            _dir: TempDir::new().unwrap(),
        }
    }

    /// A copy of its world to work in.
    fn rig(&self, copy: &Path) -> Rig {
        if let Some(world) = &self.world {
            std::fs::copy(world, copy).unwrap();
        }
        let world = self.world.as_ref().map(|_| copy);
        Rig::with(world, self.settings.clone(), (self.place)(self.strategy))
    }

    /// Makes it undisturbed: the write calls that it took, and what there is then.
    fn undisturbed(&self, copy: &Path) -> (u64, Counts) {
        let rig = self.rig(copy);
        rig.place.expect(0, &self.line);
        (rig.proxy.writes(), rig.counts())
    }

    /// Kills it at a point and makes it again.
    fn survives(&self, copy: &Path, point: Point, whole: &Counts) {
        let rig = self.rig(copy);
        rig.kill_at(point, &self.line);
        rig.place
            .expect(0, &format!("unlock {} --yes", self.environment));
        rig.place.expect(0, &self.line);
        let plan = format!("plan {} --detailed-exitcode", self.environment);
        rig.place.expect(self.left, &plan);
        assert_eq!(&rig.counts(), whole, "{point:?}");
        for (service, serving) in rig.served.sandbox.serving() {
            assert!(
                self.strategy.is_empty() || serving.healthy_under_traffic >= 2,
                "{point:?}: {service}: {serving:?}"
            );
        }
    }

    /// All of its points, and a row of the table.
    #[expect(clippy::print_stdout, reason = "the table that the docs have")]
    fn swept(&self) {
        let dir = TempDir::new().unwrap();
        let copy = dir.path().join("world.json");
        let (writes, whole) = self.undisturbed(&copy);
        let mut survived = 0;
        for nth in 1..=writes {
            for hold in [Hold::Before, Hold::After] {
                let point = Point { seed: 0, nth, hold };
                self.survives(&copy, point, &whole);
                survived += 1;
            }
        }
        println!("| {} | {writes} | {} | {survived} |", self.name, 2 * writes);
    }
}

#[test]
fn a_deploy_that_is_killed_anywhere_is_continued_by_the_next() {
    let cases: Vec<_> = STRATEGIES
        .iter()
        .map(|(strategy, _)| {
            std::thread::spawn(move || {
                let change = Change::deploy(strategy);
                let dir = TempDir::new().unwrap();
                let copy = dir.path().join("world.json");
                let (writes, whole) = change.undisturbed(&copy);
                for point in points(2, writes) {
                    change.survives(&copy, point, &whole);
                }
            })
        })
        .collect();
    for case in cases {
        if let Err(panic) = case.join() {
            std::panic::resume_unwind(panic);
        }
    }
}

macro_rules! sweeps {
    ($($name:ident: $change:expr;)*) => {$(
        #[test]
        #[ignore = "every point takes minutes"]
        fn $name() {
            $change.swept();
        }
    )*};
}

sweeps! {
    every_write_of_an_apply_of_dev: Change::apply("dev");
    every_write_of_an_apply_of_prod: Change::apply("prod");
    every_write_of_a_destroy_of_dev: Change::destroy("dev");
    every_write_of_a_destroy_of_prod: Change::destroy("prod");
    every_write_of_a_rolling_deploy: Change::deploy("rolling");
    every_write_of_a_blue_green_deploy: Change::deploy("blue_green");
    every_write_of_a_canary_deploy: Change::deploy("canary");
    every_write_of_a_linear_deploy: Change::deploy("linear");
}
