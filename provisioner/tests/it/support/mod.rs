//! What the tests share.
#![allow(dead_code, reason = "one test's helper may have one caller at a time")]

pub mod background;
pub mod operation;
pub mod place;
pub mod proxy;
pub mod seeded;
pub mod served;
