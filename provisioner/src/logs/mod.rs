//! What the services write: their log groups, read in the order of time, and the last words of tasks that stopped.
//!
//! In reading order: `line` is what there is, `reader` merges the groups, `previous` asks for stopped tasks. It knows no
//! environment file, prints nothing and waits for nothing: the loop that follows is the verb's.

mod line;
mod previous;
mod reader;

pub use line::Line;
pub use previous::{Previous, previous};
pub use reader::Reader;
