//! What the client says went wrong, as an exception.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use reeeductio_client::{ClientError, Head};

/// What went wrong.
pub(crate) struct Failure(ClientError);

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Self(error)
    }
}

impl Failure {
    /// An argument that is not what is needed.
    pub(crate) fn argument(field: &'static str, problem: impl std::fmt::Display) -> Self {
        Self(ClientError::Argument {
            field,
            message: problem.to_string(),
        })
    }

    /// The exception, made by `reeeductio.exceptions`, which knows the classes.
    pub(crate) fn into_exception(self, py: Python<'_>) -> PyErr {
        self.exception(py)
            .unwrap_or_else(|problem| PyRuntimeError::new_err(format!("{}: {problem}", self.0)))
    }

    fn exception(&self, py: Python<'_>) -> PyResult<PyErr> {
        let details = PyDict::new(py);
        let refusal = self.0.refusal();
        if let Some(seconds) = refusal.and_then(|refusal| refusal.retry_after) {
            details.set_item("retry_after", seconds)?;
        }
        match refusal.and_then(|refusal| refusal.head.as_ref()) {
            Some(Head::Message(head)) => details.set_item("head", &head.message_hash)?,
            Some(Head::Empty) => details.set_item("head", py.None())?,
            None => {}
        }
        let text = match refusal {
            Some(refusal) => refusal.message.clone(),
            None => self.0.to_string(),
        };
        let made = py.import("reeeductio.exceptions")?.call_method1(
            "from_failure",
            (self.0.code_text(), self.0.status(), text, details),
        )?;
        Ok(PyErr::from_value(made))
    }
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> Self {
        Python::attach(|py| failure.into_exception(py))
    }
}
