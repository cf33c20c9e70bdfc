//! Random numbers from a seed.

use std::sync::atomic::{AtomicU64, Ordering};

use reeeductio_backend::{BackendError, Rng};

/// Random numbers by `SplitMix64` (Steele, Lea and Flood, 2014).
#[derive(Debug)]
pub(crate) struct Dice(AtomicU64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    pub(crate) fn next(&self) -> u64 {
        let step = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.0.fetch_add(step, Ordering::Relaxed).wrapping_add(step);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number in `0..bound`.
    pub(crate) fn below(&self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap()
    }

    /// Returns true in `percent` of a hundred cases.
    pub(crate) fn chance(&self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

impl Rng for Dice {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), BackendError> {
        for byte in bytes {
            *byte = self.next().to_le_bytes()[0];
        }
        Ok(())
    }
}
