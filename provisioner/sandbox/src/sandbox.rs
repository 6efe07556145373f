//! The sandbox as its users hold it: open, ask, describe, reset.
//!
//! Owns: one world behind a lock, its file, the clock's pace and the fault plan. Must not know: services.
//!
//! When it is saved: after every write call, before the answer leaves, so that a killed process loses nothing it had answered.
//! What merely became due while reading is saved when the last handle is dropped or at [`Sandbox::flush`]; losing that
//! loses nothing, because the next process finds it due again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{DATE, HeaderValue};

use crate::acm;
use crate::answer::{Answer, AwsError, render};
use crate::call::{Call, Protocol};
use crate::cloudwatch;
use crate::ec2::Zone;
use crate::ecs::Life;
use crate::faults::{FaultPlan, Trouble, Weather};
use crate::live::Observed;
use crate::quotas::Quotas;
use crate::rollout::{Serving, serving};
use crate::rooms;
use crate::secrets;
use crate::ssm;
use crate::store::{Store, StoreError, read};
use crate::time::{Delays, Pace, http_date};
use crate::trail;
use crate::world::World;

/// How a sandbox behaves. None of it is saved with the world, except the seed of a new one.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How the clock moves.
    pub pace: Pace,
    /// How long things stay pending.
    pub delays: Delays,
    /// How many of a thing there may be.
    pub quotas: Quotas,
    /// By region, its availability zones, where they are not to be the usual ones.
    pub zones: BTreeMap<String, Vec<Zone>>,
    /// The ARN that STS names as the caller's, such as an assumed role's; nothing for a user by the name of the access
    /// key. IAM judges it in a simulation only: no call is refused for want of a permission.
    pub caller: Option<String>,
    /// Where a new world's ids start. An existing world keeps its own.
    pub seed: u64,
    /// Where the line is cut on purpose.
    pub faults: FaultPlan,
    /// Which calls wait, are throttled or fail.
    pub trouble: Trouble,
}

impl Default for Settings {
    /// For a person: real time, short waits, no faults.
    fn default() -> Self {
        Self {
            pace: Pace::Real { scale: 1.0 },
            delays: Delays::default(),
            quotas: Quotas::default(),
            zones: BTreeMap::new(),
            caller: None,
            seed: 0,
            faults: FaultPlan::None,
            trouble: Trouble::default(),
        }
    }
}

impl Settings {
    /// For tests: a clock that moves one second per call, so that whatever is polled gets ready.
    pub fn stepped() -> Self {
        Self {
            pace: Pace::Stepped { ms_per_call: 1_000 },
            ..Self::default()
        }
    }

    /// For tests that have no use for waits: everything is ready at once.
    pub fn instant() -> Self {
        Self {
            delays: Delays::none(),
            ..Self::stepped()
        }
    }

    /// Puts into a world what is not saved with it.
    fn apply(&self, world: &mut World) {
        world.delays = self.delays.clone();
        world.quotas = self.quotas.clone();
        world.zones = self.zones.clone();
        world.caller.clone_from(&self.caller);
    }
}

/// The fault plan cut the line: there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sandbox's fault plan cut the connection")]
pub struct Stopped;

/// A simulated AWS account. Clones share one world.
#[derive(Debug, Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    settings: Settings,
    store: Option<Store>,
    folder: PathBuf,
    state: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    world: World,
    faults: FaultPlan,
    weather: Weather,
    /// Write calls let in since the fault plan was made.
    writes: u64,
    /// Whether the world differs from its file.
    unsaved: bool,
}

impl Sandbox {
    /// Opens the world kept at `path`, or a new one; without a path the world lives in memory only.
    ///
    /// The path's folder is made if need be, and the file is locked until the last clone is dropped.
    pub fn open(path: Option<PathBuf>, settings: Settings) -> Result<Self, StoreError> {
        let store = path.map(Store::open).transpose()?;
        let saved = store.as_ref().map(Store::load).transpose()?.flatten();
        let world = saved.unwrap_or_else(|| World::new(settings.seed));
        Ok(Self::of(world, store, settings))
    }

