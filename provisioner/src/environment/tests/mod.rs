//! Tests of the room as a whole. What concerns one value only stands beside it.

mod errors;

use std::path::{Path, PathBuf};

use super::{Environment, Errors, parse};

/// The directory of the repository's own environment files.
fn environments() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../environments")
}

/// Parses text as `environments/dev.yaml`.
fn dev(text: &str) -> Result<Environment, Errors> {
    parse("dev", Path::new("environments/dev.yaml"), text)
}

/// The least a file must say.
const LEAST: &str = "\
project: healthcare-app
region: us-east-1
network: { cidr: 10.0.0.0/16 }
services:
  patient: { paths: [\"/api/patients*\"] }
";
