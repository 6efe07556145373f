//! Security controls by their Security Hub ids: what of the environment passes, what does not, why, and what fixes it.
//!
//! Pure. It owns which controls there are, what each asks for and how much it weighs. It takes a plan, which holds every
//! resource with what was seen and what is wanted, and judges both: what is there now, and what an apply would leave. It
//! knows no client, no terminal and no clock, and of resources only their specs.
//!
//! What no spec says was not looked at: of a resource that is there it is "not looked at by hcctl", never claimed absent.
//! Only of what an apply makes anew is it known that nothing of the kind can be there.
//!
//! In reading order: `control` is what a control is, `state` what it looks at; then a file per family of controls;
//! `report` puts the judgements of both states together.
//!
//! Titles and severities: <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html>

mod compute;
mod control;
mod data;
mod edge;
mod identity;
mod network;
mod observability;
mod registry;
mod report;
mod state;
#[cfg(test)]
mod tests;

pub use control::{Control, Fix, Severity};
pub use report::{Fate, Finding, Passed, Report, Status, count};

/// Every control, family by family.
pub fn controls() -> impl Iterator<Item = &'static Control> {
    [
        network::CONTROLS,
        edge::CONTROLS,
        compute::CONTROLS,
        registry::CONTROLS,
        identity::CONTROLS,
        data::CONTROLS,
        observability::CONTROLS,
    ]
    .into_iter()
    .flatten()
}
