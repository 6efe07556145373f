//! hcctl.