    fn of(mut world: World, store: Option<Store>, settings: Settings) -> Self {
        settings.apply(&mut world);
        let state = Mutex::new(Held {
            world,
            faults: settings.faults,
            weather: Weather::new(settings.trouble),
            writes: 0,
            unsaved: false,
        });
        Self {
            inner: Arc::new(Inner {
                settings,
                folder: store.as_ref().map_or_else(own_folder, Store::folder),
                store,
                state,
            }),
        }
    }

    /// A copy, in memory only, of the world kept at `path`; nothing where there is none. It takes no lock and writes nothing, so that it
    /// may be had while another process uses the world.
    pub fn glimpse(path: &Path, settings: Settings) -> Result<Option<Self>, StoreError> {
        let world = read(path)?;
        Ok(world.map(|world| Self::of(world, None, settings)))
    }

    /// Answers one signed request of an AWS client, synchronously and without any I/O but saving the world.
    /// The answer is dated by the world's own clock.
    pub fn handle(&self, request: &http::Request<Bytes>) -> Result<http::Response<Bytes>, Stopped> {
        let mut held = self.inner.lock();
        let mut response = self.answer(&mut held, request)?;
        if let Ok(date) = HeaderValue::from_str(&http_date(held.world.now())) {
            response.headers_mut().insert(DATE, date);
        }
        Ok(response)
    }

    fn answer(
        &self,
        held: &mut Held,
        request: &http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, Stopped> {
        held.world.clock.tick(self.inner.settings.pace, wall_ms());
        let request_id = held.world.request_id();
        let call = match Call::recognise(request) {
            Ok(call) => call,
            Err(error) => return Ok(render(spoken(request), &request_id, Err(error))),
        };
        let faults = held.faults;
        let is_write = call.is_write();
        if faults.stops_before(held.writes, is_write) {
            return Err(Stopped);
        }
        if let Some(error) = held.weather.refuses(call.service, &call.operation) {
            return Ok(render(call.protocol, &request_id, Err(error)));
        }
        held.writes += u64::from(is_write);
        let result = self.perform(held, &call, &request_id);
        if faults.stops_after(held.writes, is_write) {
            return Err(Stopped);
        }
        Ok(render(call.protocol, &request_id, result))
    }

    /// Does a call that was recognised, records it, and saves what it changed.
    fn perform(&self, held: &mut Held, call: &Call, request_id: &str) -> Result<Answer, AwsError> {
        let is_write = call.is_write();
        let mut result = rooms::handle(&mut held.world, call);
        if let (true, Ok(answer)) = (is_write, &result) {
            trail::record(&mut held.world, call, request_id, answer);
        }
        tracing::debug!(
            service = call.service.name(),
            operation = %call.operation,
            error = result.as_ref().err().map(|error| error.code.as_str()),
            "sandbox call"
        );
        held.unsaved = true;
        if is_write && let Err(error) = self.inner.save(held) {
            tracing::error!(%error, "the sandbox could not save its world");
            result = Err(AwsError::new("InternalFailure", error.to_string()).status(500));
        }
        result
    }

    /// A call of ECR that the registry makes for whoever pushes.
    pub(crate) fn ecr(
        &self,
        region: &str,
        key: &str,
        operation: &str,
        input: serde_json::Value,
    ) -> Result<Answer, AwsError> {
        let mut held = self.inner.lock();
        held.world.clock.tick(self.inner.settings.pace, wall_ms());
        let request_id = held.world.request_id();
        let call = Call::of_ecr(region, key, operation, input);
        self.perform(&mut held, &call, &request_id)
    }

    /// Looks into the world as it is now, and may change what need not be saved at once.
    pub(crate) fn look<T>(&self, at: impl FnOnce(&mut World) -> T) -> T {
        let mut held = self.inner.lock();
        held.look(self.inner.settings.pace);
        at(&mut held.world)
    }

    /// Changes the world and saves it.
    pub(crate) fn change<T>(&self, with: impl FnOnce(&mut World) -> T) -> Result<T, StoreError> {
        let mut held = self.inner.lock();
        held.look(self.inner.settings.pace);
        let result = with(&mut held.world);
        self.inner.save(&mut held)?;
        Ok(result)
    }

    /// Says where the world is served, to those who ask and to those who find it in use; or no longer.
    pub(crate) fn served(&self, endpoint: Option<&str>) -> Result<(), StoreError> {
        self.look(|world| world.endpoint = endpoint.map(str::to_owned));
        self.inner
            .store
            .as_ref()
            .map_or(Ok(()), |store| store.note(endpoint))
    }

    /// Where what belongs to the world and is too large for its file is kept: the folder beside the file, of its name.
    pub(crate) fn folder(&self) -> &Path {
        &self.inner.folder
    }

    /// How many resources of each kind there are.
    pub fn describe(&self) -> BTreeMap<&'static str, usize> {
        let mut held = self.inner.lock();
        held.look(self.inner.settings.pace);
        rooms::count(&held.world)
    }

