//! Plans and runs made by hand, in every form.
//!
//! The plans go through the engine's own planner, so that they are plans that can be; the snapshots stand beside this
//! file.

mod cost;
mod daily;
mod fields;
mod forms;
mod plans;
mod progress;
mod reports;
mod scene;
mod vocabulary;
