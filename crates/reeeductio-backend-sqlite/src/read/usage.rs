//! Usage of spaces and members.

use std::collections::HashMap;

use reeeductio_backend::{BackendError, Tally, Usage};
use reeeductio_proto::{MemberId, SpaceId};
use rusqlite::params;

use crate::database::Database;
use crate::failure::failure;
use crate::row::{check, checksum_of_usage, member};
use crate::statements::Sql;

/// A row of the table.
#[derive(Clone, Copy, Default)]
pub(crate) struct UsageRow {
    pub(crate) usage: Usage,
    /// In the row of the space: messages are counted up to this event.
    pub(crate) counted_event: i64,
}

/// The row of a member, or of the whole space.
pub(crate) fn row(
    database: &Database,
    space: &SpaceId,
    member: Option<&MemberId>,
) -> Result<UsageRow, BackendError> {
    let failed = failure("read what is stored");
    let key = member.map(|member| member.to_bytes().to_vec());
    let found = database.first(
        Sql::USAGE,
        params![space.as_bytes(), key.unwrap_or_default()],
        |row| {
            let number = |index| row.get::<_, i64>(index).map_err(&failed);
            let tally = |first| {
                Ok::<_, BackendError>(Tally {
                    count: number(first)?.cast_unsigned(),
                    bytes: number(first + 1)?.cast_unsigned(),
                })
            };
            let usage = Usage {
                messages: tally(0)?,
                entries: tally(2)?,
                blobs: tally(4)?,
            };
            let counted_event = number(6)?;
            let key = || member.map_or(space.to_string(), |member| format!("{space} {member}"));
            let computed = checksum_of_usage(space, member, &usage, counted_event);
            check("usage", key, number(7)?, computed)?;
            Ok::<_, BackendError>(UsageRow {
                usage,
                counted_event,
            })
        },
    )?;
    Ok(found.unwrap_or_default())
}

/// Messages after the event `after`, by their senders, and the newest event.
pub(crate) fn uncounted(
    database: &Database,
    space: &SpaceId,
    after: i64,
) -> Result<(HashMap<MemberId, Tally>, i64), BackendError> {
    let failed = failure("count messages");
    let mut found: HashMap<MemberId, Tally> = HashMap::new();
    let mut newest = after;
    database.each(Sql::UNCOUNTED, params![space.as_bytes(), after], |row| {
        let sender = row.get_ref(0).and_then(|value| Ok(value.as_blob()?));
        let sender = member(sender.map_err(&failed)?)?;
        let bytes: i64 = row.get(1).map_err(&failed)?;
        newest = row.get(2).map_err(&failed)?;
        let tally = found.entry(sender).or_default();
        *tally = tally.plus(Tally::one(bytes.cast_unsigned()));
        Ok::<_, BackendError>(true)
    })?;
    Ok((found, newest))
}

/// Reads the usage of a member, or of the whole space.
pub(crate) fn usage(
    database: &Database,
    space: &SpaceId,
    member: Option<&MemberId>,
) -> Result<Usage, BackendError> {
    let counted = row(database, space, None)?;
    let mut usage = match member {
        Some(_) => row(database, space, member)?.usage,
        None => counted.usage,
    };
    let (uncounted, _) = uncounted(database, space, counted.counted_event)?;
    for (sender, tally) in uncounted {
        if member.is_none_or(|member| *member == sender) {
            usage.messages = usage.messages.plus(tally);
        }
    }
    Ok(usage)
}
