//! Messages as they are stored.

use std::sync::Arc;

use pyo3::prelude::*;
use reeeductio_client::{ClientError, Frame, LiveMessages};
use tokio::sync::Mutex;

use crate::pending::Pending;
use crate::record;

/// An open stream.
#[pyclass(frozen, module = "reeeductio._native")]
pub(crate) struct Stream(Arc<Mutex<Option<LiveMessages>>>);

impl Stream {
    pub(crate) fn new(live: LiveMessages) -> Self {
        Self(Arc::new(Mutex::new(Some(live))))
    }
}

#[pymethods]
impl Stream {
    /// A tuple of the next message, of `None` for a ping; `None` at the end.
    fn next(&self) -> Pending {
        let live = Arc::clone(&self.0);
        Pending::new(async move {
            let mut live = live.lock().await;
            let Some(live) = live.as_mut() else {
                return Ok(None);
            };
            let frame = live.next_frame().await?;
            Ok::<_, ClientError>(frame.map(|frame| match frame {
                Frame::Message(message) => (Some(record::message(*message)),),
                Frame::Ping => (None,),
            }))
        })
    }

    fn close(&self) -> Pending {
        let live = Arc::clone(&self.0);
        Pending::new(async move {
            match live.lock().await.take() {
                Some(live) => live.close().await,
                None => Ok(()),
            }
        })
    }
}
