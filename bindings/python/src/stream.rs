//! Messages as they are stored.

use std::process;
use std::sync::Arc;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use reeeductio_client::{ClientError, Frame, LiveMessages};
use tokio::sync::Mutex;

use crate::pending::Pending;
use crate::record;

/// An open stream.
#[pyclass(frozen, module = "reeeductio._native")]
pub(crate) struct Stream {
    /// The process whose threads serve it.
    process: u32,
    live: Arc<Mutex<Option<LiveMessages>>>,
}

impl Stream {
    pub(crate) fn new(live: LiveMessages) -> Self {
        Self {
            process: process::id(),
            live: Arc::new(Mutex::new(Some(live))),
        }
    }
}

#[pymethods]
impl Stream {
    /// A tuple of the next message, of `None` for a ping; `None` at the end.
    fn next(&self) -> PyResult<Pending> {
        if self.process != process::id() {
            return Err(PyRuntimeError::new_err(
                "this stream was opened before fork(): open a new one in the child",
            ));
        }
        let live = Arc::clone(&self.live);
        Ok(Pending::new(async move {
            let mut live = live.lock().await;
            let Some(live) = live.as_mut() else {
                return Ok(None);
            };
            loop {
                return Ok::<_, ClientError>(match live.next_frame().await? {
                    Some(Frame::Message(message)) => Some((Some(record::message(*message)),)),
                    Some(Frame::Ping) => Some((None,)),
                    // A frame that fails verification is skipped: the stream goes on.
                    Some(Frame::Refused(_)) => continue,
                    None => None,
                });
            }
        }))
    }

    fn close(&self) -> Pending {
        let live = Arc::clone(&self.live);
        // That of a process that this one was forked from goes on there.
        let here = self.process == process::id();
        Pending::new(async move {
            if !here {
                return Ok(());
            }
            drop(live.lock().await.take());
            Ok::<_, ClientError>(())
        })
    }
}
