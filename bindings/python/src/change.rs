//! A function of the program that changes a value.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::PyBytes;
use tokio::task::block_in_place;

use crate::failure::Failure;
use crate::python::attached;

/// The exception that the function raised, if it did.
#[derive(Clone, Default)]
pub(crate) struct Raised(Arc<Mutex<Option<PyErr>>>);

impl Raised {
    /// Calls the function. If it raises, or the interpreter ends, the value stays as it is.
    pub(crate) fn call(&self, function: &Py<PyAny>, old: Option<&[u8]>) -> Option<Vec<u8>> {
        let called = block_in_place(|| attached(|py| changed(py, function, old)));
        match called {
            Some(Ok(new)) => new,
            Some(Err(raised)) => {
                *self.lock() = Some(raised);
                old.map(<[u8]>::to_vec)
            }
            None => old.map(<[u8]>::to_vec),
        }
    }

    /// Fails if the function raised.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        self.lock()
            .take()
            .map_or(Ok(()), |raised| Err(Failure::Raised(raised)))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<PyErr>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn changed(py: Python<'_>, function: &Py<PyAny>, old: Option<&[u8]>) -> PyResult<Option<Vec<u8>>> {
    let old = old.map(|old| PyBytes::new(py, old));
    let new = function.bind(py).call1((old,))?;
    if new.is_none() {
        return Ok(None);
    }
    if let Ok(text) = new.extract::<PyBackedStr>() {
        return Ok(Some(text.as_bytes().to_vec()));
    }
    Ok(Some(new.extract::<PyBackedBytes>()?.to_vec()))
}
