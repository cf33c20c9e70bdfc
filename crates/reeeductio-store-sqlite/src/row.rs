//! Messages as rows.

use reeeductio_client::{Position, StoreError};
use reeeductio_proto::api::MessageBody;
use reeeductio_proto::{Message, MessageId};
use rusqlite::Row;

/// The columns that a row is read from, in their order.
pub(crate) const COLUMNS: &str =
    "message_hash, topic_id, type, prev_hash, data, sender, signature, server_timestamp";

/// What does not parse was never saved.
pub(crate) fn message(row: &Row<'_>) -> rusqlite::Result<Result<Message, StoreError>> {
    let body = MessageBody {
        message_hash: row.get(0)?,
        topic_id: row.get(1)?,
        kind: row.get(2)?,
        prev_hash: row.get(3)?,
        data: row.get(4)?,
        sender: row.get(5)?,
        signature: row.get(6)?,
        server_timestamp: row.get(7)?,
    };
    Ok(Message::try_from(body).map_err(|error| StoreError::Damaged(error.to_string())))
}

/// The columns `message_hash` and `server_timestamp`.
pub(crate) fn anchor(row: &Row<'_>) -> rusqlite::Result<Result<Position, StoreError>> {
    let hash: String = row.get(0)?;
    let server_timestamp = row.get(1)?;
    Ok(MessageId::parse(&hash)
        .map(|hash| Position {
            hash,
            timestamp: server_timestamp,
        })
        .map_err(|error| StoreError::Damaged(error.to_string())))
}

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
