//! A data plane: tasks that really run, behind load balancers that really listen.
//!
//! Owns: processes and containers, listeners on loopback, health checks, what containers write. Must not know: how a service comes to
//! its desired state, which stays the business of [`crate::rollout`]. The world says what ECS wants; this starts and stops it, and
//! writes what it sees into [`Observed`], which the rooms go by instead of what an image is told.
//!
//! Nothing listens beyond loopback. A task that is a process gets a loopback address of its own; a container gets a port on one. What a
//! killed server left running is found by its notes ([`leftover`]) and by its label, and removed at the next start.
//!
//! Differences to AWS: a listener for HTTPS speaks HTTP here; sticky sessions, authentication and HTTP/2 are not simulated; the intervals
//! of health checks pass at the sandbox's pace (`Delays::minute`); a task has one container.

mod balancer;
mod health;
mod job;
mod leftover;
mod observed;
mod place;
mod process;
mod route;
mod settings;
mod supervise;
#[cfg(test)]
mod tests;
mod traffic;

pub use leftover::forget;
pub(crate) use observed::{Observed, Seen, clear, is_cleared, is_on, name_of, seen};
pub use settings::Live;
pub(crate) use supervise::Supervisor;
