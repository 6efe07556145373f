//! Plans and runs made by hand, in every form.
//!
//! The plans go through the engine's own planner, so that they are plans that can be; the snapshots stand beside this
//! file.

mod cost;
mod daily;
mod doctor;
mod fields;
mod forms;
mod live;
mod plans;
mod progress;
mod reports;
mod scene;
mod vocabulary;
