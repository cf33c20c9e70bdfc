//! SQLite's errors as those of a store.

use reeeductio_client::StoreError;

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is what map_err calls, which gives the error away"
)]
pub(crate) fn unavailable(error: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};

    match error.sqlite_error_code() {
        Some(DatabaseCorrupt | NotADatabase) => StoreError::Damaged(error.to_string()),
        _ => StoreError::Unavailable(error.to_string()),
    }
}
