//! Closing a handle, which ends what would go on by itself: streams, and the sending of the outbox.

use std::future::pending;

use tokio::sync::watch;

/// Tells what is under way on a handle that the handle was closed. It may be used again afterwards.
pub(crate) struct Closer(watch::Sender<()>);

impl Closer {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(()))
    }

    /// Ends what is under way now.
    pub(crate) fn close(&self) {
        self.0.send_replace(());
    }

    /// The next time that the handle is closed.
    pub(crate) fn next(&self) -> Closing {
        Closing(Some(self.0.subscribe()))
    }
}

/// One time that a handle is closed, in the future or the past; by default never.
#[derive(Clone, Default)]
pub(crate) struct Closing(Option<watch::Receiver<()>>);

impl Closing {
    /// Waits until the handle was closed. Nobody closes one that is gone: what it began goes on.
    pub(crate) async fn wait(self) {
        let closed = match self.0 {
            Some(mut closer) => closer.changed().await.is_ok(),
            None => false,
        };
        if !closed {
            pending::<()>().await;
        }
    }
}
