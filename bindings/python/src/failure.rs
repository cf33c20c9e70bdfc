//! Errors of the client, as exceptions.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use reeeductio_client::{ClientError, Head};

/// Cause of a failure.
pub(crate) enum Failure {
    /// An error of the client.
    Client(ClientError),
    /// An exception that the program's own function raised.
    Raised(PyErr),
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Self::Client(error)
    }
}

impl Failure {
    /// An argument that is not what is needed.
    pub(crate) fn argument(field: &'static str, problem: impl std::fmt::Display) -> Self {
        Self::Client(ClientError::Argument {
            field,
            message: problem.to_string(),
        })
    }

    /// The exception, made by `reeeductio.exceptions`, which knows the classes.
    pub(crate) fn into_exception(self, py: Python<'_>) -> PyErr {
        let details = PyDict::new(py);
        let (made, text) = match self {
            Self::Raised(raised) => return raised,
            Self::Client(error) => (of_client(py, &error, &details), error.to_string()),
        };
        made.unwrap_or_else(|problem| PyRuntimeError::new_err(format!("{text}: {problem}")))
    }
}

fn of_client(py: Python<'_>, error: &ClientError, details: &Bound<'_, PyDict>) -> PyResult<PyErr> {
    let refusal = error.refusal();
    if let Some(seconds) = refusal.and_then(|refusal| refusal.retry_after) {
        details.set_item("retry_after", seconds)?;
    }
    match refusal.and_then(|refusal| refusal.head.as_ref()) {
        Some(Head::Message(head)) => details.set_item("head", &head.message_hash)?,
        Some(Head::Empty) => details.set_item("head", py.None())?,
        None => {}
    }
    if let Some(quota) = refusal.and_then(|refusal| refusal.quota.as_ref()) {
        let values = PyDict::new(py);
        values.set_item("name", &quota.name)?;
        values.set_item("limit", quota.limit)?;
        values.set_item("stored", quota.stored)?;
        details.set_item("quota", values)?;
    }
    if let Some(draft) = error.draft() {
        details.set_item("number", draft.number)?;
        if let Some(topic) = &draft.topic {
            details.set_item("topic", topic.as_str())?;
        }
    }
    let text = match error {
        ClientError::Refused(refusal) => refusal.message.clone(),
        _ => error.to_string(),
    };
    exception(py, error.code_text(), error.status(), &text, details)
}

fn exception(
    py: Python<'_>,
    code: &str,
    status: Option<u16>,
    text: &str,
    details: &Bound<'_, PyDict>,
) -> PyResult<PyErr> {
    let made = py
        .import("reeeductio.exceptions")?
        .call_method1("from_failure", (code, status, text, details))?;
    Ok(PyErr::from_value(made))
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> Self {
        Python::attach(|py| failure.into_exception(py))
    }
}
