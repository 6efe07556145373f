//! Room `push`: a service's Dockerfile becomes an image in its ECR repository.
//!
//! Owns: finding Docker or Podman, signing in, building, pushing, and the digest that came of it. Must not know:
//! environments, the command line, printing.
//!
//! In reading order: `order` says what is wanted and what became of it, `work` does it; `registry` has ECR's calls,
//! `engine` finds the engine, `keys` signs in, `dockerfile` reads what an image wants to be told, `process` runs a
//! program and can end it; `record` is what the sandbox gets in an image's stead.

mod dockerfile;
mod engine;
mod keys;
mod order;
mod process;
#[cfg(feature = "sandbox")]
mod record;
mod registry;
mod work;

pub use engine::{EngineName, answering};
pub use order::{Event, Failure, How, Job, Landed, Order, Outcome, Platform, valid_tag};
pub use process::{Stop, Stopper};
#[cfg(feature = "sandbox")]
pub use record::record;
pub use work::push;
