//! What the tests share.
#![allow(dead_code, reason = "one test's helper may have one caller at a time")]

pub mod answering;
pub mod background;
pub mod cases;
pub mod cbor;
pub mod detour;
pub mod gaps;
pub mod moto;
pub mod operation;
pub mod place;
pub mod proxy;
pub mod rounds;
pub mod rows;
pub mod seeded;
pub mod served;
pub mod world;
