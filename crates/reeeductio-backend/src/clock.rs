//! The clock port: the only place that reads the machine's time.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Tells the time: by the calendar for what is stored or signed, steadily for what is waited for.
pub trait Clock: Send + Sync + 'static {
    /// Milliseconds since the Unix epoch. May jump when the machine's clock is set.
    fn now(&self) -> i64;

    /// Milliseconds since an arbitrary moment; never goes back. Rates and idle times go by it.
    fn monotonic(&self) -> i64;
}

/// The machine's clocks.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    started: Instant,
}

impl Default for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the clocks"
    )]
    fn default() -> Self {
        Self {
            started: Instant::now(),
        }
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the clocks"
    )]
    fn now(&self) -> i64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| {
                i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
            })
    }

    fn monotonic(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

/// Clocks that tests move by hand.
#[derive(Debug)]
pub struct ManualClock {
    now: AtomicI64,
    monotonic: AtomicI64,
}

impl ManualClock {
    /// Starts at `now` milliseconds since the Unix epoch.
    pub fn at(now: i64) -> Self {
        Self {
            now: AtomicI64::new(now),
            monotonic: AtomicI64::new(0),
        }
    }

    /// Lets time pass, on both clocks. `milliseconds` below zero sets the calendar back and passes no time.
    pub fn advance(&self, milliseconds: i64) {
        self.now.fetch_add(milliseconds, Ordering::SeqCst);
        self.monotonic
            .fetch_add(milliseconds.max(0), Ordering::SeqCst);
    }

    /// Sets the calendar, as an operator does; no time passes.
    pub fn set(&self, now: i64) {
        self.now.store(now, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }

    fn monotonic(&self) -> i64 {
        self.monotonic.load(Ordering::SeqCst)
    }
}
