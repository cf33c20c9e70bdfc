//! Telling a program how far a transfer is.

use std::future::Future;
use std::sync::Arc;

use pyo3::prelude::*;
use reeeductio_client::{ClientError, Transferred};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::failure::Failure;
use crate::python::attached;

/// A program's function, and what it raised.
pub(crate) struct Progress {
    call: Option<Arc<Py<PyAny>>>,
    raised: Receiver<PyErr>,
    raise: Sender<PyErr>,
}

impl Progress {
    pub(crate) fn new(call: Option<Py<PyAny>>) -> Self {
        let (raise, raised) = channel(1);
        Self {
            call: call.map(Arc::new),
            raised,
            raise,
        }
    }

    /// Calls the function with the bytes that have gone over and the bytes in all.
    pub(crate) fn reporter(&self) -> impl FnMut(Transferred) + Send + 'static {
        let (call, raise) = (self.call.clone(), self.raise.clone());
        move |transferred| {
            let Some(call) = &call else { return };
            let called = attached(|py| {
                call.call1(py, (transferred.bytes, transferred.total))
                    .map(drop)
            });
            if let Some(Err(raised)) = called {
                // A second one does not matter: the first ends the transfer.
                drop(raise.try_send(raised));
            }
        }
    }

    /// Runs the transfer. What the function raises ends it.
    pub(crate) async fn watch<T>(
        mut self,
        transfer: impl Future<Output = Result<T, ClientError>>,
    ) -> Result<T, Failure> {
        tokio::select! {
            biased;
            Some(raised) = self.raised.recv() => Err(Failure::Raised(raised)),
            result = transfer => Ok(result?),
        }
    }
}
