//! The listeners of load balancers, their routes, and the health checks behind them: kept as the world wants them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};

use tokio::task::JoinHandle;

use super::health::{self, Target};
use super::place;
use super::route::Routes;
use super::supervise::Supervisor;
use crate::elbv2::{Front, Group, Health, Step};

/// The listener of a load balancer.
#[derive(Debug)]
pub(super) struct Listening {
    port: u16,
    pub(super) handle: JoinHandle<()>,
}

impl Supervisor {
    /// Opens and closes listeners.
    pub(super) fn listen(&mut self, fronts: &[Front]) {
        let gone = |arn: &String| !fronts.iter().any(|front| front.listener == *arn);
        self.listening.retain(|arn, listening| {
            let gone = gone(arn);
            if gone {
                listening.handle.abort();
            }
            !gone
        });
        for front in fronts {
            if self.listening.contains_key(&front.listener) {
                continue;
            }
            let bound = place::of_listener(self.live.first_port).and_then(|bound| {
                let port = bound.local_addr()?.port();
                Ok((port, tokio::net::TcpListener::from_std(bound)?))
            });
            match bound {
                Ok((port, bound)) => {
                    tracing::info!(listener = front.listener, port, "a load balancer listens");
                    let listen = self.balancer.clone().listen(bound, front.listener.clone());
                    let handle = tokio::spawn(listen);
                    let listening = Listening { port, handle };
                    self.listening.insert(front.listener.clone(), listening);
                }
                Err(error) => tracing::error!(%error, "a load balancer cannot listen"),
            }
        }
        let names = names(fronts, &self.listening);
        self.sandbox.look(|world| {
            if let Some(live) = &mut world.live {
                live.names = names;
            }
        });
    }

    pub(super) fn route(&self, fronts: Vec<Front>, groups: &[Group]) {
        let addressed = groups.iter().map(|group| {
            let backends = group.backends.iter();
            let known = backends.filter_map(|it| Some((self.address(&it.ip)?, it.health)));
            (group.arn.clone(), known.collect())
        });
        let ports = fronts.iter().filter_map(|front| {
            let port = self.listening.get(&front.listener)?.port;
            Some(((front.balancer.clone(), front.port), port))
        });
        let routes = Routes {
            groups: addressed.collect(),
            ports: ports.collect(),
            fronts: fronts
                .into_iter()
                .map(|front| (front.listener.clone(), front))
                .collect(),
        };
        *self.routes.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(routes);
    }

    /// Where the task with an address of the world's really listens.
    fn address(&self, ip: &str) -> Option<SocketAddr> {
        let running = self.running.values().find(|running| running.ip == ip)?;
        Some(running.address)
    }

    /// Begins and ends health checks.
    pub(super) fn check(&mut self, groups: &[Group], minute: u64) {
        let mut wanted = BTreeMap::new();
        for group in groups {
            for backend in &group.backends {
                let checked = !matches!(backend.health, Health::Draining | Health::Unused);
                if let Some(address) = self.address(&backend.ip).filter(|_| checked) {
                    let target = Target {
                        region: group.region.clone(),
                        group: group.arn.clone(),
                        ip: backend.ip.clone(),
                        port: backend.port,
                    };
                    wanted.insert(target, (address, group.check.clone()));
                }
            }
        }
        self.checking.retain(|target, (check, handle)| {
            let stays = wanted
                .get(target)
                .is_some_and(|(_, wanted)| wanted == check);
            if !stays {
                handle.abort();
            }
            stays
        });
        for (target, (address, check)) in wanted {
            if !self.checking.contains_key(&target) {
                let found = self.found.clone();
                let watch = health::watch(target.clone(), address, check.clone(), minute, found);
                self.checking.insert(target, (check, tokio::spawn(watch)));
            }
        }
    }
}

/// By load balancer, the address that leads to its tasks: of the listener with the lowest port that does more than to redirect.
fn names(fronts: &[Front], listening: &BTreeMap<String, Listening>) -> BTreeMap<String, String> {
    let mut sorted: Vec<&Front> = fronts.iter().collect();
    let redirects = |front: &Front| {
        let last = front.ways.last().map(|way| &way.step);
        matches!(last, Some(Step::Redirect(_)))
    };
    sorted.sort_by_key(|front| (redirects(front), front.port));
    let mut names = BTreeMap::new();
    for front in sorted {
        if let Some(listening) = listening.get(&front.listener) {
            let name = format!("127.0.0.1:{}", listening.port);
            names.entry(front.balancer.clone()).or_insert(name);
        }
    }
    names
}
