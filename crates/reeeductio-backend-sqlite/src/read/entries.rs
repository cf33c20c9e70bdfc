//! Messages of spaces with a tree, with all that is stored of them.

use reeeductio_backend::{BackendError, Entry, MessageRange, Order, Page};
use reeeductio_proto::tree::TreeHash;
use reeeductio_proto::{EventKind, EventLeaf, Lane, MessageId, SpaceId, TopicId};
use rusqlite::params;

use super::messages::{MessageRow, message_of};
use super::{WHOLE, beyond, payloads, tree};
use crate::database::Database;
use crate::failure::failure;
use crate::row::malformed;
use crate::statements::Sql;

/// An entry whose [`Entry::previous`] is not known yet, and its lane.
type Unlinked = (Entry, Option<Lane>);

/// One entry. Several queries: see [`Database::at_one_moment`].
pub(crate) fn entry(
    database: &Database,
    space: &SpaceId,
    topic: &TopicId,
    hash: &MessageId,
) -> Result<Option<Entry>, BackendError> {
    if tree::incarnation(database, space)?.is_none() {
        return Ok(None);
    }
    let found = database.first(
        Sql::MESSAGE,
        params![WHOLE, space.as_bytes(), topic.as_str(), hash.hash()],
        |row| unlinked(database, space, message_of(space, row, Some(topic))?),
    )?;
    let Some((entry, _)) = found else {
        return Ok(None);
    };
    let previous = before(database, space, &entry)?;
    Ok(Some(Entry { previous, ..entry }))
}

/// Entries of a topic. Several queries: see [`Database::at_one_moment`].
pub(crate) fn entries(
    database: &Database,
    space: &SpaceId,
    topic: &TopicId,
    range: MessageRange,
) -> Result<Page<Entry>, BackendError> {
    if tree::incarnation(database, space)?.is_none() {
        return Ok(Page {
            items: Vec::new(),
            has_more: false,
        });
    }
    let sql = match range.order {
        Order::NewestFirst => Sql::NEWEST_FIRST,
        Order::OldestFirst => Sql::OLDEST_FIRST,
    };
    let Page {
        mut items,
        has_more,
    } = database.page(
        sql,
        params![
            space.as_bytes(),
            topic.as_str(),
            range.from,
            range.to,
            beyond(range.limit)
        ],
        range.limit,
        |row| {
            let found = unlinked(database, space, message_of(space, row, Some(topic))?)?;
            let bytes = found.0.bytes();
            Ok::<_, BackendError>((found, bytes))
        },
    )?;
    match range.order {
        Order::OldestFirst => link(database, space, items.iter_mut())?,
        Order::NewestFirst => link(database, space, items.iter_mut().rev())?,
    }
    Ok(Page {
        items: items.into_iter().map(|(entry, _)| entry).collect(),
        has_more,
    })
}

fn unlinked(
    database: &Database,
    space: &SpaceId,
    row: MessageRow,
) -> Result<Unlinked, BackendError> {
    let payload = payloads::payload(database, space, row.place())?;
    let MessageRow {
        message,
        lane,
        leaf,
        ..
    } = row;
    let (topic, hash) = (&message.topic_id, &message.message_hash);
    let revised = payloads::revised(database, space, topic, hash)?;
    let entry = Entry {
        leaf: leaf.ok_or_else(|| malformed("a message with a leaf"))?,
        previous: TreeHash::default(),
        payload,
        revised,
        message,
    };
    Ok((entry, lane))
}

/// Tells each entry the leaf of the one before it. They follow one another in their topic, the oldest first.
fn link<'a>(
    database: &Database,
    space: &SpaceId,
    entries: impl Iterator<Item = &'a mut Unlinked>,
) -> Result<(), BackendError> {
    let mut previous = None;
    for (entry, lane) in entries {
        entry.previous = match previous {
            Some(previous) => previous,
            None => before(database, space, entry)?,
        };
        previous = Some(leaf_hash(space, entry, lane.as_ref()));
    }
    Ok(())
}

/// The hash of the leaf of the topic's event before; zero if there is none.
fn before(database: &Database, space: &SpaceId, entry: &Entry) -> Result<TreeHash, BackendError> {
    let failed = failure("read the leaf before");
    let message = &entry.message;
    let number: Option<Option<i64>> = database.first(
        Sql::BEFORE_IN_TOPIC,
        params![
            space.as_bytes(),
            message.topic_id.as_str(),
            message.server_timestamp
        ],
        |row| row.get(0).map_err(&failed),
    )?;
    match number.flatten() {
        None => Ok(TreeHash::default()),
        Some(number) => tree::leaf(database, space, number.cast_unsigned())?
            .ok_or_else(|| malformed("a tree with a leaf of each message")),
    }
}

/// The hash of the leaf of an entry.
pub(crate) fn leaf_hash(space: &SpaceId, entry: &Entry, lane: Option<&Lane>) -> TreeHash {
    let message = &entry.message;
    EventLeaf {
        space,
        number: entry.leaf.number,
        what: EventKind::Message,
        topic: message.topic_id.as_str(),
        lane: lane.map_or([0; 8], |lane| lane.id),
        hash: *message.message_hash.hash(),
        timestamp: message.server_timestamp.cast_unsigned(),
        previous: entry.previous,
        state: entry.leaf.state.map_or([0; 32], |state| *state.hash()),
    }
    .hash()
}
