//! What the services write: their log groups, read in the order of time, and the last words of tasks that stopped.
//!
//! In reading order: `line` is what there is, `reader` merges the groups, `previous` asks for stopped tasks, `stream` follows one task. It knows no
//! environment file, prints nothing and waits for nothing: the loop that follows is the verb's.

mod line;
mod previous;
mod reader;
mod stream;

pub use line::Line;
pub use previous::{Previous, previous};
pub use reader::Reader;
pub use stream::Stream;
