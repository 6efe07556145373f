//! Who changed what has drifted, where CloudTrail's event history says.
//!
//! In reading order: `drifted` is what somebody wants to know about, `trace` what CloudTrail records of a
//! kind, `kinds` that of each, `question` what to ask, `event` what it answers, `judge` which event can have done it, `ask` the calls. Only `ask` calls; the rest
//! is pure. It knows no plan, no kind's calls, and prints nothing.

mod ask;
mod drifted;
mod event;
mod judge;
mod kinds;
mod question;
mod trace;

pub use ask::{Pace, Stopped, Trail, ask};
pub use drifted::{Drifted, What};
pub use event::Event;
pub use judge::{Finding, Said};
pub use kinds::{KINDS, trace};
pub use question::{Question, questions};
pub use trace::Trace;
