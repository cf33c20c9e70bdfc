//! Payloads and revisions.

use reeeductio_backend::{BackendError, Revised};
use reeeductio_proto::{MemberId, MessageId, SpaceId, TopicId};
use rusqlite::params;
use rusqlite::types::ValueRef;

use super::{Unread, limit_of};
use crate::database::Database;
use crate::failure::failure;
use crate::payload_seal::{self, KEY};
use crate::row::{
    KeyPlace, PayloadPlace, PayloadRow, check, checksum_of_payload, checksum_of_revision,
    malformed, member, message_id, space_id,
};
use crate::statements::Sql;

/// The payload of a message if it takes at most `longest` bytes, `None` if it has none or has it no more.
pub(crate) fn payload(
    database: &Database,
    space: &SpaceId,
    place: PayloadPlace,
    longest: i64,
) -> Result<Option<Vec<u8>>, Unread> {
    let failed = failure("read a payload");
    let PayloadPlace {
        is_state,
        timestamp,
        event,
    } = place;
    database.first(
        Sql::PAYLOAD,
        params![space.as_bytes(), is_state, timestamp, event, longest],
        |row| {
            if matches!(row.get_ref(0).map_err(&failed)?, ValueRef::Null) {
                return Err(Unread::TooLong);
            }
            let number = |index| row.get::<_, i64>(index).map_err(&failed);
            let sealed = row.get_ref(0).and_then(|value| Ok(value.as_blob()?));
            let sealed = sealed.map_err(&failed)?;
            let stored = PayloadRow {
                place,
                sealed,
                key: KeyPlace {
                    block: number(1)?,
                    slot: number(2)?,
                },
                expires: row.get(4).map_err(&failed)?,
            };
            let computed = checksum_of_payload(space, &stored);
            check(
                "payloads",
                || format!("{space} {event}"),
                number(3)?,
                computed,
            )?;
            let key = row
                .get_ref(5)
                .and_then(|value| Ok(value.as_blob_or_null()?));
            let key: Option<&[u8; KEY]> = key.map_err(&failed)?.and_then(|key| key.try_into().ok());
            let opened = key.and_then(|key| payload_seal::open(key, sealed));
            opened.ok_or_else(|| malformed("a payload that opens with its key").into())
        },
    )
}

/// Bytes of a payload, and where its key lies.
pub(crate) fn key_of(
    database: &Database,
    space: &SpaceId,
    place: PayloadPlace,
) -> Result<Option<(u64, KeyPlace)>, BackendError> {
    let failed = failure("read where a payload's key is");
    let PayloadPlace {
        is_state,
        timestamp,
        event,
    } = place;
    database.first(
        Sql::PAYLOAD_KEY,
        params![space.as_bytes(), is_state, timestamp, event],
        |row| {
            let number = |index| row.get::<_, i64>(index).map_err(&failed);
            let key = KeyPlace {
                block: number(1)?,
                slot: number(2)?,
            };
            Ok((number(0)?.cast_unsigned(), key))
        },
    )
}

/// Payloads that expired at a time or before, the oldest first.
pub(crate) fn expired(
    database: &Database,
    now: i64,
    limit: usize,
) -> Result<Vec<(SpaceId, PayloadPlace)>, BackendError> {
    let failed = failure("list expired payloads");
    database.all(
        Sql::EXPIRED_PAYLOADS,
        params![now, limit_of(limit)],
        |row| {
            let space = row.get_ref(0).and_then(|value| Ok(value.as_blob()?));
            let place = PayloadPlace {
                is_state: row.get(1).map_err(&failed)?,
                timestamp: row.get(2).map_err(&failed)?,
                event: row.get(3).map_err(&failed)?,
            };
            Ok((space_id(space.map_err(&failed)?)?, place))
        },
    )
}

/// Payloads of messages of before a time, but for those of the topic `state`, the oldest first.
pub(crate) fn older(
    database: &Database,
    space: &SpaceId,
    before: i64,
    limit: usize,
) -> Result<Vec<PayloadPlace>, BackendError> {
    let failed = failure("list old payloads");
    database.all(
        Sql::OLD_PAYLOADS,
        params![space.as_bytes(), before, limit_of(limit)],
        |row| {
            Ok(PayloadPlace {
                is_state: false,
                timestamp: row.get(0).map_err(&failed)?,
                event: row.get(1).map_err(&failed)?,
            })
        },
    )
}

/// The place of a message.
pub(crate) fn place_of_event(
    database: &Database,
    space: &SpaceId,
    event: i64,
) -> Result<Option<PayloadPlace>, BackendError> {
    let failed = failure("look for a message");
    database.first(
        Sql::PLACE_OF_EVENT,
        params![space.as_bytes(), event],
        |row| {
            Ok(PayloadPlace {
                is_state: row.get(0).map_err(&failed)?,
                timestamp: row.get(1).map_err(&failed)?,
                event,
            })
        },
    )
}

/// The sender of a message.
pub(crate) fn sender(
    database: &Database,
    space: &SpaceId,
    event: i64,
) -> Result<Option<MemberId>, BackendError> {
    let failed = failure("read the sender of a message");
    database.first(Sql::SENDER, params![space.as_bytes(), event], |row| {
        let sender = row.get_ref(0).and_then(|value| Ok(value.as_blob()?));
        member(sender.map_err(&failed)?)
    })
}

/// The place of a message, and its sender.
pub(crate) fn place(
    database: &Database,
    space: &SpaceId,
    topic: &TopicId,
    message: &MessageId,
) -> Result<Option<(PayloadPlace, MemberId)>, BackendError> {
    let failed = failure("look for a message");
    database.first(
        Sql::PLACE,
        params![space.as_bytes(), topic.as_str(), message.hash()],
        |row| {
            let sender = row.get_ref(2).and_then(|value| Ok(value.as_blob()?));
            let place = PayloadPlace {
                is_state: topic.is_state(),
                timestamp: row.get(0).map_err(&failed)?,
                event: row.get(1).map_err(&failed)?,
            };
            Ok((place, member(sender.map_err(&failed)?)?))
        },
    )
}

/// The newest revision of a message.
pub(crate) fn revised(
    database: &Database,
    space: &SpaceId,
    topic: &TopicId,
    target: &MessageId,
) -> Result<Option<Revised>, BackendError> {
    let failed = failure("read a revision");
    database.first(
        Sql::NEWEST_REVISION,
        params![space.as_bytes(), topic.as_str(), target.hash()],
        |row| {
            let by = row.get_ref(0).and_then(|value| Ok(value.as_blob()?));
            let revised = Revised {
                by: message_id(by.map_err(&failed)?)?,
                number: row.get(1).map_err(&failed)?,
                deletes: row.get(2).map_err(&failed)?,
            };
            let computed = checksum_of_revision(space, topic, target, &revised);
            let stored = row.get(3).map_err(&failed)?;
            check(
                "revisions",
                || format!("{space} {topic} {target}"),
                stored,
                computed,
            )?;
            Ok(revised)
        },
    )
}

/// Returns whether a message changes another one.
pub(crate) fn is_revision(
    database: &Database,
    space: &SpaceId,
    topic: &TopicId,
    message: &MessageId,
) -> Result<bool, BackendError> {
    let found = database.first(
        Sql::IS_REVISION,
        params![space.as_bytes(), topic.as_str(), message.hash()],
        |_| Ok::<_, BackendError>(()),
    )?;
    Ok(found.is_some())
}
