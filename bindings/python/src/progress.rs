//! Progress of a transfer, told to a function of the program.

use std::convert::Infallible;
use std::sync::{Arc, mpsc};

use pyo3::prelude::*;
use reeeductio_client::Transferred;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::block_in_place;

/// Calls of a program's function that are due, in order. `Pending`, which waits for the transfer, runs them.
pub(crate) type Calls = UnboundedReceiver<Call>;

/// A call that is due. The transfer goes on when it is dropped.
pub(crate) struct Call {
    function: Arc<Py<PyAny>>,
    transferred: Transferred,
    /// Nothing is sent over it: the transfer goes on when it is dropped.
    _waiting: mpsc::Sender<Infallible>,
}

impl Call {
    /// Calls the function with the bytes transferred so far and the bytes in all.
    pub(crate) fn run(&self, py: Python<'_>) -> PyResult<()> {
        let Transferred { bytes, total } = self.transferred;
        self.function.call1(py, (bytes, total)).map(drop)
    }
}

/// Makes the function that the client reports to, and the queue of the calls that follow; no queue without a function.
///
/// The client reports on threads of the runtime. There the function could not wait for another operation, so it
/// is called elsewhere, and the transfer waits meanwhile.
pub(crate) fn reporter(
    function: Option<Py<PyAny>>,
) -> (impl FnMut(Transferred) + Send + 'static, Option<Calls>) {
    let (caller, calls) = match function {
        Some(function) => {
            let (sender, calls) = unbounded_channel();
            (Some((Arc::new(function), sender)), Some(calls))
        }
        None => (None, None),
    };
    let report = move |transferred| {
        let Some((function, sender)) = &caller else {
            return;
        };
        let (waiting, ended) = mpsc::channel();
        let call = Call {
            function: Arc::clone(function),
            transferred,
            _waiting: waiting,
        };
        // If nobody runs calls any more, the transfer is being ended.
        if sender.send(call).is_ok() {
            let Err(mpsc::RecvError) = block_in_place(|| ended.recv());
        }
    };
    (report, calls)
}
