//! Tasks and timers of the engine, on tokio.

use std::pin::Pin;
use std::time::Duration;

use reeeductio_backend::Runtime;
use tokio::runtime::Handle;

/// Runs tasks on a tokio runtime, also for threads outside of it: a store tells of its commits from its own.
#[derive(Clone, Debug)]
pub struct TokioRuntime(Handle);

impl TokioRuntime {
    /// The runtime that this is called in.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn current() -> Self {
        Self(Handle::current())
    }
}

impl Runtime for TokioRuntime {
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>) {
        self.0.spawn(task);
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        // Made when it is awaited, which is in the runtime.
        Box::pin(async move { tokio::time::sleep(duration).await })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_thread_outside_of_the_runtime_begins_tasks_in_it() {
        let (told, heard) = tokio::sync::oneshot::channel();
        let runtime = TokioRuntime::current();
        std::thread::spawn(move || {
            let pause = runtime.sleep(Duration::from_millis(1));
            runtime.spawn(Box::pin(async move {
                pause.await;
                let _heard = told.send(());
            }));
        })
        .join()
        .unwrap();
        heard.await.unwrap();
    }
}
