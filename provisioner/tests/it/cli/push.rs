//! `hcctl push`: with a stand-in for Docker and Podman, and in the sandbox.

#[cfg(unix)]
mod engine;
#[cfg(unix)]
mod failures;
mod record;
