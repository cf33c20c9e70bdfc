//! The random part of pauses: clients that were thrown out together do not come back together.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::platform::{random, wait};

/// Random shares of pauses, by `SplitMix64` (Steele, Lea and Flood, 2014). No secret comes from here.
#[derive(Debug)]
pub(crate) struct Jitter(AtomicU64);

impl Jitter {
    /// The shares of a seed; without one, of a seed from the operating system.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        let seed = seed.or_else(|| random().ok().map(u64::from_le_bytes));
        Self(AtomicU64::new(seed.unwrap_or_default()))
    }

    /// The next share, of [`u16::MAX`].
    pub(crate) fn share(&self) -> u16 {
        let step = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.0.fetch_add(step, Ordering::Relaxed).wrapping_add(step);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let [low, high, ..] = (z ^ (z >> 31)).to_le_bytes();
        u16::from_le_bytes([low, high])
    }

    /// Waits for a random time up to `most` milliseconds.
    pub(crate) async fn pause(&self, most: u16) {
        let millis = u64::from(most) * u64::from(self.share()) / u64::from(u16::MAX);
        wait(Duration::from_millis(millis)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_shares() {
        let shares = |seed| {
            let jitter = Jitter::new(seed);
            [0; 8].map(|_| jitter.share())
        };
        assert_eq!(shares(Some(1)), shares(Some(1)));
        assert_ne!(shares(Some(1)), shares(Some(2)));
        assert_ne!(shares(None), shares(None));
    }
}
