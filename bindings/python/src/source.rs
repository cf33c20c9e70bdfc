//! A file object of Python's, read by the client.

use std::future::Future as _;
use std::io::{self, SeekFrom};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::python::attached;

/// Bytes read at a time.
const CHUNK: usize = 256 << 10;

/// Reads and seeks in threads that may wait, one call at a time.
pub(crate) struct Source {
    file: Arc<Py<PyAny>>,
    /// Bytes that were read and not yet given.
    rest: Vec<u8>,
    given: usize,
    reading: Option<JoinHandle<io::Result<Vec<u8>>>>,
    seeking: Option<JoinHandle<io::Result<u64>>>,
}

impl Source {
    pub(crate) fn new(file: Py<PyAny>) -> Self {
        Self {
            file: Arc::new(file),
            rest: Vec::new(),
            given: 0,
            reading: None,
            seeking: None,
        }
    }
}

impl AsyncRead for Source {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.given == this.rest.len() {
            let file = &this.file;
            let reading = this.reading.get_or_insert_with(|| {
                let file = Arc::clone(file);
                spawn_blocking(move || read(&file))
            });
            let read = ready!(Pin::new(reading).poll(context));
            this.reading = None;
            this.rest = read.map_err(io::Error::other)??;
            this.given = 0;
        }
        let left = this.rest.get(this.given..).unwrap_or_default();
        let (now, _later) = left.split_at(left.len().min(buffer.remaining()));
        buffer.put_slice(now);
        this.given += now.len();
        Poll::Ready(Ok(()))
    }
}

impl AsyncSeek for Source {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        let file = Arc::clone(&self.file);
        (self.rest, self.given) = (Vec::new(), 0);
        self.seeking = Some(spawn_blocking(move || seek(&file, position)));
        Ok(())
    }

    fn poll_complete(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<u64>> {
        let Some(seeking) = &mut self.seeking else {
            return Poll::Ready(Ok(0));
        };
        let position = ready!(Pin::new(seeking).poll(context));
        self.seeking = None;
        Poll::Ready(position.map_err(io::Error::other)?)
    }
}

fn read(file: &Py<PyAny>) -> io::Result<Vec<u8>> {
    attached(|py| {
        let read = file.call_method1(py, "read", (CHUNK,))?;
        let bytes: PyBackedBytes = read.extract(py).map_err(PyErr::from)?;
        Ok(bytes.to_vec())
    })
    .unwrap_or_else(ending)
}

fn seek(file: &Py<PyAny>, position: SeekFrom) -> io::Result<u64> {
    let (offset, whence) = match position {
        SeekFrom::Start(offset) => (i64::try_from(offset).map_err(io::Error::other)?, 0),
        SeekFrom::Current(offset) => (offset, 1),
        SeekFrom::End(offset) => (offset, 2),
    };
    attached(|py| {
        let position: u64 = file
            .call_method1(py, "seek", (offset, whence))?
            .extract(py)?;
        Ok(position)
    })
    .unwrap_or_else(ending)
}

fn ending<T>() -> io::Result<T> {
    Err(io::Error::other("the interpreter is ending"))
}
