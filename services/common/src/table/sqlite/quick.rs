//! A hash for what is remembered: a few instructions where the standard one takes a hundred.
//!
//! Keyed by chance, once per process, like the standard one, so that nobody can pick keys that collide.

use std::hash::{BuildHasher, Hasher};
use std::sync::LazyLock;

#[derive(Clone, Copy)]
pub(super) struct Quick(u64);

impl Default for Quick {
    fn default() -> Self {
        static KEY: LazyLock<u64> = LazyLock::new(|| uuid::Uuid::new_v4().as_u64_pair().0);
        Self(*KEY)
    }
}

impl BuildHasher for Quick {
    type Hasher = Fold;

    fn build_hasher(&self) -> Fold {
        Fold {
            state: self.0,
            key: self.0 | 1,
        }
    }
}

pub(super) struct Fold {
    state: u64,
    key: u64,
}

/// Bits without a pattern, the fraction of the golden ratio; odd together with a key.
const MIX: u64 = 0x9e37_79b9_7f4a_7c14;

impl Fold {
    fn fold(&mut self, word: u64) {
        let wide = u128::from(self.state ^ word) * u128::from(MIX ^ self.key);
        self.state = (wide as u64) ^ ((wide >> 64) as u64);
    }
}

impl Hasher for Fold {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.fold(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.fold(u64::from_le_bytes(last));
    }

    fn write_u8(&mut self, byte: u8) {
        self.fold(u64::from(byte));
    }

    fn finish(&self) -> u64 {
        self.state
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::hash::BuildHasher as _;

    use super::*;

    #[test]
    fn ids_made_one_after_another_spread() {
        let hashes: Vec<u64> = (0..10_000)
            .map(|_| Quick::default().hash_one(crate::id::new().to_string()))
            .collect();
        // What a table uses: the lower bits for the place, the upper seven to tell neighbours apart.
        let places: HashSet<u64> = hashes.iter().map(|hash| hash & 0xffff).collect();
        let marks: HashSet<u64> = hashes.iter().map(|hash| hash >> 57).collect();
        assert!(places.len() > 9_000, "{} places", places.len());
        assert_eq!(marks.len(), 128);
    }
}
