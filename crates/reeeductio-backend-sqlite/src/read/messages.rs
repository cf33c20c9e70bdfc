//! Messages, heads and events.

use reeeductio_backend::{BackendError, Committed, MessageRange, Order, Page, PageLimit};
use reeeductio_proto::{
    ChainId, Event, EventPosition, Message, MessageId, Position, Signature, SpaceId, TopicId,
};
use rusqlite::types::ValueRef;
use rusqlite::{Row, params};

use super::{Unread, beyond};
use crate::database::Database;
use crate::failure::failure;
use crate::row::{
    check, checksum_of_head, checksum_of_message, lane, lane_key, malformed, member, message_id,
};
use crate::statements::Sql;

/// A message and the number of its event.
pub(super) fn message_of(
    space: &SpaceId,
    row: &Row<'_>,
    topic: Option<&TopicId>,
) -> Result<(Message, i64), Unread> {
    let failed = failure("read a message");
    if matches!(row.get_ref(5).map_err(&failed)?, ValueRef::Null) {
        return Err(Unread::TooLong);
    }
    let bytes = |index| row.get_ref(index).and_then(|value| Ok(value.as_blob()?));
    let text = |index| row.get_ref(index).and_then(|value| Ok(value.as_str()?));
    let optional = |index| {
        row.get_ref(index)
            .and_then(|value| Ok(value.as_blob_or_null()?))
    };
    let topic_id = match topic {
        Some(topic) => topic.clone(),
        None => TopicId::parse(text(0).map_err(&failed)?).map_err(|_| malformed("a topic id"))?,
    };
    let prev_hash = optional(4).map_err(&failed)?.map(message_id).transpose()?;
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
    let lane = optional(10)
        .map_err(&failed)?
        .map(|id| lane(message.sender, id))
        .transpose()?;
    let event: i64 = row.get(8).map_err(&failed)?;
    let stored: i64 = row.get(9).map_err(&failed)?;
    let key = || format!("{space} {} {}", message.topic_id, message.server_timestamp);
    let computed = checksum_of_message(space, &message, lane.as_ref(), event);
    check("messages", key, stored, computed)?;
    Ok((message, event))
}

pub(crate) fn head(
    database: &Database,
    space: &SpaceId,
    chain: &ChainId,
) -> Result<Option<Position>, BackendError> {
    let failed = failure("read a head");
    database.first(
        Sql::HEAD,
        params![
            space.as_bytes(),
            chain.topic.as_str(),
            chain.lane.as_ref().map(lane_key).unwrap_or_default()
        ],
        |row| {
            let hash: [u8; 32] = row.get(0).map_err(&failed)?;
            let head = Position {
                hash: MessageId::from_hash(hash),
                timestamp: row.get(1).map_err(&failed)?,
            };
            let stored = row.get(2).map_err(&failed)?;
            let key = || format!("{space} {}", chain.topic);
            check("heads", key, stored, checksum_of_head(space, chain, &head))?;
            Ok(head)
        },
    )
}

/// `server_timestamp` of the newest message of a topic, whichever lane it is in.
pub(crate) fn newest_timestamp(
    database: &Database,
    space: &SpaceId,
    topic: &TopicId,
) -> Result<Option<i64>, BackendError> {
    let failed = failure("read the newest time of a topic");
    database.first(
        Sql::NEWEST_TIMESTAMP,
        params![space.as_bytes(), topic.as_str()],
        |row| row.get(0).map_err(&failed),
    )
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

pub(crate) fn messages(
    database: &Database,
    space: &SpaceId,
    topic: &TopicId,
    range: MessageRange,
) -> Result<Page<Message>, BackendError> {
    let sql = match range.order {
        Order::NewestFirst => Sql::NEWEST_FIRST,
        Order::OldestFirst => Sql::OLDEST_FIRST,
    };
    database.page(
        sql,
        params![
            space.as_bytes(),
            topic.as_str(),
            range.from,
            range.to,
            beyond(range.limit)
        ],
        range.limit,
        |row| Ok(sized(message_of(space, row, Some(topic))?.0)),
    )
}

/// A few messages, if the data of each has at most `longest` bytes.
pub(crate) fn few_messages(
    database: &Database,
    space: &SpaceId,
    topic: &TopicId,
    range: MessageRange,
    longest: i64,
) -> Result<Page<Message>, Unread> {
    let sql = match range.order {
        Order::NewestFirst => Sql::FEW_NEWEST_FIRST,
        Order::OldestFirst => Sql::FEW_OLDEST_FIRST,
    };
    database.page(
        sql,
        params![
            longest,
            space.as_bytes(),
            topic.as_str(),
            range.from,
            range.to,
            beyond(range.limit)
        ],
        range.limit,
        |row| Ok(sized(message_of(space, row, Some(topic))?.0)),
    )
}

/// A message with the bytes that it counts in a page.
pub(super) fn sized(message: Message) -> (Message, usize) {
    let bytes = message.data.len();
    (message, bytes)
}

pub(crate) fn last_event(database: &Database, space: &SpaceId) -> Result<u64, BackendError> {
    let failed = failure("read the last event");
    let last: Option<i64> = database.first(Sql::LAST_EVENT, params![space.as_bytes()], |row| {
        row.get(0).map_err(&failed)
    })?;
    Ok(last.unwrap_or(0).cast_unsigned())
}

pub(crate) fn events(
    database: &Database,
    space: &SpaceId,
    after: u64,
    limit: PageLimit,
) -> Result<Page<Committed>, BackendError> {
    database.page(
        Sql::EVENTS,
        params![
            space.as_bytes(),
            i64::try_from(after).unwrap_or(i64::MAX),
            beyond(limit)
        ],
        limit,
        |row| {
            let (message, event) = message_of(space, row, None)?;
            let bytes = message.data.len();
            let event = Event::of_message(event.cast_unsigned(), message.into());
            let committed = Committed {
                space: *space,
                event,
            };
            Ok((committed, bytes))
        },
    )
}

pub(crate) fn last_change(
    database: &Database,
    space: &SpaceId,
) -> Result<EventPosition, BackendError> {
    let message = last_event(database, space)?;
    Ok(EventPosition {
        message,
        change: super::data::last_change(database, space, message)?,
    })
}

pub(crate) fn changes(
    database: &Database,
    space: &SpaceId,
    after: EventPosition,
    limit: PageLimit,
) -> Result<Page<Committed>, BackendError> {
    let failed = failure("read what changed");
    let number = |number| i64::try_from(number).unwrap_or(i64::MAX);
    database.page(
        Sql::CHANGES,
        params![
            space.as_bytes(),
            number(after.message),
            number(after.change),
            beyond(limit)
        ],
        limit,
        |row| {
            let number = |index| row.get::<_, i64>(index).map_err(&failed);
            let position = EventPosition {
                message: number(8)?.cast_unsigned(),
                change: number(11)?.cast_unsigned(),
            };
            let event = if position.change == 0 {
                let (message, _) = message_of(space, row, None)?;
                Event::of_message(position.message, message.into())
            } else {
                let what = super::data::change_of(space, position, row)?;
                Event { position, what }
            };
            let bytes = event.bytes();
            let committed = Committed {
                space: *space,
                event,
            };
            Ok::<_, BackendError>((committed, bytes))
        },
    )
}
