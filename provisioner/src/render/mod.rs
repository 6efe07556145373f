//! Every word that plan, apply and destroy say: for people, for programs, for pull requests; and what moves meanwhile.
//!
//! Owns words, columns and colour. Knows engine types only: no AWS, no async, no files, no clock. It writes to the
//! writer it is given, decides nothing, and leaves it to the caller which stream and which format that is.
//!
//! In reading order: [`view`] is what is shown, `words` the vocabulary, `label`, `text` and `page` the typesetting,
//! `value`, `document` and `delta` what changes within a field, `group` and `counts` what belongs together, `findings` what an
//! audit found; then the forms: [`human`], [`html`], [`json`], [`markdown`], [`saved`], [`progress`]. [`rollout`], [`status`],
//! [`drift`], [`audit`], [`cost`], [`doctor`], [`history`], [`logs`] and [`bootstrap`] are what the verbs of these names say.

pub mod audit;
pub mod bootstrap;
mod causes;
pub mod copied;
pub mod cost;
mod counts;
mod delta;
pub mod doctor;
mod document;
pub mod drift;
mod findings;
pub mod frame;
mod group;
pub mod history;
pub mod html;
pub mod human;
pub mod json;
mod label;
pub mod logs;
pub mod markdown;
pub mod mistakes;
mod page;
pub mod progress;
mod prose;
pub mod push;
pub mod rollout;
pub mod saved;
pub mod secrets;
pub mod status;
mod text;
mod value;
pub mod view;
pub mod who;
mod words;

pub use progress::Progress;
pub use prose::prose;
pub use saved::SavedPlan;
pub use text::short_caller;
pub use view::{Header, Note, PlanView, ReportView, Shown, Style};

#[cfg(test)]
mod tests;
