//! Messages.

use reeeductio_backend::{BackendError, Committed, MessageRange, Order};
use reeeductio_proto::{Message, MessageId, Signature, SpaceId, TopicId};
use rusqlite::types::ValueRef;
use rusqlite::{Row, params};

use super::{Unread, limit_of};
use crate::database::Database;
use crate::failure::failure;
use crate::row::{check, malformed, member, message_id, seal_message};
use crate::statements::Sql;

/// The message in a row of `SELECT topic_id, …`, with its event number.
pub(super) fn message_of(
    space: &SpaceId,
    row: &Row<'_>,
    topic: Option<&TopicId>,
) -> Result<(Message, i64), Unread> {
    let failed = failure("read a message");
    let bytes = |index| row.get_ref(index).and_then(|value| Ok(value.as_blob()?));
    let text = |index| row.get_ref(index).and_then(|value| Ok(value.as_str()?));
    if matches!(row.get_ref(5).map_err(&failed)?, ValueRef::Null) {
        return Err(Unread::TooLong);
    }
    let topic_id = match topic {
        Some(topic) => topic.clone(),
        None => TopicId::parse(text(0).map_err(&failed)?).map_err(|_| malformed("a topic id"))?,
    };
    let prev_hash = row
        .get_ref(4)
        .and_then(|value| Ok(value.as_blob_or_null()?))
        .map_err(&failed)?
        .map(message_id)
        .transpose()?;
    let signature = bytes(7).map_err(&failed)?;
    let message = Message {
        message_hash: message_id(bytes(2).map_err(&failed)?)?,
        topic_id,
        kind: text(3).map_err(&failed)?.to_owned(),
        prev_hash,
        data: text(5).map_err(&failed)?.to_owned(),
        sender: member(bytes(6).map_err(&failed)?)?,
        signature: Signature::from_bytes(
            signature.try_into().map_err(|_| malformed("a signature"))?,
        ),
        server_timestamp: row.get(1).map_err(&failed)?,
    };
    let event: i64 = row.get(8).map_err(&failed)?;
    let stored: i64 = row.get(9).map_err(&failed)?;
    let key = || format!("{space} {} {}", message.topic_id, message.server_timestamp);
    check(
        "messages",
        key,
        stored,
        seal_message(space, &message, event),
    )?;
    Ok((message, event))
}

/// One message, if its data has at most `longest` bytes.
pub(crate) fn message(
    database: &Database,
    space: &SpaceId,
    topic: &TopicId,
    hash: &MessageId,
    longest: i64,
) -> Result<Option<Message>, Unread> {
    database.first(
        Sql::MESSAGE,
        params![longest, space.as_bytes(), topic.as_str(), hash.hash()],
        |row| Ok(message_of(space, row, Some(topic))?.0),
    )
}

/// A few messages, if the data of each has at most `longest` bytes.
pub(crate) fn few_messages(
    database: &Database,
    space: &SpaceId,
    topic: &TopicId,
    range: MessageRange,
    longest: i64,
) -> Result<Vec<Message>, Unread> {
    let sql = match range.order {
        Order::NewestFirst => Sql::NEWEST,
        Order::OldestFirst => Sql::OLDEST,
    };
    database.all(
        sql,
        params![
            longest,
            space.as_bytes(),
            topic.as_str(),
            range.from,
            range.to,
            limit_of(range.limit)
        ],
        |row| Ok(message_of(space, row, Some(topic))?.0),
    )
}

pub(crate) fn messages(
    database: &Database,
    space: &SpaceId,
    topic: &TopicId,
    range: MessageRange,
) -> Result<Vec<Message>, BackendError> {
    let sql = match range.order {
        Order::NewestFirst => Sql::NEWEST_FIRST,
        Order::OldestFirst => Sql::OLDEST_FIRST,
    };
    database.all(
        sql,
        params![
            space.as_bytes(),
            topic.as_str(),
            range.from,
            range.to,
            limit_of(range.limit)
        ],
        |row| Ok(message_of(space, row, Some(topic))?.0),
    )
}

pub(crate) fn last_event(database: &Database, space: &SpaceId) -> Result<u64, BackendError> {
    let failed = failure("read the last event");
    let event = database.first(Sql::LAST_EVENT, params![space.as_bytes()], |row| {
        row.get::<_, i64>(0).map_err(&failed)
    })?;
    Ok(event.unwrap_or(0).cast_unsigned())
}

pub(crate) fn events(
    database: &Database,
    space: &SpaceId,
    after: u64,
    limit: usize,
) -> Result<Vec<Committed>, BackendError> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    database.all(
        Sql::EVENTS,
        params![space.as_bytes(), after, limit_of(limit)],
        |row| {
            let (message, event) = message_of(space, row, None)?;
            Ok(Committed {
                space: *space,
                event: event.cast_unsigned(),
                message: message.into(),
            })
        },
    )
}
