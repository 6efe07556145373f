//! What the world wants and what runs, brought together, a few times a second.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::balancer::{Balancer, Shared};
use super::health::Target;
use super::job::{self, Job, Wish};
use super::leftover::{self, Signal};
use super::process::{self, Engine, How, Start, Told};
use super::traffic::Listening;
use super::{Live, Observed, Seen, place};
use crate::elbv2::{self, Check, Probe};
use crate::registry;
use crate::rollout;
use crate::sandbox::Sandbox;
use crate::world::{World, hash_hex};

/// How often the world is looked at.
const EVERY: Duration = Duration::from_millis(50);

/// How often it is saved, as what is seen of tasks is no call.
const SAVE: Duration = Duration::from_secs(5);

/// How often the memory of processes is looked at.
const WEIGH: Duration = Duration::from_secs(1);

/// How long tasks may end by themselves when the server does.
const FAREWELL: Duration = Duration::from_secs(5);

/// How much may wait to be told; who writes faster waits.
const MOST_WAITING: usize = 4_096;

/// A process's id while it runs.
#[derive(Debug, Clone, Default)]
pub(super) struct Pid(Arc<AtomicU32>);

impl Pid {
    pub(super) fn set(&self, pid: Option<u32>) {
        self.0.store(pid.unwrap_or_default(), Ordering::Release);
    }

    pub(super) fn get(&self) -> Option<u32> {
        Some(self.0.load(Ordering::Acquire)).filter(|pid| *pid != 0)
    }
}

/// A task that was started.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) ip: String,
    pub(super) address: SocketAddr,
    pid: Pid,
    handle: JoinHandle<()>,
    /// The container's name, for one that is a container.
    container: Option<String>,
    /// When it was told to stop.
    told: Option<Instant>,
    killed: bool,
    stop_timeout: Duration,
    /// In bytes, for a process; a container's is the engine's to keep.
    memory: Option<u64>,
    /// It was killed for what it used.
    too_large: bool,
}

/// Keeps what runs as the world wants it.
#[derive(Debug)]
pub(crate) struct Supervisor {
    pub(super) sandbox: Sandbox,
    pub(super) live: Live,
    /// The port at which the sandbox is served.
    endpoint: u16,
    /// Of the notes.
    folder: PathBuf,
    label: String,
    pub(super) running: BTreeMap<String, Running>,
    pub(super) listening: BTreeMap<String, Listening>,
    pub(super) checking: BTreeMap<Target, (Check, JoinHandle<()>)>,
    lines: Vec<(String, String)>,
    pub(super) routes: Shared,
    pub(super) balancer: Balancer,
    tell: mpsc::Sender<Told>,
    told: mpsc::Receiver<Told>,
    pub(super) found: mpsc::Sender<(Target, Probe)>,
    probes: mpsc::Receiver<(Target, Probe)>,
    /// The last address that a task got.
    number: u16,
}

impl Supervisor {
    /// Removes what a killed server left, and makes the world live.
    pub(crate) async fn new(sandbox: &Sandbox, live: Live, endpoint: u16) -> io::Result<Self> {
        let folder = sandbox.folder().join("tasks");
        let killed = leftover::clear(&folder)?;
        if killed > 0 {
            tracing::warn!(
                killed,
                "processes that a killed server had left running were ended"
            );
        }
        let folder = fs::canonicalize(folder)?;
        let label = format!(
            "hcctl-world={}",
            hash_hex(&folder.display().to_string(), 16)
        );
        let (tell, told) = mpsc::channel(MOST_WAITING);
        let (found, probes) = mpsc::channel(MOST_WAITING);
        let routes = Shared::default();
        let supervisor = Self {
            sandbox: sandbox.clone(),
            live,
            endpoint,
            folder,
            label,
            running: BTreeMap::new(),
            listening: BTreeMap::new(),
            checking: BTreeMap::new(),
            lines: Vec::new(),
            balancer: Balancer::new(Arc::clone(&routes)),
            routes,
            tell,
            told,
            found,
            probes,
            number: 0,
        };
        supervisor.engine("").remove(None).await;
        sandbox.look(|world| {
            world.live = Some(Observed::default());
            elbv2::probe_all(world, true);
        });
        Ok(supervisor)
    }

