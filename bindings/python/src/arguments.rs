//! Arguments of an operation, from a Python dictionary.

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMemoryView, PyString, PyTuple};
use reeeductio_client::ClientError;
use reeeductio_operations::Value;

use crate::change::Raised;
use crate::progress::{Calls, reporter};
use crate::source::Source;
use crate::store::Store;

/// How often lists hold lists, in any argument.
const DEPTH: usize = 2;

/// The arguments of one call.
pub(crate) struct Arguments<'a, 'py> {
    given: &'a Bound<'py, PyDict>,
    /// Calls of the program's function that is told of progress, if there is one.
    pub(crate) calls: Option<Calls>,
    /// The exception of the program's function that changes a value, if there is such a function.
    pub(crate) raised: Option<Raised>,
}

impl<'a, 'py> Arguments<'a, 'py> {
    pub(crate) fn new(given: &'a Bound<'py, PyDict>) -> Self {
        Self {
            given,
            calls: None,
            raised: None,
        }
    }

    /// The value of an object, which may hold others `depth` times.
    fn value(&mut self, object: &Bound<'py, PyAny>, depth: usize) -> PyResult<Value> {
        if object.is_none() {
            return Ok(Value::Null);
        }
        if let Ok(store) = object.cast::<Store>() {
            return Ok(Value::Store(store.get().shared()));
        }
        // A bool is an int, too.
        if let Ok(truth) = object.cast::<PyBool>() {
            return Ok(Value::Bool(truth.is_true()));
        }
        if object.is_instance_of::<PyInt>() {
            // No operation takes one that is longer.
            return Ok(object.extract().map_or(Value::Other, Value::Whole));
        }
        if object.is_instance_of::<PyFloat>() {
            return object.extract().map(Value::Number);
        }
        if let Ok(text) = object.cast::<PyString>() {
            // A path may hold what is no Unicode; only a path may.
            return Ok(match text.extract::<String>() {
                Ok(text) => text.into(),
                Err(_) => Value::Other,
            });
        }
        if let Ok(bytes) = object.extract::<PyBackedBytes>() {
            return Ok(bytes.to_vec().into());
        }
        if object.is_instance_of::<PyMemoryView>() {
            let bytes: PyBackedBytes = object.call_method0("tobytes")?.extract()?;
            return Ok(bytes.to_vec().into());
        }
        if object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>() {
            let Some(depth) = depth.checked_sub(1) else {
                return Ok(Value::Other);
            };
            let each = object.try_iter()?.map(|item| self.value(&item?, depth));
            return each.collect::<PyResult<_>>().map(Value::List);
        }
        if object.hasattr("__fspath__")? {
            let path = object
                .py()
                .import("os")?
                .call_method1("fsencode", (object,))?;
            return Ok(path.extract::<PyBackedBytes>()?.to_vec().into());
        }
        if object.hasattr("read")? {
            return Ok(Value::Source(Box::new(Source::new(
                object.clone().unbind(),
            ))));
        }
        if object.is_callable() {
            let (report, calls) = reporter(Some(object.clone().unbind()));
            self.calls = calls;
            return Ok(Value::Progress(Box::new(report)));
        }
        Ok(Value::Other)
    }
}

impl reeeductio_operations::Arguments for Arguments<'_, '_> {
    fn take(&mut self, field: &'static str) -> Result<Value, ClientError> {
        let taken = self.given.get_item(field).and_then(|found| match found {
            Some(function) if field == "change" && function.is_callable() => {
                let raised = self.raised.insert(Raised::default()).clone();
                let function = function.unbind();
                Ok(Value::Change(Box::new(move |old: Option<&[u8]>| {
                    raised.call(&function, old)
                })))
            }
            Some(object) if !object.is_none() => self.value(&object, DEPTH),
            _ => Ok(Value::Absent),
        });
        taken.map_err(|error| ClientError::Argument {
            field,
            message: error.to_string(),
        })
    }
}
