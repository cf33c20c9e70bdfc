//! Whether inbox items agree with their keys.

use reeeductio_backend::{BackendError, BackendErrorKind, RecordKind, RecordName};
use reeeductio_proto::SpaceId;

use crate::database::Database;
use crate::read;
use crate::statements::Sql;

/// Items that are looked for at once.
const PAGE: usize = 1_000;

/// Items that cannot be read. Those whose rows are damaged are among them.
pub(super) fn disagreeing(database: &Database) -> Result<Vec<RecordName>, BackendError> {
    let tables = &[Sql::NEXT_SPACE_WITH_ITEMS];
    let spaces = match read::spaces::spaces(database, tables, None, usize::MAX) {
        Err(error) if error.kind() == BackendErrorKind::Corrupt => return Ok(Vec::new()),
        spaces => spaces?,
    };
    let found = spaces.iter().map(|space| of_space(database, space));
    Ok(found.collect::<Result<Vec<_>, _>>()?.concat())
}

fn of_space(database: &Database, space: &SpaceId) -> Result<Vec<RecordName>, BackendError> {
    database.at_one_moment(|database| {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let places = match read::inboxes::every(database, space, after, PAGE) {
                Err(error) if error.kind() == BackendErrorKind::Corrupt => return Ok(found),
                places => places?,
            };
            for place in &places {
                match read::inboxes::item_at(database, space, *place) {
                    Ok(_) => {}
                    Err(error) if error.kind() == BackendErrorKind::Corrupt => {
                        found.push(RecordName {
                            kind: RecordKind::InboxItem,
                            space: Some(*space),
                            key: format!("{} {}", place.recipient, place.received_at),
                        });
                    }
                    Err(error) => return Err(error),
                }
            }
            after = places.last().copied();
            if places.len() < PAGE {
                return Ok(found);
            }
        }
    })
}
