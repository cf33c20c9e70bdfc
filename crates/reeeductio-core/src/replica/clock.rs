//! The server's time, learned from its answers.

/// Milliseconds by which two clocks may drift apart in one millisecond: 1 in 2,000, more than any clock in use.
const DRIFT: i64 = 2_000;

/// The server's clock, as a distance from a local one that only counts how much time passes.
///
/// The local clock's zero does not matter, and it need not be right about the date: it is never compared with the server's. An
/// answer that says the server's time bounds the distance from both sides, since the server wrote it after the request was sent
/// and before the answer came.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServerClock(Option<Distance>);

/// The server's time less the local clock's, milliseconds.
#[derive(Clone, Copy, Debug)]
struct Distance {
    least: i64,
    most: i64,
    /// Local time at which it was learned.
    at: i64,
}

impl ServerClock {
    /// Takes note that the server's clock was between `earliest` and `latest` (Unix milliseconds, both inclusive) at a moment
    /// between `sent` and `received` of the local clock.
    pub fn learn(&mut self, sent: i64, received: i64, earliest: i64, latest: i64) {
        let least = earliest.saturating_sub(received);
        let most = latest.saturating_sub(sent);
        let drifted = self.0.map(|known| known.at_local(received));
        let both = drifted.map(|known| (known.least.max(least), known.most.min(most)));
        // If they contradict each other one of the clocks was set: the newer one counts.
        let (least, most) = both
            .filter(|(least, most)| least <= most)
            .unwrap_or((least, most));
        self.0 = Some(Distance {
            least,
            most,
            at: received,
        });
    }

    /// Returns the server's time when the local clock shows `elapsed`, Unix milliseconds: of all possible times the one nearest
    /// to `guess`, the machine's date. `None` while no answer has told the server's time.
    pub fn now(&self, elapsed: i64, guess: i64) -> Option<i64> {
        let (earliest, latest) = (self.earliest(elapsed)?, self.latest(elapsed)?);
        Some(guess.min(latest).max(earliest))
    }

    /// Returns the latest time that the server's clock can show when the local one shows `elapsed`, Unix milliseconds.
    pub fn latest(&self, elapsed: i64) -> Option<i64> {
        let known = self.0?.at_local(elapsed);
        Some(elapsed.saturating_add(known.most))
    }

    /// Returns the earliest time that the server's clock can show when the local one shows `elapsed`, Unix milliseconds.
    pub fn earliest(&self, elapsed: i64) -> Option<i64> {
        let known = self.0?.at_local(elapsed);
        Some(elapsed.saturating_add(known.least))
    }
}

impl Distance {
    /// Returns the bounds that hold at a later local time: wider, since clocks drift.
    fn at_local(self, elapsed: i64) -> Self {
        let drift = elapsed.saturating_sub(self.at).max(0) / DRIFT;
        Self {
            least: self.least.saturating_sub(drift),
            most: self.most.saturating_add(drift),
            at: elapsed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_narrows_the_bounds_and_time_widens_them() {
        let mut clock = ServerClock::default();
        assert_eq!(clock.now(0, 0), None);
        // A token says the second in which it was issued.
        clock.learn(100, 140, 5_000, 5_999);
        assert_eq!(
            (clock.earliest(140), clock.latest(140)),
            (Some(5_000), Some(6_039))
        );
        clock.learn(200, 210, 5_900, 5_900);
        assert_eq!(
            (clock.earliest(210), clock.latest(210)),
            (Some(5_900), Some(5_910))
        );
        // A guess within the bounds is taken; for another one the nearer bound.
        for (guess, expected) in [(6_003, 6_003), (0, 6_000), (i64::MAX, 6_010)] {
            assert_eq!(clock.now(310, guess), Some(expected));
        }
        let later = 210 + 10 * DRIFT;
        assert_eq!(clock.earliest(later), Some(5_900 + 10 * DRIFT - 10));
        assert_eq!(clock.latest(later), Some(5_910 + 10 * DRIFT + 10));
    }

    #[test]
    fn a_clock_that_was_set_is_learned_anew() {
        let mut clock = ServerClock::default();
        clock.learn(0, 10, 1_000_000, 1_000_000);
        clock.learn(20, 30, 500_000, 500_000);
        assert_eq!(
            (clock.earliest(30), clock.latest(30)),
            (Some(500_000), Some(500_010))
        );
        // Impossible times do not overflow.
        clock.learn(i64::MAX, i64::MAX, i64::MIN, i64::MAX);
        assert!(clock.now(i64::MAX, 0).is_some());
    }
}
