//! What happens, while it happens: three readers of the same events.

mod bars;
mod json_lines;
mod line;
mod lines;

pub use bars::Bars;
pub use json_lines::JsonLines;
pub use lines::Lines;

use std::io::Write as _;

use hcctl_engine::Event;

/// Somebody who is told of every event.
///
/// What is told goes to a stream that may be gone; then the rest is not told, and the run goes on.
pub trait Progress: Send + Sync {
    /// Takes one event.
    fn event(&self, event: &Event);
    /// Takes no more: what moves is taken from the screen.
    fn finish(&self);
    /// Tells of what is no event, on standard error; what moves must not draw over it.
    fn say(&self, text: &str) {
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}
