//! What the tests share.
#![allow(
    dead_code,
    reason = "not every program that includes these uses them all"
)]
#![allow(unreachable_pub, reason = "the benchmark includes them too")]

pub mod answering;
pub mod background;
pub mod operation;
pub mod place;
pub mod proxy;
pub mod seeded;
pub mod served;
