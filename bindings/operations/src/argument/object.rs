//! Files, stores and functions of the program.

use std::sync::Arc;

use reeeductio_client::{ClientError, MaybeSend, Store, Transferred};

use super::{Argument, wrong};
use crate::signature::Type;
use crate::value::{Change, Progress, Source, Value};

#[cfg(not(target_arch = "wasm32"))]
impl Argument for std::path::PathBuf {
    const TYPE: Type = Type::Path;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        match value {
            Value::Text(text) => Ok(Self::from(text.as_str())),
            #[cfg(unix)]
            Value::Bytes(bytes) => {
                use std::os::unix::ffi::OsStringExt as _;
                Ok(std::ffi::OsString::from_vec(bytes.to_vec()).into())
            }
            _ => wrong(field, "a path"),
        }
    }
}

impl Argument for Box<dyn Source> {
    const TYPE: Type = Type::Source;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        match value {
            Value::Source(source) => Ok(source),
            _ => wrong(field, "a file that can be read and sought"),
        }
    }
}

impl Argument for Arc<dyn Store> {
    const TYPE: Type = Type::Store;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        match value {
            Value::Store(store) => Ok(store),
            _ => wrong(field, "a local store"),
        }
    }
}

/// A function that is told how far a transfer is, if there is one.
pub(crate) struct Report(Option<Box<dyn Progress>>);

impl Report {
    /// The function that a transfer calls.
    pub(crate) fn function(mut self) -> impl FnMut(Transferred) + MaybeSend {
        move |transferred| {
            if let Some(progress) = &mut self.0 {
                progress.report(transferred);
            }
        }
    }
}

impl Argument for Report {
    const TYPE: Type = Type::Optional(&Type::Progress);

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        match value {
            Value::Absent | Value::Null => Ok(Self(None)),
            Value::Progress(progress) => Ok(Self(Some(progress))),
            _ => wrong(field, "a function"),
        }
    }
}

impl Argument for Box<dyn Change> {
    const TYPE: Type = Type::Change;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        match value {
            Value::Change(change) => Ok(change),
            _ => wrong(field, "a function"),
        }
    }
}
