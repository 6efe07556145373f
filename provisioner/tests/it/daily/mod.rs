//! What somebody asks from day to day, by the real binary against a served sandbox: what has drifted, what passes the
//! controls, what it costs, what the services write, and who did what.

mod audit;
mod cost;
mod drift;
mod history;
mod logs;
mod secret;
mod task;
mod who;

use hcctl::aws::Aws;

use crate::support::served::Served;
use crate::support::world::{World, load};

/// Does something in dev's account with the SDK, as somebody with a console would.
fn by_hand<F: Future<Output = ()>>(served: &Served, what: impl FnOnce(Aws) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let world = World {
            sandbox: served.sandbox.clone(),
        };
        what(world.aws(&load("dev")).await).await;
    });
}
