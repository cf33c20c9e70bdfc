//! A clock that is set wrong.

use std::sync::atomic::{AtomicI64, Ordering};

use reeeductio_backend::{Clock, SystemClock};

/// The machine's clock with its calendar set ahead or back. Time passes as on the machine.
#[derive(Debug)]
pub(crate) struct ShiftedClock {
    machine: SystemClock,
    /// Milliseconds by which the calendar is ahead.
    offset: AtomicI64,
}

impl ShiftedClock {
    pub(crate) fn new(offset: i64) -> Self {
        Self {
            machine: SystemClock::default(),
            offset: AtomicI64::new(offset),
        }
    }

    pub(crate) fn set(&self, offset: i64) {
        self.offset.store(offset, Ordering::SeqCst);
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> i64 {
        self.machine.now() + self.offset.load(Ordering::SeqCst)
    }

    fn monotonic(&self) -> i64 {
        self.machine.monotonic()
    }
}
