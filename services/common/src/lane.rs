//! A small number per thread, so that threads which serve requests do not meet at the same memory.
//!
//! Two cores that write to one cache line take turns at it, and each turn costs as much as a hundred instructions.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How many lanes there are; more threads than that share.
pub(crate) const LANES: usize = 8;

/// What one lane owns, on cache lines of its own (two, because processors fetch lines in pairs).
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Own<T>(pub(crate) T);

/// This thread's lane, the same for its whole life. Lanes are given out in the order in which threads first ask.
pub(crate) fn mine() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! { static MINE: usize = NEXT.fetch_add(1, Ordering::Relaxed) % LANES; }
    MINE.with(|mine| *mine)
}
