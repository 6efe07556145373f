//! What the tests share.

pub mod cases;
pub mod rounds;
pub mod rows;
pub mod world;
