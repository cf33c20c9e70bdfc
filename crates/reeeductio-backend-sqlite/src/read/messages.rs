//! Messages, heads and events.

use reeeductio_backend::{BackendError, Committed, Leaf, MessageRange, Order, Page, PageLimit};
use reeeductio_proto::{
    ChainId, Event, EventPosition, Lane, MemberId, Message, MessageId, Position, Signature,
    SpaceId, TopicId,
};
use rusqlite::types::ValueRef;
use rusqlite::{Row, params};

use super::{Unread, WHOLE, beyond, limit_of};
use crate::database::Database;
use crate::failure::failure;
use crate::row::{
    PayloadPlace, check, checksum_of_head, checksum_of_message, lane, lane_key, leaf, malformed,
    member, message_id,
};
use crate::statements::Sql;

/// A row of the table `messages`.
pub(crate) struct MessageRow {
    pub(crate) message: Message,
    pub(crate) lane: Option<Lane>,
    pub(crate) event: i64,
    pub(crate) leaf: Option<Leaf>,
}

impl MessageRow {
    /// Where the payload of the message is, if it has one.
    pub(crate) fn place(&self) -> PayloadPlace {
        PayloadPlace {
            is_state: self.message.topic_id.is_state(),
            timestamp: self.message.server_timestamp,
            event: self.event,
        }
    }
}

/// A message whose columns are those of [`Sql::MESSAGE`].
pub(super) fn message_of(
    space: &SpaceId,
    row: &Row<'_>,
    topic: Option<&TopicId>,
) -> Result<MessageRow, Unread> {
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
    let state = optional(12).map_err(&failed)?;
    let leaf = leaf(row.get(11).map_err(&failed)?, state)?;
    let computed = checksum_of_message(space, &message, lane.as_ref(), event, leaf.as_ref());
    check("messages", key, stored, computed)?;
    Ok(MessageRow {
        message,
        lane,
        event,
        leaf,
    })
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

/// The newest message of a topic, whichever lane it is in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewestOfTopic {
    pub(crate) position: Position,
    /// Number of its leaf.
    pub(crate) leaf: Option<u64>,
}

pub(crate) fn newest_of_topic(
    database: &Database,
    space: &SpaceId,
    topic: &TopicId,
) -> Result<Option<NewestOfTopic>, BackendError> {
    let failed = failure("read the newest message of a topic");
    database.first(
        Sql::NEWEST_OF_TOPIC,
        params![space.as_bytes(), topic.as_str()],
        |row| {
            let leaf: Option<i64> = row.get(2).map_err(&failed)?;
            Ok(NewestOfTopic {
                position: Position {
                    hash: MessageId::from_hash(row.get(1).map_err(&failed)?),
                    timestamp: row.get(0).map_err(&failed)?,
                },
                leaf: leaf.map(i64::cast_unsigned),
            })
        },
    )
}

/// Lanes of a member in a topic, `limit` at most.
pub(crate) fn lanes(
    database: &Database,
    space: &SpaceId,
    topic: &TopicId,
    member: &MemberId,
    limit: usize,
) -> Result<usize, BackendError> {
    let member = member.to_bytes();
    let beyond = [&member[..], &[u8::MAX; 9]].concat();
    let found = database.all(
        Sql::LANES,
        params![
            space.as_bytes(),
            topic.as_str(),
            member,
            beyond,
            limit_of(limit)
        ],
        |_| Ok::<_, BackendError>(()),
    )?;
    Ok(found.len())
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
        |row| Ok(message_of(space, row, Some(topic))?.message),
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
        |row| Ok(sized(message_of(space, row, Some(topic))?.message)),
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
        |row| Ok(sized(message_of(space, row, Some(topic))?.message)),
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

/// A message as an event, with its payload.
fn committed(
    database: &Database,
    space: &SpaceId,
    row: MessageRow,
) -> Result<Committed, BackendError> {
    let payload = super::payloads::payload(database, space, row.place(), WHOLE)?;
    Ok(Committed {
        space: *space,
        event: Event::of_message(row.event.cast_unsigned(), row.message.into()),
        lane: row.lane,
        leaf: row.leaf,
        payload: payload.map(Into::into),
    })
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
            let committed = committed(database, space, message_of(space, row, None)?)?;
            let bytes = committed.bytes();
            Ok::<_, BackendError>((committed, bytes))
        },
    )
}

/// Rows of messages after the event `after`, in the order of their events.
pub(crate) fn rows(
    database: &Database,
    space: &SpaceId,
    after: u64,
    limit: PageLimit,
) -> Result<Page<MessageRow>, BackendError> {
    database.page(
        Sql::EVENTS,
        params![
            space.as_bytes(),
            i64::try_from(after).unwrap_or(i64::MAX),
            beyond(limit)
        ],
        limit,
        |row| Ok::<_, BackendError>((message_of(space, row, None)?, 0)),
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
                change: number(13)?.cast_unsigned(),
            };
            let committed = if position.change == 0 {
                committed(database, space, message_of(space, row, None)?)?
            } else {
                let (what, leaf) = super::data::change_of(space, position, row)?;
                Committed {
                    space: *space,
                    event: Event { position, what },
                    lane: None,
                    leaf,
                    payload: None,
                }
            };
            let bytes = committed.bytes();
            Ok::<_, BackendError>((committed, bytes))
        },
    )
}
