//! Mapping of SQLite errors to backend errors.

use std::error::Error as _;

use reeeductio_backend::BackendError;
use rusqlite::{Error, ErrorCode};

/// Maps an SQLite error; `operation` says what was attempted.
pub(crate) fn failure(operation: &'static str) -> impl Fn(Error) -> BackendError {
    move |error| {
        let corrupt = match &error {
            Error::SqliteFailure(failure, _) => matches!(
                failure.code,
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase
            ),
            // A column of another type or size than we ever write.
            Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::InvalidColumnType(..)
            | Error::Utf8Error(..) => true,
            _ => false,
        };
        let message = error.to_string();
        if corrupt {
            BackendError::corrupt(operation, message).with_source(error)
        } else {
            BackendError::unavailable(operation, message).with_source(error)
        }
    }
}

/// Returns whether the database was locked by another connection.
pub(crate) fn is_busy(error: &BackendError) -> bool {
    error
        .source()
        .and_then(|source| source.downcast_ref::<Error>())
        .and_then(Error::sqlite_error_code)
        .is_some_and(|code| matches!(code, ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}
