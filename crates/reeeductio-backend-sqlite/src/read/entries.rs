//! Messages of spaces with a tree, with all that is stored of them.

use reeeductio_backend::{BackendError, Entry, MessageRange, Order, Page};
use reeeductio_proto::tree::TreeHash;
use reeeductio_proto::{EventKind, EventLeaf, Lane, MessageId, SpaceId, TopicId};
use rusqlite::params;

use super::messages::{MessageRow, message_of};
use super::{Unread, beyond, limit_of, payloads, tree};
use crate::database::Database;
use crate::failure::failure;
use crate::row::malformed;
use crate::statements::Sql;

/// An entry whose [`Entry::previous`] is not known yet, and its lane.
type Unlinked = (Entry, Option<Lane>);

/// Bytes that a row counts beside its texts: a message, its payload, key and revision are in four trees.
const ROW: i64 = 8 * 1024;

/// Bytes that a query may still read.
struct Budget(i64);

impl Budget {
    fn take(&mut self, bytes: i64) -> Result<(), Unread> {
        self.0 = self.0.saturating_sub(bytes);
        if self.0 < 0 {
            return Err(Unread::TooLong);
        }
        Ok(())
    }
}

/// One entry, if it has at most so many bytes. Several queries: see [`Database::at_one_moment`].
pub(crate) fn entry(
    database: &Database,
    space: &SpaceId,
    topic: &TopicId,
    hash: &MessageId,
    bytes: i64,
) -> Result<Option<Entry>, Unread> {
    if tree::incarnation(database, space)?.is_none() {
        return Ok(None);
    }
    let mut budget = Budget(bytes);
    let found = database.first(
        Sql::MESSAGE,
        params![bytes, space.as_bytes(), topic.as_str(), hash.hash()],
        |row| {
            let row = message_of(space, row, Some(topic))?;
            unlinked(database, space, row, &mut budget)
        },
    )?;
    let Some((entry, _)) = found else {
        return Ok(None);
    };
    let previous = before(database, space, &entry)?;
    Ok(Some(Entry { previous, ..entry }))
}

/// Entries of a topic, if they have at most so many bytes, of which each counts [`ROW`] beside its own. Several queries: see
/// [`Database::at_one_moment`].
pub(crate) fn entries(
    database: &Database,
    space: &SpaceId,
    topic: &TopicId,
    range: MessageRange,
    bytes: i64,
) -> Result<Page<Entry>, Unread> {
    if tree::incarnation(database, space)?.is_none() {
        return Ok(Page {
            items: Vec::new(),
            has_more: false,
        });
    }
    let sql = match range.order {
        Order::NewestFirst => Sql::FEW_NEWEST_FIRST,
        Order::OldestFirst => Sql::FEW_OLDEST_FIRST,
    };
    let mut budget = Budget(bytes);
    let Page {
        mut items,
        has_more,
    } = database.page(
        sql,
        params![
            bytes,
            space.as_bytes(),
            topic.as_str(),
            range.from,
            range.to,
            beyond(range.limit)
        ],
        range.limit,
        |row| {
            let row = message_of(space, row, Some(topic))?;
            let found = unlinked(database, space, row, &mut budget)?;
            let bytes = found.0.bytes();
            Ok::<_, Unread>((found, bytes))
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
    budget: &mut Budget,
) -> Result<Unlinked, Unread> {
    budget.take(ROW)?;
    budget.take(limit_of(row.message.data.len()))?;
    let payload = payloads::payload(database, space, row.place(), budget.0)?;
    budget.take(limit_of(payload.as_ref().map_or(0, Vec::len)))?;
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
