//! An operation that can be waited for or awaited.

use std::future::Future;
use std::pin::{Pin, pin};
use std::process;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pyo3::IntoPyObjectExt as _;
use pyo3::exceptions::{PyRuntimeError, PyStopIteration};
use pyo3::prelude::*;
use tokio::runtime::{Builder, Runtime};
use tokio::task::{AbortHandle, JoinError, JoinHandle, spawn_blocking};
use tokio::time::timeout;

use crate::failure::Failure;
use crate::progress::{Call, Calls};
use crate::python::attached;

/// Interval at which a waiting thread looks for Ctrl-C.
const SIGNALS: Duration = Duration::from_millis(50);

/// Returns the runtime that the client's work runs on, one per process. A forked process has none of its threads and gets its own.
///
/// A thread that holds the lock is attached to Python, and so is a thread that forks: no child finds it locked.
pub(crate) fn runtime(_attached: Python<'_>) -> PyResult<&'static Runtime> {
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
pub(crate) struct Pending(Mutex<Option<Operation>>);

struct Operation {
    work: Work,
    /// Calls of a program's function that the work waits for.
    calls: Option<Calls>,
}

impl Pending {
    pub(crate) fn new<T>(
        work: impl Future<Output = Result<T, impl Into<Failure>>> + Send + 'static,
    ) -> Self
    where
        T: for<'py> IntoPyObject<'py> + Send + 'static,
    {
        Self::with_calls(None, work)
    }

    /// Makes an operation that calls a function of the program. An exception of the function ends the operation.
    pub(crate) fn with_calls<T>(
        calls: Option<Calls>,
        work: impl Future<Output = Result<T, impl Into<Failure>>> + Send + 'static,
    ) -> Self
    where
        T: for<'py> IntoPyObject<'py> + Send + 'static,
    {
        let work = Box::pin(async {
            let value = work.await.map_err(Into::into)?;
            let answer: Answer = Box::new(|py| value.into_py_any(py));
            Ok(answer)
        });
        Self(Mutex::new(Some(Operation { work, calls })))
    }

    fn take(&self) -> PyResult<Operation> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
            .ok_or_else(|| PyRuntimeError::new_err("the operation was already waited for"))
    }
}

#[pymethods]
impl Pending {
    /// Runs the operation. Other Python threads run meanwhile, and Ctrl-C cancels it. A program's function is called in
    /// this thread.
    fn wait(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let Operation { work, calls } = self.take()?;
        let runtime = runtime(py)?;
        let result = match calls {
            None => wait_for(py, runtime, work)?,
            Some(calls) => wait_and_call(py, runtime, runtime.spawn(work), calls)?,
        };
        match result {
            Ok(answer) => answer(py),
            Err(failure) => Err(failure.into_exception(py)),
        }
    }

    fn __await__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let Operation { work, mut calls } = self.take()?;
        let event_loop = py.import("asyncio")?.call_method0("get_running_loop")?;
        let future = event_loop.call_method0("create_future")?;
        let waker = Waker {
            event_loop: event_loop.unbind(),
            future: future.clone().unbind(),
        };
        let runtime = runtime(py)?;
        let mut task = runtime.spawn(work);
        let cancel = Cancel(task.abort_handle());
        future.call_method1("add_done_callback", (cancel,))?;
        runtime.spawn(async move {
            // Python may keep a thread waiting for any time, so it gets none of the runtime's own.
            let result = loop {
                let call = match next(&mut task, calls.as_mut()).await {
                    Event::Ended(Ok(result)) => break result,
                    Event::Ended(Err(error)) if error.is_cancelled() => return,
                    Event::Ended(Err(error)) => break Err(panicked(&error)),
                    Event::Call(call) => call,
                };
                let called = spawn_blocking(move || attached(|py| call.run(py))).await;
                if let Ok(Some(Err(raised))) = called {
                    task.abort();
                    break Err(Failure::Raised(raised));
                }
            };
            spawn_blocking(move || drop(attached(|py| waker.wake(py, result))));
        });
        Ok(future.call_method0("__await__")?.unbind())
    }
}

/// Runs a future in this thread. It stands still while signals are handled.
fn wait_for<T: Send>(
    py: Python<'_>,
    runtime: &Runtime,
    work: impl Future<Output = T> + Send,
) -> PyResult<T> {
    let mut work = pin!(work);
    loop {
        let ran = py.detach(|| runtime.block_on(async { timeout(SIGNALS, work.as_mut()).await }));
        match ran {
            Ok(done) => return Ok(done),
            Err(_elapsed) => py.check_signals()?,
        }
    }
}

/// Waits for a task in this thread, and runs the calls that it waits for. After an exception the task has ended, too.
fn wait_and_call(
    py: Python<'_>,
    runtime: &Runtime,
    mut task: Task,
    mut calls: Calls,
) -> PyResult<Result<Answer, Failure>> {
    let raised = loop {
        match wait_for(py, runtime, next(&mut task, Some(&mut calls))) {
            Ok(Event::Ended(Ok(result))) => return Ok(result),
            Ok(Event::Ended(Err(error))) => return Ok(Err(panicked(&error))),
            Ok(Event::Call(call)) => {
                if let Err(raised) = call.run(py) {
                    // Before the call is dropped, since the task goes on when it is.
                    task.abort();
                    break raised;
                }
            }
            Err(interrupted) => {
                task.abort();
                break interrupted;
            }
        }
    };
    drop(calls);
    drop(py.detach(|| runtime.block_on(task)));
    Err(raised)
}

type Task = JoinHandle<Result<Answer, Failure>>;

/// Next event of an operation under way.
enum Event {
    Ended(Result<Result<Answer, Failure>, JoinError>),
    Call(Call),
}

/// Waits for the next event. Cancelling it loses nothing.
async fn next(task: &mut Task, calls: Option<&mut Calls>) -> Event {
    tokio::select! {
        biased;
        Some(call) = async { calls?.recv().await } => Event::Call(call),
        ended = task => Event::Ended(ended),
    }
}

fn panicked(error: &JoinError) -> Failure {
    Failure::Raised(PyRuntimeError::new_err(error.to_string()))
}

/// Future that gets its result in its event loop.
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
        // The call fails if the event loop was closed: then nobody waits.
        self.event_loop
            .call_method1(py, "call_soon_threadsafe", arguments)
            .map(drop)
    }
}

/// Sets a future's result, unless it was cancelled meanwhile. Runs in the event loop.
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
    // A failure to set the result is told as well, or the program would wait for ever.
    if let Err(error) = future.call_method1(set, (value,)) {
        future.call_method1("set_exception", (storable(error, py),))?;
    }
    Ok(())
}

/// Returns an exception that a future accepts. To generators a `StopIteration` is an end, so it is wrapped, as by Python 3.12.
fn storable(error: PyErr, py: Python<'_>) -> PyErr {
    if !error.is_instance_of::<PyStopIteration>(py) {
        return error;
    }
    let other = PyRuntimeError::new_err("StopIteration was raised where it cannot be passed on");
    other.set_cause(py, Some(error));
    other
}

/// Callback that ends an operation whose future was cancelled.
#[pyclass(frozen)]
struct Cancel(AbortHandle);

#[pymethods]
impl Cancel {
    fn __call__(&self, _future: &Bound<'_, PyAny>) {
        // After the result it does nothing.
        self.0.abort();
    }
}
