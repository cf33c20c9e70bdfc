//! How long to pause before the next attempt.

use std::time::Duration;

/// Exponential, with jitter over the whole pause, so that the clients of a server that was away do not come
/// back all at once.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
    at_least: Duration,
}

impl Backoff {
    pub(crate) fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            failures: 0,
            at_least: Duration::ZERO,
        }
    }

    /// The pause before the next attempt: the given share of [`u16::MAX`] of the longest one.
    pub(crate) fn pause(&self, share: u16) -> Duration {
        let factor = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX);
        let most = self.first.saturating_mul(factor).min(self.longest);
        let pause = most.saturating_mul(u32::from(share)) / u32::from(u16::MAX);
        pause.max(self.at_least)
    }

    /// The server has said how long to wait.
    pub(crate) fn at_least(&mut self, pause: Duration) {
        self.at_least = pause;
    }

    /// An attempt was made. It counts as failed until something comes.
    pub(crate) fn failed(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }

    /// Something came.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
        self.at_least = Duration::ZERO;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_start_again_when_something_came() {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
        let mut pauses = Vec::new();
        for _ in 0..9 {
            pauses.push(backoff.pause(u16::MAX).as_millis());
            backoff.failed();
        }
        let expected = [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000];
        assert_eq!(pauses, expected);
        assert_eq!(backoff.pause(0), Duration::ZERO);
        assert_eq!(backoff.pause(u16::MAX / 2 + 1).as_secs(), 15);
        backoff.at_least(Duration::from_mins(1));
        assert_eq!(backoff.pause(0).as_secs(), 60);
        for _ in 0..100 {
            backoff.failed();
        }
        backoff.reset();
        assert_eq!(backoff.pause(u16::MAX).as_millis(), 500);
    }
}
