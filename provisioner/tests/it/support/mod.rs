//! What the tests share.
#![allow(dead_code, reason = "one test's helper may have one caller at a time")]

pub mod answering;
pub mod background;
pub(crate) mod cases;
pub(crate) mod cbor;
pub(crate) mod detour;
pub(crate) mod gaps;
pub(crate) mod moto;
pub mod operation;
pub mod place;
pub mod proxy;
pub(crate) mod rounds;
pub(crate) mod rows;
pub mod seeded;
pub mod served;
pub(crate) mod world;
