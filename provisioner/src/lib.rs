//! hcctl: one small YAML file per environment becomes a Fargate application behind a load balancer.
//!
//! Rooms in reading order: `environment` reads the file, `blueprint` turns it into the resources that are wanted,
//! `bootstrap` all files into the account's set-up, `resources` knows each kind's calls, `aws` the clients, `push` images,
//! `deploy` releases, `secret` what containers are told alone, `logs` what services write, `task` what runs outside of them, `lock` and `journal` who works and what was
//! done, `trail` who changed what has drifted, `doctor` what would stop an apply, `price` counts, `audit` judges, `picture`
//! draws, `operation` does what the verbs do, `render` has the words, `cli` the command line. `partition` and
//! `definition` are tables that two of them need, `appearance` what text, pages and pictures have in common.

#![cfg_attr(
    test,
    expect(
        clippy::unwrap_used,
        reason = "a test that unwraps a failure has failed"
    )
)]

mod appearance;
pub mod audit;
pub mod aws;
pub mod blueprint;
pub mod bootstrap;
pub mod cli;
pub mod definition;
pub mod deploy;
pub mod doctor;
pub mod environment;
pub mod journal;
pub mod lock;
pub mod logs;
pub mod operation;
pub mod partition;
pub mod picture;
pub mod price;
pub mod push;
pub mod render;
pub mod resources;
pub mod secret;
pub mod task;
pub mod trail;
