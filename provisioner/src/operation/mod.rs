//! What the verbs do, one use case a file: for whoever has an environment, clients, somebody to tell and somebody to ask.
//!
//! Owns: the order of looks, questions, leases, journals and calls, and what is refused before them. Must not know: command
//! lines, terminals, signals, exit codes, how anything is set for a reader. What happens goes to an [`Events`], what only a
//! person can decide to an [`Ask`]; time is the [`Context`]'s, so that a test can let it pass in a simulated account.
//!
//! In reading order: `context` is what every operation works with, `port` whom it tells and asks, `error` what it fails with;
//! [`observe`] is one look at the account, with `remarks` and `leaving` for what a plan does not say by itself; [`apply`] makes
//! a plan true under a lease, for [`destroy`] and [`bootstrap`] too; [`deploy`], [`rollback`] and [`approve`] roll images out;
//! [`drift`], [`status`], [`doctor`] and [`images`] only read; [`push`] builds images; [`run`] runs a command in a task of its own; [`secret`] looks after
//! secrets.

pub mod apply;
pub mod approve;
pub mod bootstrap;
mod clock;
mod context;
pub mod deploy;
pub mod destroy;
pub mod doctor;
pub mod drift;
mod error;
pub mod images;
pub mod lease;
mod leaving;
pub mod observe;
mod port;
pub mod push;
mod remarks;
pub mod restart;
pub mod rhythm;
pub mod rollback;
pub mod run;
pub mod secret;
pub mod status;
pub mod suggest;

pub use clock::{Clock, SystemClock};
pub use context::{Context, sign_in, with_profile};
pub use error::{CommandError, Kind};
pub use observe::{Observation, Wanted};
pub use port::{Ask, Decision, Event, Events, Interrupts, Stop};

use std::fmt::Write as _;

use hcctl_engine::Address;
use sha2::{Digest, Sha256};

/// A remark about one resource, such as "waits for its first deploy".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The resource.
    pub address: Address,
    /// The remark, without a full stop.
    pub text: String,
}

/// The SHA-256 of a text, in hexadecimal: what binds a plan to what was seen and wanted.
pub fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
