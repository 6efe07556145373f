//! What the tests share.
#![allow(
    dead_code,
    reason = "not every program that includes these uses them all"
)]
#![allow(unreachable_pub, reason = "the benchmark includes them too")]

pub mod account;
pub mod answering;
pub mod background;
pub mod cases;
pub mod cbor;
pub mod detour;
pub mod drifts;
pub mod drifts_of_others;
#[cfg(unix)]
pub mod emulator;
pub mod engine;
pub mod forward;
pub mod gaps;
pub mod moto;
pub mod operation;
pub mod place;
pub mod proxy;
pub mod python;
pub mod rounds;
pub mod rows;
pub mod seeded;
pub mod served;
pub mod site;
pub mod world;
