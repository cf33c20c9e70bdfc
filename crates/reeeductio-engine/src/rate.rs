//! Token buckets per key, with bounded memory and the time as an argument: steady milliseconds, as
//! `Clock::monotonic` gives them, so that setting the machine's clock neither locks anybody out nor lets
//! anybody in.

use std::collections::HashMap;
use std::hash::Hash;

use parking_lot::Mutex;

/// How much is allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Attempts per second in the long run; 0 allows everything.
    pub per_second: f64,
    /// Attempts at once.
    pub burst: f64,
}

/// Counts attempts per key.
#[derive(Debug)]
pub struct RateLimiter<K> {
    rate: Rate,
    capacity: usize,
    buckets: Mutex<Buckets<K>>,
}

#[derive(Debug)]
struct Buckets<K> {
    by_key: HashMap<K, Bucket>,
    /// When full buckets were last dropped: at most once a second, as it looks at all of them.
    swept_at: i64,
}

/// A bucket of tokens, for whoever keeps it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    available: f64,
    /// Steady milliseconds.
    filled_at: i64,
}

impl<K: Eq + Hash> RateLimiter<K> {
    /// Remembers at most `capacity` keys.
    pub fn new(rate: Rate, capacity: usize) -> Self {
        Self {
            rate,
            capacity: capacity.max(1),
            buckets: Mutex::new(Buckets {
                by_key: HashMap::new(),
                swept_at: i64::MIN,
            }),
        }
    }

    /// Takes one attempt of `key` at `now` (steady milliseconds), or tells how many seconds to wait.
    pub fn check(&self, key: K, now: i64) -> Result<(), u64> {
        self.take(key, 1.0, now)
    }

    /// Takes so much of what `key` may have at `now` (steady milliseconds), or tells how many seconds to wait.
    pub fn take(&self, key: K, amount: f64, now: i64) -> Result<(), u64> {
        if self.rate.per_second <= 0.0 {
            return Ok(());
        }
        let buckets = &mut *self.buckets.lock();
        if buckets.by_key.len() >= self.capacity && !buckets.by_key.contains_key(&key) {
            if now.saturating_sub(buckets.swept_at) >= 1_000 {
                // A full bucket says nothing that a missing one does not.
                buckets
                    .by_key
                    .retain(|_, bucket| bucket.at(now, self.rate).available < self.rate.burst);
                buckets.swept_at = now;
            }
            if buckets.by_key.len() >= self.capacity {
                return Err(self.rate.seconds_for(amount));
            }
        }
        let full = Bucket::full(self.rate, now);
        let bucket = buckets.by_key.entry(key).or_insert(full);
        bucket.take(amount, self.rate, now)
    }
}

impl Rate {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small positive number, rounded up"
    )]
    fn seconds_for(self, attempts: f64) -> u64 {
        (attempts / self.per_second).ceil().max(1.0) as u64
    }
}

impl Bucket {
    /// A bucket of a rate at `now` (steady milliseconds).
    pub(crate) fn full(rate: Rate, now: i64) -> Self {
        Self {
            available: rate.burst,
            filled_at: now,
        }
    }

    /// Takes so much at `now`, or tells how many seconds to wait.
    pub(crate) fn take(&mut self, amount: f64, rate: Rate, now: i64) -> Result<(), u64> {
        *self = self.at(now, rate);
        if self.available >= amount {
            self.available -= amount;
            Ok(())
        } else {
            Err(rate.seconds_for(amount - self.available))
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds since the last attempt"
    )]
    fn at(self, now: i64, rate: Rate) -> Self {
        let elapsed = now.saturating_sub(self.filled_at).max(0) as f64 / 1000.0;
        Self {
            available: (self.available + elapsed * rate.per_second).min(rate.burst),
            filled_at: now.max(self.filled_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        per_second: 0.5,
        burst: 2.0,
    };

    #[test]
    fn a_burst_is_allowed_and_the_next_attempt_waits() {
        let limiter = RateLimiter::new(RATE, 10);
        assert_eq!(limiter.check("a", 0), Ok(()));
        assert_eq!(limiter.check("a", 0), Ok(()));
        assert_eq!(limiter.check("a", 0), Err(2));
        assert_eq!(limiter.check("a", 2_000), Ok(()));
    }

    #[test]
    fn keys_do_not_share_a_bucket() {
        let limiter = RateLimiter::new(RATE, 10);
        assert_eq!(limiter.check("a", 0), Ok(()));
        assert_eq!(limiter.check("a", 0), Ok(()));
        assert_eq!(limiter.check("b", 0), Ok(()));
    }

    #[test]
    fn many_keys_do_not_grow_the_memory_and_idle_ones_make_room() {
        let limiter = RateLimiter::new(RATE, 2);
        assert_eq!(limiter.check(1, 0), Ok(()));
        assert_eq!(limiter.check(2, 0), Ok(()));
        assert_eq!(limiter.check(3, 0), Err(2));
        assert_eq!(limiter.check(3, 10_000), Ok(()));
        assert!(limiter.buckets.lock().by_key.len() <= 2);
    }
}