    /// Works until it is told to end, and then ends all that runs.
    pub(crate) async fn run(mut self, end: impl Future<Output = ()>) {
        let mut end = std::pin::pin!(end);
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut saved, mut weighed) = (Instant::now(), Instant::now());
        loop {
            tokio::select! {
                () = &mut end => break,
                _ = ticks.tick() => {}
                Some(told) = self.told.recv() => {
                    if !self.note(told) {
                        continue;
                    }
                }
                Some((target, probe)) = self.probes.recv() => self.probe(&target, probe),
            }
            if weighed.elapsed() > WEIGH {
                weighed = Instant::now();
                self.weigh();
            }
            self.step().await;
            if saved.elapsed() > SAVE {
                saved = Instant::now();
                if let Err(error) = self.sandbox.flush() {
                    tracing::error!(%error, "the sandbox could not save its world");
                }
            }
        }
        self.end().await;
    }

    /// Takes in what happened to a task; whether more than a line.
    fn note(&mut self, told: Told) -> bool {
        let (arn, seen) = match told {
            Told::Line(arn, line) => {
                self.lines.push((arn, line));
                return self.lines.len() >= MOST_WAITING;
            }
            Told::Up(arn) => (arn, Seen::Up),
            Told::Failed(arn, why) => {
                self.running.remove(&arn);
                (arn, Seen::Failed(why))
            }
            Told::Exited(arn, code) => {
                let gone = self.running.remove(&arn);
                let reason = gone
                    .filter(|gone| gone.too_large)
                    .map(|_| "OutOfMemoryError: Container killed due to memory usage".to_owned());
                (arn, Seen::Exited { code, reason })
            }
        };
        self.see(arn, seen);
        true
    }

    fn see(&self, arn: String, seen: Seen) {
        self.sandbox.look(|world| {
            if let Some(live) = &mut world.live {
                live.tasks.insert(arn, seen);
            }
        });
    }

    fn probe(&self, target: &Target, probe: Probe) {
        let place = (target.ip.as_str(), target.port);
        self.sandbox.look(|world| {
            elbv2::set_probe(world, &target.region, &target.group, place, probe);
        });
    }

    /// One look, and what follows from it.
    async fn step(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        let (jobs, fronts, groups, minute) = self.sandbox.look(|world| {
            write(world, &lines);
            forget_stopped(world);
            let jobs = job::all(world);
            (
                jobs,
                elbv2::fronts(world),
                elbv2::groups(world),
                world.delays.minute,
            )
        });
        let wanted: BTreeSet<&str> = jobs.iter().map(|job| job.arn.as_str()).collect();
        let unwanted: Vec<String> = self
            .running
            .keys()
            .filter(|arn| !wanted.contains(arn.as_str()))
            .cloned()
            .collect();
        for arn in unwanted {
            self.drop_task(&arn).await;
        }
        for job in &jobs {
            match job.wish {
                Wish::Run | Wish::Drain if self.running.contains_key(&job.arn) => {}
                Wish::Run => self.start(job),
                Wish::Drain | Wish::Stop => self.stop(job).await,
            }
        }
        self.listen(&fronts);
        self.route(fronts, &groups);
        self.check(&groups, minute);
    }

    fn start(&mut self, job: &Job) {
        match self.prepare(job) {
            Ok((start, container)) => {
                let pid = Pid::default();
                let memory = job.container.memory.filter(|_| container.is_none());
                let running = Running {
                    ip: job.ip.clone(),
                    address: start.address,
                    pid: pid.clone(),
                    container,
                    told: None,
                    killed: false,
                    stop_timeout: Duration::from_secs(job.container.stop_timeout),
                    memory: memory.map(|most| most << 20),
                    too_large: false,
                    handle: tokio::spawn(start.run(job.clone(), pid, self.tell.clone())),
                };
                self.running.insert(job.arn.clone(), running);
            }
            Err(why) => self.see(job.arn.clone(), Seen::Failed(why)),
        }
    }

    /// How and where a task is to be started, or why it cannot be.
    fn prepare(&mut self, job: &Job) -> Result<(Start, Option<String>), String> {
        if let Some(trouble) = &job.container.trouble {
            return Err(trouble.clone());
        }
        let most = self.live.most_tasks;
        if self.running.len() >= most {
            return Err(format!("the sandbox runs at most {most} tasks at a time"));
        }
        let port = job.container.port.unwrap_or(80);
        let address = place::of_task(&mut self.number, port)
            .map_err(|error| format!("no address of this machine is free: {error}"))?;
        let how = if job.image.pushed {
            How::Container(self.engine(&job.region))
        } else {
            let repository = &job.image.repository;
            let program = self.live.program(repository).ok_or_else(|| {
                format!(
                    "CannotPullContainerError: of {repository} there is a record only, and no program stands for it: push an image \
                     that an engine built, or name a program with --service"
                )
            })?;
            How::Program(program)
        };
        let name = process::container_name(&job.arn);
        let container = matches!(how, How::Container(_)).then_some(name);
        let (endpoint, folder) = (self.endpoint, self.folder.clone());
        let start = Start {
            how,
            address,
            endpoint,
            folder,
        };
        Ok((start, container))
    }

    fn engine(&self, region: &str) -> Engine {
        let until = self.sandbox.look(|world| world.now()) + 12 * 3_600_000;
        Engine {
            program: self.live.engine.clone(),
            registry: format!("127.0.0.1:{}", self.endpoint),
            password: registry::password(region, "task", until),
            label: self.label.clone(),
        }
    }

    /// SIGTERM, and SIGKILL once the stop timeout is over.
    async fn stop(&mut self, job: &Job) {
        let Some(running) = self.running.get_mut(&job.arn) else {
            let (code, reason) = (None, None);
            self.see(job.arn.clone(), Seen::Exited { code, reason });
            return;
        };
        let Some(pid) = running.pid.get() else {
            if running.told.is_none() && !running.handle.is_finished() {
                // It is still being pulled.
                self.drop_task(&job.arn).await;
            }
            return;
        };
        match running.told {
            None => {
                running.told = Some(Instant::now());
                leftover::signal(pid, Signal::Terminate);
            }
            Some(told) if told.elapsed() > running.stop_timeout && !running.killed => {
                running.killed = true;
                self.kill(&job.arn).await;
            }
            Some(_) => {}
        }
    }

    async fn kill(&self, arn: &str) {
        let Some(running) = self.running.get(arn) else {
            return;
        };
        if let Some(name) = &running.container {
            self.engine("").remove(Some(name)).await;
        } else if let Some(pid) = running.pid.get() {
            leftover::signal(pid, Signal::Kill);
        }
    }

    /// Ends a task that nothing wants any more, at once.
    async fn drop_task(&mut self, arn: &str) {
        self.kill(arn).await;
        if let Some(running) = self.running.remove(arn) {
            running.handle.abort();
        }
    }

    /// Kills the processes that use more memory than their tasks have.
    fn weigh(&mut self) {
        for running in self.running.values_mut() {
            let (Some(most), Some(pid)) = (running.memory, running.pid.get()) else {
                continue;
            };
            if resident(pid).is_some_and(|bytes| bytes > most) && !running.too_large {
                running.too_large = true;
                leftover::signal(pid, Signal::Kill);
            }
        }
    }

    /// Ends everything: tasks are told to, and killed after a while.
    async fn end(mut self) {
        self.sandbox.look(|world| {
            world.live = None;
            elbv2::probe_all(world, false);
        });
        for (_, handle) in self.checking.values() {
            handle.abort();
        }
        for listening in self.listening.values() {
            listening.handle.abort();
        }
        for pid in self
            .running
            .values()
            .filter_map(|running| running.pid.get())
        {
            leftover::signal(pid, Signal::Terminate);
        }
        let began = Instant::now();
        while !self.running.is_empty() && began.elapsed() < FAREWELL {
            match tokio::time::timeout(EVERY, self.told.recv()).await {
                Ok(Some(Told::Exited(arn, _) | Told::Failed(arn, _))) => {
                    self.running.remove(&arn);
                }
                Ok(None) => break,
                Ok(Some(_)) | Err(_) => {}
            }
        }
        for arn in self.running.keys().cloned().collect::<Vec<_>>() {
            self.drop_task(&arn).await;
        }
    }
}

/// Writes what tasks have written into their streams.
fn write(world: &mut World, lines: &[(String, String)]) {
    let now = world.now();
    for (arn, line) in lines {
        let region = arn.split(':').nth(3).unwrap_or_default().to_owned();
        let task = world
            .regions
            .get(&region)
            .and_then(|state| state.ecs.tasks.get(arn));
        if let Some(task) = task.cloned() {
            rollout::log(world, &region, &task, now, line);
        }
    }
}

/// Drops what was seen of tasks that have stopped.
fn forget_stopped(world: &mut World) {
    let regions = world.regions.values();
    let tasks = regions.flat_map(|region| region.ecs.tasks.values());
    let stands: BTreeSet<String> = tasks
        .filter(|task| !task.is_stopped())
        .map(|task| task.arn.clone())
        .collect();
    if let Some(live) = &mut world.live {
        live.tasks.retain(|arn, _| stands.contains(arn));
        live.cleared.retain(|arn| stands.contains(arn));
    }
}

/// What a process holds of memory, where the system tells (proc_pid_statm(5), in pages of 4 KiB).
fn resident(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let pages: u64 = text.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4_096)
}
