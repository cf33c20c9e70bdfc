//! Tasks and timers of the engine, on tokio.

use std::pin::Pin;
use std::time::Duration;

use reeeductio_backend::Runtime;

/// Runs tasks on the tokio runtime of the caller.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioRuntime;

impl Runtime for TokioRuntime {
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>) {
        tokio::spawn(task);
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration))
    }
}
