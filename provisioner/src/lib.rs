//! hcctl.

pub mod environment;
