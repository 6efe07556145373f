//! The real binary is killed at a write call, before the call or after it took effect and before its answer; a second run
//! converges, and nothing is doubled or left.
//!
//! One kill point in each equal part of the undisturbed run's write calls, the place within the part by a seed; [`sweep`] takes
//! them all. The second run does not wait for the dead holder's lease to end: it breaks it as a user would, with
//! `hcctl unlock`.

mod sweep;

use std::collections::BTreeMap;
use std::path::Path;

use hcctl::lock::{break_lease, holder};
use hcctl_sandbox::Settings;

use crate::support::place::{PATIENCE, Place, Ran};
use crate::support::proxy::{Hold, Proxy};
use crate::support::seeded::Seeded;
use crate::support::served::Served;
use crate::support::site::Site;
use crate::support::world::World;

const SEED: u64 = 0x68_63_63_74_6c;
const APPLY: &str = "apply dev --yes";
const DESTROY: &str = "destroy dev --yes";

type Counts = BTreeMap<&'static str, usize>;

/// One kill.
#[derive(Clone, Copy, Debug)]
struct Point {
    seed: u64,
    nth: u64,
    hold: Hold,
}

#[test]
fn an_apply_that_is_killed_anywhere_is_continued_by_the_next() {
    let undisturbed = Rig::new(None);
    undisturbed.place.expect(0, APPLY);
    let whole = undisturbed.counts();
    assert!(whole["service"] == 2 && whole["vpc"] == 1, "{whole:?}");

    for point in points(20, undisturbed.proxy.writes()) {
        let rig = Rig::new(None);
        rig.kill_at(point, APPLY);
        rig.place.expect(0, "unlock dev --yes");
        rig.place.expect(0, APPLY);
        rig.place.expect(0, "plan dev --detailed-exitcode");
        assert_eq!(rig.counts(), whole, "{point:?}");
    }
}

#[test]
fn a_destroy_that_is_killed_anywhere_is_continued_by_the_next() {
    let applied = Place::new();
    let world = applied.path("world.json");
    {
        let rig = Rig::new(Some(&world));
        rig.place.expect(0, APPLY);
    }
    let copy = applied.path("copy.json");
    let reset = || std::fs::copy(&world, &copy).unwrap();
    reset();
    let (writes, left) = {
        let rig = Rig::new(Some(&copy));
        rig.place.expect(0, DESTROY);
        (rig.proxy.writes(), rig.counts())
    };
    // The role is the one that AWS itself makes for ECS, and keeps.
    assert_eq!(left, Counts::from([("bucket", 1), ("role", 1)]));

    for point in points(10, writes) {
        reset();
        let rig = Rig::new(Some(&copy));
        rig.kill_at(point, DESTROY);
        rig.place.expect(0, "unlock dev --yes");
        let ran = rig.place.expect(0, DESTROY);
        ran.says(&["Nothing of healthcare-app dev is"]);
        assert_eq!(rig.counts(), left, "{point:?}");
        rig.place.expect(2, "plan dev --detailed-exitcode");
    }
}

#[test]
fn a_bootstrap_that_is_killed_anywhere_is_continued_by_the_next() {
    const BOOTSTRAP: &str = "bootstrap --github acme/health-care --yes";
    let undisturbed = Rig::new(None);
    undisturbed.place.expect(0, BOOTSTRAP);
    let whole = undisturbed.counts();
    assert!(whole["role"] == 4 && whole["policy"] == 2, "{whole:?}");

    for point in points(8, undisturbed.proxy.writes()) {
        let rig = Rig::new(None);
        rig.kill_at(point, BOOTSTRAP);
        rig.forget_the_lease();
        rig.place.expect(0, BOOTSTRAP);
        let ran = rig.place.expect(0, BOOTSTRAP);
        ran.shows(&["No changes."]);
        assert_eq!(rig.counts(), whole, "{point:?}");
    }
}

#[test]
fn a_call_held_before_has_no_effect_and_one_held_after_has() {
    // The first write of an apply makes the bucket; without a bucket the lease's own write fails, and counts too.
    let (nothing, bucket) = (Counts::new(), Counts::from([("bucket", 1)]));
    for (hold, expected) in [(Hold::Before, nothing), (Hold::After, bucket)] {
        let rig = Rig::new(None);
        let point = Point {
            seed: 0,
            nth: 2,
            hold,
        };
        rig.kill_at(point, APPLY);
        assert_eq!(rig.counts(), expected, "{hold:?}");
    }
}

/// As many kill points, spread over all write calls; every other one before its call.
fn points(count: u64, writes: u64) -> Vec<Point> {
    assert!(writes >= count, "{writes} write calls");
    let point = |index: u64| {
        let seed = SEED + index;
        let (from, to) = (index * writes / count + 1, (index + 1) * writes / count);
        let nth = Seeded::new(seed).within(from, to);
        let hold = if index.is_multiple_of(2) {
            Hold::Before
        } else {
            Hold::After
        };
        Point { seed, nth, hold }
    };
    (0..count).map(point).collect()
}

/// A sandbox, a proxy in front of it, and a place to run the binary against it.
struct Rig {
    place: Place,
    proxy: Proxy,
    served: Served,
}

impl Rig {
    fn new(world: Option<&Path>) -> Self {
        Self::with(world, Settings::stepped(), Place::new())
    }

    /// The same in a place with environment files of its own.
    fn with(world: Option<&Path>, settings: Settings, place: Place) -> Self {
        let served = Served::open(world.map(Path::to_owned), settings);
        let proxy = Proxy::start(&served.url());
        Self {
            place: place.at(&proxy.url()),
            proxy,
            served,
        }
    }

    /// Removes the lease of the set-up, which `unlock` does not know: a user waits 90 seconds.
    fn forget_the_lease(&self) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let [_, site] = Site::both();
            let sandbox = self.served.sandbox.clone();
            let aws = site.aws(&World { sandbox }).await;
            if let Some((_, etag)) = holder(&aws).await.unwrap() {
                break_lease(&aws, &etag).await.unwrap();
            }
        });
    }

    /// What there is of each kind; every run adds an entry to the journal, so objects are not counted.
    fn counts(&self) -> Counts {
        let mut counts = self.served.counts();
        counts.remove("object");
        counts
    }

    /// Runs a command until the point and kills it there.
    #[expect(
        clippy::print_stdout,
        reason = "which kill it was, for whoever looks into a failure"
    )]
    fn kill_at(&self, point: Point, line: &str) {
        self.proxy.reset();
        let reached = self.proxy.hold_write(point.nth, point.hold);
        let mut child = self.place.start(line);
        let operation = reached.recv_timeout(PATIENCE);
        child.kill().unwrap();
        let ran = Ran::end(child);
        self.proxy.thaw();
        let Ok(operation) = operation else {
            panic!("{point:?} was never reached:\n{}\n{}", ran.out, ran.err);
        };
        let Point { seed, nth, hold } = point;
        println!("{line}: seed {seed}, write call {nth}, killed {hold:?} at {operation}");
        assert_eq!(ran.code, None, "{point:?}: it ended by itself");
    }
}
