//! An operation that can be waited for or awaited.

use std::future::Future;
use std::pin::Pin;
use std::process;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pyo3::IntoPyObjectExt as _;
use pyo3::exceptions::{PyRuntimeError, PyStopIteration};
use pyo3::prelude::*;
use tokio::runtime::{Builder, Runtime};
use tokio::task::{AbortHandle, spawn_blocking};
use tokio::time::timeout;

use crate::failure::Failure;
use crate::python::attached;

/// How often a thread that waits looks for Ctrl-C.
const SIGNALS: Duration = Duration::from_millis(50);

/// What the client's work is done on, for the whole process. A forked one has none of the threads: it gets its own.
///
/// Whoever holds the lock is attached to Python, as is whoever forks: no child finds it locked.
fn runtime(_attached: Python<'_>) -> PyResult<&'static Runtime> {
    static SHARED: Mutex<Option<(u32, &'static Runtime)>> = Mutex::new(None);
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((process, runtime)) = *shared
        && process == process::id()
    {
        return Ok(runtime);
    }
    let runtime = Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        PyRuntimeError::new_err(format!("the system gives no threads: {error}"))
    })?;
    let runtime = &*Box::leak(Box::new(runtime));
    *shared = Some((process::id(), runtime));
    Ok(runtime)
}

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
        let runtime = runtime(py)?;
        loop {
            let ran =
                py.detach(|| runtime.block_on(async { timeout(SIGNALS, work.as_mut()).await }));
            match ran {
                Ok(Ok(answer)) => return answer(py),
                Ok(Err(failure)) => return Err(failure.into_exception(py)),
                Err(_elapsed) => py.check_signals()?,
            }
        }
    }

    fn __await__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let work = self.take()?;
        let event_loop = py.import("asyncio")?.call_method0("get_running_loop")?;
        let future = event_loop.call_method0("create_future")?;
        let waker = Waker {
            event_loop: event_loop.unbind(),
            future: future.clone().unbind(),
        };
        let runtime = runtime(py)?;
        let task = runtime.spawn(work);
        let cancel = Cancel(task.abort_handle());
        future.call_method1("add_done_callback", (cancel,))?;
        runtime.spawn(async move {
            let result = match task.await {
                Ok(result) => result,
                Err(error) if error.is_cancelled() => return,
                Err(error) => Err(Failure::Raised(PyRuntimeError::new_err(error.to_string()))),
            };
            // Python may keep this waiting for as long as it likes.
            spawn_blocking(move || drop(attached(|py| waker.wake(py, result))));
        });
        Ok(future.call_method0("__await__")?.unbind())
    }
}

/// Has the event loop give a future its result.
struct Waker {
    event_loop: Py<PyAny>,
    future: Py<PyAny>,
}

impl Waker {
    fn wake(self, py: Python<'_>, result: Result<Answer, Failure>) -> PyResult<()> {
        let result = match result {
            Ok(answer) => answer(py),
            Err(failure) => Err(failure.into_exception(py)),
        };
        let (set, value) = match result {
            Ok(value) => ("set_result", value),
            Err(error) => ("set_exception", error.into_py_any(py)?),
        };
        let arguments = (wrap_pyfunction!(complete, py)?, self.future, set, value);
        // It fails if the event loop was closed: then nobody waits.
        self.event_loop
            .call_method1(py, "call_soon_threadsafe", arguments)
            .map(drop)
    }
}

/// In the event loop: sets a future's result, unless it was cancelled meanwhile.
#[pyfunction]
fn complete(future: &Bound<'_, PyAny>, set: &str, value: Bound<'_, PyAny>) -> PyResult<()> {
    let py = future.py();
    if future.call_method0("done")?.is_truthy()? {
        return Ok(());
    }
    let value = if value.is_instance_of::<PyStopIteration>() {
        storable(PyErr::from_value(value), py).into_bound_py_any(py)?
    } else {
        value
    };
    // Who awaits is told of every failure, or would wait for ever.
    if let Err(error) = future.call_method1(set, (value,)) {
        future.call_method1("set_exception", (storable(error, py),))?;
    }
    Ok(())
}

/// What a future takes as its exception: to generators a `StopIteration` is an end. Python 3.12 makes the same of it.
fn storable(error: PyErr, py: Python<'_>) -> PyErr {
    if !error.is_instance_of::<PyStopIteration>(py) {
        return error;
    }
    let other = PyRuntimeError::new_err("StopIteration was raised where it cannot be passed on");
    other.set_cause(py, Some(error));
    other
}

/// Ends an operation whose future was cancelled.
#[pyclass(frozen)]
struct Cancel(AbortHandle);

#[pymethods]
impl Cancel {
    fn __call__(&self, _future: &Bound<'_, PyAny>) {
        // After the result it does nothing.
        self.0.abort();
    }
}