    /// Empties the account, file included.
    pub fn reset(&self) -> Result<(), StoreError> {
        let mut held = self.inner.lock();
        let before = std::mem::replace(&mut held.world, World::new(self.inner.settings.seed));
        self.inner.settings.apply(&mut held.world);
        held.world.endpoint = before.endpoint;
        held.world.live = before.live.map(|_| Observed::default());
        self.inner.save(&mut held)
    }

    /// Saves what is not saved yet.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.inner.save(&mut self.inner.lock())
    }

    /// Moves the world's clock on, for tests that wait without calling.
    pub fn advance(&self, ms: u64) {
        let mut held = self.inner.lock();
        held.world.clock.advance(ms);
        held.unsaved = true;
    }

    /// Lets calls wait, be throttled or fail from now on, counted from the beginning. It combines with the fault plan; a refused call has
    /// no effect and is no write call.
    pub fn set_trouble(&self, trouble: Trouble) {
        self.inner.lock().weather = Weather::new(trouble);
    }

    /// Throttles the next calls of an operation, such as `DescribeServices`.
    pub fn throttle_next(&self, operation: &str, times: u32) {
        self.inner.lock().weather.throttle_next(operation, times);
    }

    /// Fails the next calls of an operation with HTTP 5xx.
    pub fn fail_next(&self, operation: &str, times: u32) {
        self.inner.lock().weather.fail_next(operation, times);
    }

    /// How long the latest call's answer is to wait.
    pub(crate) fn latency(&self) -> Duration {
        Duration::from_millis(self.inner.lock().weather.latency_ms())
    }

    /// How every active service stands in its production traffic now, by `CLUSTER/SERVICE`.
    pub fn serving(&self) -> BTreeMap<String, Serving> {
        let mut held = self.inner.lock();
        held.look(self.inner.settings.pace);
        let world = &held.world;
        let services = world.regions.iter().flat_map(|(region, state)| {
            let active = state.ecs.services.iter();
            let active = active.filter(|(_, service)| service.life == Life::Active);
            active.map(move |(key, service)| (key.clone(), serving(world, region, service)))
        });
        services.collect()
    }

    /// The fewest healthy tasks that every service had behind its production traffic at any moment since [`Self::reset_lowest`], or
    /// since this process opened the sandbox.
    pub fn lowest_serving(&self) -> BTreeMap<String, u32> {
        let mut held = self.inner.lock();
        held.look(self.inner.settings.pace);
        held.world.lowest.clone()
    }

    /// Begins to count anew for [`Self::lowest_serving`], from how things stand now.
    pub fn reset_lowest(&self) {
        let mut held = self.inner.lock();
        held.look(self.inner.settings.pace);
        held.world.lowest.clear();
        rooms::settle(&mut held.world);
    }

    /// Sets the state of an alarm (`OK`, `ALARM`, `INSUFFICIENT_DATA`) in a region, as `SetAlarmState` does; `false` if it is not there.
    pub fn set_alarm_state(&self, region: &str, name: &str, value: &str) -> bool {
        let mut held = self.inner.lock();
        held.look(self.inner.settings.pace);
        held.unsaved = true;
        let set = cloudwatch::set_state(&mut held.world, region, name, value, "set by hand");
        rooms::settle(&mut held.world);
        set
    }

    /// Puts an ACM certificate of this ARN in place: the names it covers, its status (`ISSUED`, `PENDING_VALIDATION`, ...), and in
    /// how many days it ends; one issued with a negative number has expired.
    pub fn set_certificate(&self, arn: &str, names: &[&str], status: &str, days: i64) {
        let mut held = self.inner.lock();
        held.look(self.inner.settings.pace);
        let region = arn.split(':').nth(3).unwrap_or_default();
        acm::set(&mut held.world, region, arn, names, status, days);
    }

    /// Puts a secret or a parameter of this ARN in place with a value, as one that was made before.
    pub fn set_secret(&self, arn: &str, value: &str) {
        let mut held = self.inner.lock();
        held.look(self.inner.settings.pace);
        if arn.split(':').nth(2) == Some("ssm") {
            ssm::set(&mut held.world, arn, value);
        } else {
            secrets::set(&mut held.world, arn, value);
        }
    }

    /// Lets a VPN gateway propagate a route to a route table, as one does that is attached and enabled for it.
    pub fn propagate_route(&self, table: &str, destination: &str, gateway: &str) {
        let mut held = self.inner.lock();
        held.look(self.inner.settings.pace);
        for region in held.world.regions.values_mut() {
            if let Some(table) = region.ec2.route_tables.get_mut(table) {
                let route = (destination.to_owned(), gateway.to_owned());
                table.propagated.extend([route]);
            }
        }
    }

    /// Reaches into the world, for the rooms' tests.
    #[cfg(test)]
    pub(crate) fn with_world<T>(&self, reach: impl FnOnce(&mut World) -> T) -> T {
        reach(&mut self.inner.lock().world)
    }

    /// How many write calls came in since the sandbox was opened or got its fault plan: what a sweep over kill points counts
    /// up to.
    pub fn writes(&self) -> u64 {
        self.inner.lock().writes
    }

    /// Gives the sandbox another fault plan and counts its write calls from the beginning.
    pub fn set_faults(&self, faults: FaultPlan) {
        let mut held = self.inner.lock();
        held.faults = faults;
        held.writes = 0;
    }
}

