//! Answers that come one by one.

use std::process;
use std::sync::{Arc, Weak};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use reeeductio_client::ClientError;
use reeeductio_operations::Items;
use tokio::sync::{Mutex, watch};

use crate::answer::Shown;
use crate::closing::Closing;
use crate::pending::{Pending, runtime};

/// An open stream of answers.
#[pyclass(frozen, module = "reeeductio._native")]
pub(crate) struct Stream {
    /// The process whose threads serve it.
    process: u32,
    items: Arc<Mutex<Option<Items>>>,
    /// Whether the stream was closed; a thread that waits for an item hears of it.
    closed: watch::Sender<bool>,
    /// The end of the handle that the stream is of.
    closing: Closing,
}

impl Stream {
    pub(crate) fn new(py: Python<'_>, items: Items, closing: Closing) -> PyResult<Self> {
        let items = Arc::new(Mutex::new(Some(items)));
        let closed = watch::Sender::new(false);
        let freed = free(Arc::downgrade(&items), closing.clone(), closed.subscribe());
        runtime(py)?.spawn(freed);
        Ok(Self {
            process: process::id(),
            items,
            closed,
            closing,
        })
    }

    /// One without items.
    pub(crate) fn ended() -> Self {
        Self {
            process: process::id(),
            items: Arc::new(Mutex::new(None)),
            closed: watch::Sender::new(true),
            closing: Closing::default(),
        }
    }
}

/// Frees the items when the handle is closed, also if nobody waits for one: they hold a connection.
async fn free(
    items: Weak<Mutex<Option<Items>>>,
    closing: Closing,
    mut closed: watch::Receiver<bool>,
) {
    tokio::select! {
        () = closing.wait() => {}
        // Or the stream is gone.
        _ = closed.wait_for(|closed| *closed) => return,
    }
    if let Some(items) = items.upgrade() {
        drop(items.lock().await.take());
    }
}

#[pymethods]
impl Stream {
    /// A tuple of the next answer; `None` at the end.
    fn next(&self) -> PyResult<Pending> {
        if self.process != process::id() {
            return Err(PyRuntimeError::new_err(
                "this stream was opened before fork(): open a new one in the child",
            ));
        }
        let items = Arc::clone(&self.items);
        let mut closed = self.closed.subscribe();
        let closing = self.closing.clone();
        Ok(Pending::new(async move {
            let next = async {
                let mut items = items.lock().await;
                match items.as_mut() {
                    Some(items) => items.next().await,
                    None => None,
                }
            };
            let answer = tokio::select! {
                biased;
                _ = closed.wait_for(|closed| *closed) => None,
                () = closing.wait() => None,
                answer = next => answer,
            };
            match answer {
                Some(answer) => Ok::<_, ClientError>(Some((Shown::from(answer?),))),
                None => Ok(None),
            }
        }))
    }

    fn close(&self) -> Pending {
        let items = Arc::clone(&self.items);
        // That of a process that this one was forked from goes on there.
        let here = self.process == process::id();
        self.closed.send_replace(true);
        Pending::new(async move {
            if !here {
                return Ok(());
            }
            drop(items.lock().await.take());
            Ok::<_, ClientError>(())
        })
    }
}
