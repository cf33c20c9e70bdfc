//! Python, entered by threads of this package only until the interpreter ends.
//!
//! Before Python 3.14 an interpreter that ends ends every thread that comes back to it, by unwinding, and that
//! aborts the process when there is Rust on the thread's stack. So it waits for those that are inside, and
//! nobody enters any more.

use std::process;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;

static DOOR: Mutex<Door> = Mutex::new(Door {
    closed: false,
    inside: 0,
    process: 0,
});
static LEFT: Condvar = Condvar::new();

struct Door {
    closed: bool,
    inside: usize,
    /// Whose threads are counted: in a forked process those that were inside are gone.
    process: u32,
}

/// Of a thread that is inside, or about to be: the interpreter does not end meanwhile.
struct Inside;

impl Inside {
    /// `None` if the interpreter is ending.
    fn new() -> Option<Self> {
        let mut door = lock();
        if door.closed {
            return None;
        }
        door.inside += 1;
        Some(Self)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        lock().inside -= 1;
        LEFT.notify_all();
    }
}

/// Runs something in Python; `None` if the interpreter is ending.
pub(crate) fn attached<T>(work: impl FnOnce(Python<'_>) -> T) -> Option<T> {
    let _inside = Inside::new()?;
    Some(Python::attach(work))
}

/// Has the interpreter wait when it ends.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let close = wrap_pyfunction!(close, module)?;
    let atexit = module.py().import("atexit")?;
    atexit.call_method1("register", (close,)).map(drop)
}

#[pyfunction]
fn close(py: Python<'_>) {
    py.detach(|| {
        let mut door = lock();
        door.closed = true;
        drop(LEFT.wait_while(door, |door| door.inside > 0));
    });
}

fn lock() -> MutexGuard<'static, Door> {
    let mut door = DOOR.lock().unwrap_or_else(PoisonError::into_inner);
    if door.process != process::id() {
        door.process = process::id();
        door.inside = 0;
    }
    door
}