impl Held {
    /// Brings the world to the present. Looking is no call: a stepped clock stands still.
    fn look(&mut self, pace: Pace) {
        if let Pace::Real { .. } = pace {
            self.world.clock.tick(pace, wall_ms());
        }
        rooms::settle(&mut self.world);
        self.unsaved = true;
    }
}

impl Inner {
    /// The world, also after a panic in another thread: a half-done call is a fault like any other.
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save(&self, held: &mut Held) -> Result<(), StoreError> {
        if let Some(store) = &self.store {
            store.save(&held.world)?;
        }
        held.unsaved = false;
        Ok(())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if self.store.is_none() && self.folder.exists() {
            // In memory only: what was too large for memory goes with it.
            drop(std::fs::remove_dir_all(&self.folder));
        }
        let mut held = self.lock();
        if held.unsaved
            && let Some(store) = &self.store
        {
            match store.save(&held.world) {
                Ok(()) => held.unsaved = false,
                Err(error) => tracing::warn!(%error, "the sandbox could not save its world"),
            }
        }
    }
}

/// A folder for a world that has no file; made when something is put there.
fn own_folder() -> PathBuf {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let process = std::process::id();
    std::env::temp_dir().join(format!("hcctl-world-{process}-{number}"))
}

fn wall_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    since.as_millis() as u64
}

/// The protocol to refuse an unrecognised request in.
fn spoken(request: &http::Request<Bytes>) -> Protocol {
    if request.headers().contains_key("smithy-protocol") {
        Protocol::Cbor
    } else if request.headers().contains_key("x-amz-target") {
        Protocol::Json11
    } else {
        Protocol::AwsQuery
    }
}
