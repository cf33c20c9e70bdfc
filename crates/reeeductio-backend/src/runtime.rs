//! The port for work that outlives the request that began it.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// Runs tasks and waits.
pub trait Runtime: Send + Sync + 'static {
    /// Runs a task to its end, whatever becomes of its caller.
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>);

    /// Completes after `duration`.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}
