//! Names for requests: ours alone, because an id from outside could carry anything into the log.

use std::sync::atomic::{AtomicU64, Ordering};

/// Sixteen digits of chance, a dash, and the count.
const SEED: usize = 17;

/// Hands out names that no other process and no other edge hands out.
pub(super) struct RequestIds {
    seed: [u8; SEED],
    count: AtomicU64,
}

/// One name. Written in place: it is needed for as long as the request only.
pub(super) struct RequestId {
    text: [u8; SEED + 16],
    length: usize,
}

impl RequestIds {
    pub(super) fn new() -> Self {
        let mut seed = [b'-'; SEED];
        let chance = uuid::Uuid::new_v4().as_u64_pair().0;
        seed[..16].copy_from_slice(format!("{chance:016x}").as_bytes());
        Self {
            seed,
            count: AtomicU64::new(0),
        }
    }

    pub(super) fn next(&self) -> RequestId {
        let mut rest = self.count.fetch_add(1, Ordering::Relaxed);
        let mut text = [0; SEED + 16];
        text[..SEED].copy_from_slice(&self.seed);
        let mut length = SEED;
        // The digits, lowest first: it need only be different each time.
        loop {
            text[length] = b"0123456789abcdef"[(rest & 15) as usize];
            length += 1;
            rest >>= 4;
            if rest == 0 {
                return RequestId { text, length };
            }
        }
    }
}

impl RequestId {
    pub(super) fn as_str(&self) -> &str {
        // Digits and a dash; were it not so, no name is better than a panic.
        std::str::from_utf8(&self.text[..self.length]).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_name_comes_twice() {
        let (one, two) = (RequestIds::new(), RequestIds::new());
        let names: HashSet<String> = (0..1000)
            .flat_map(|_| [one.next(), two.next()])
            .map(|id| id.as_str().to_owned())
            .collect();
        assert_eq!(names.len(), 2000);
        one.count.store(u64::MAX, Ordering::Relaxed);
        assert_eq!(one.next().as_str().len(), SEED + 16);
    }
}
