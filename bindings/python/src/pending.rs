//! An operation that can be waited for or awaited.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pyo3::IntoPyObjectExt as _;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3_async_runtimes::tokio::{future_into_py, get_runtime};
use tokio::time::timeout;

use crate::failure::Failure;

/// How often a thread that waits looks for Ctrl-C.
const SIGNALS: Duration = Duration::from_millis(50);

type Answer = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;
type Work = Pin<Box<dyn Future<Output = Result<Answer, Failure>> + Send>>;

/// An operation that has not begun. `wait()` runs it in this thread, `await` in the event loop; once.
#[pyclass(frozen, module = "reeeductio._native")]
pub(crate) struct Pending(Mutex<Option<Work>>);

impl Pending {
    pub(crate) fn new<T>(
        work: impl Future<Output = Result<T, impl Into<Failure>>> + Send + 'static,
    ) -> Self
    where
        T: for<'py> IntoPyObject<'py> + Send + 'static,
    {
        let work = async {
            let value = work.await.map_err(Into::into)?;
            let answer: Answer = Box::new(|py| value.into_py_any(py));
            Ok(answer)
        };
        Self(Mutex::new(Some(Box::pin(work))))
    }

    fn take(&self) -> PyResult<Work> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
            .ok_or_else(|| PyRuntimeError::new_err("the operation was already waited for"))
    }
}

#[pymethods]
impl Pending {
    /// Runs the operation. Other Python threads run meanwhile, and Ctrl-C cancels it.
    fn wait(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let mut work = self.take()?;
        loop {
            let ran = py
                .detach(|| get_runtime().block_on(async { timeout(SIGNALS, work.as_mut()).await }));
            match ran {
                Ok(Ok(answer)) => return answer(py),
                Ok(Err(failure)) => return Err(failure.into_exception(py)),
                Err(_elapsed) => py.check_signals()?,
            }
        }
    }

    fn __await__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let work = self.take()?;
        let future = future_into_py(py, async move {
            let result = work.await;
            Python::attach(|py| match result {
                Ok(answer) => answer(py),
                Err(failure) => Err(failure.into_exception(py)),
            })
        })?;
        Ok(future.call_method0("__await__")?.unbind())
    }
}
