//! The servers' clock and timers, on tokio's virtual time.

use std::pin::Pin;
use std::time::Duration;

use reeeductio_backend::{Clock, Runtime};
use tokio::time::{Instant, sleep};

/// A clock that stands still while anything can run.
#[derive(Debug)]
pub(crate) struct VirtualClock {
    began: Instant,
    /// Time at the beginning, Unix milliseconds. Not the machine's time, which the members' clocks show.
    start: i64,
}

impl VirtualClock {
    pub(crate) fn at(start: i64) -> Self {
        Self {
            began: Instant::now(),
            start,
        }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> i64 {
        self.start + self.monotonic()
    }

    fn monotonic(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_millis()).unwrap()
    }
}

impl Runtime for VirtualClock {
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>) {
        tokio::spawn(task);
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(sleep(duration))
    }
}

/// Waits, in virtual time.
pub(crate) async fn wait(milliseconds: u64) {
    sleep(Duration::from_millis(milliseconds)).await;
}
