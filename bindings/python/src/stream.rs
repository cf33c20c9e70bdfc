//! Answers that come one by one.

use std::process;
use std::sync::Arc;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use reeeductio_client::ClientError;
use reeeductio_operations::Items;
use tokio::sync::{Mutex, watch};

use crate::answer::Shown;
use crate::pending::Pending;

/// An open stream of answers.
#[pyclass(frozen, module = "reeeductio._native")]
pub(crate) struct Stream {
    /// The process whose threads serve it.
    process: u32,
    items: Arc<Mutex<Option<Items>>>,
    /// Whether the stream was closed; a thread that waits for an item hears of it.
    closed: watch::Sender<bool>,
}

impl Stream {
    pub(crate) fn new(items: Items) -> Self {
        Self {
            process: process::id(),
            items: Arc::new(Mutex::new(Some(items))),
            closed: watch::Sender::new(false),
        }
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
                answer = next => answer,
            };
            match answer {
                Some(answer) => Ok::<_, ClientError>(Some((Shown(answer?),))),
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
