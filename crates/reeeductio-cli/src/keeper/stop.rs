//! Being told to stop.

use tokio::sync::watch;

/// Tells whether the program was told to stop, by SIGTERM or SIGINT. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Listens from now on.
    pub(super) fn listen() -> anyhow::Result<Self> {
        let (told, is_told) = watch::channel(false);
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let mut terminate = signal(SignalKind::terminate())?;
            let mut interrupt = signal(SignalKind::interrupt())?;
            tokio::spawn(async move {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                let _ended = told.send(true);
                // It stays, or nobody would know that it was told.
                told.closed().await;
            });
        }
        #[cfg(not(unix))]
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                let _ended = told.send(true);
            }
            told.closed().await;
        });
        Ok(Self(is_told))
    }

    /// Returns whether it was told already.
    pub(super) fn is_told(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is told.
    pub(super) async fn told(&mut self) {
        // The other end stays as long as this one.
        let _told = self.0.wait_for(|is_told| *is_told).await;
    }
}
