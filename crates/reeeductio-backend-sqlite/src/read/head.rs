//! Heads of topics.

use reeeductio_backend::{BackendError, Head};
use reeeductio_proto::{SpaceId, TopicId};
use rusqlite::params;

use crate::database::Database;
use crate::failure::failure;
use crate::row::{check, malformed, message_id, seal_head};
use crate::statements::Sql;

pub(crate) fn head(
    database: &Database,
    space: &SpaceId,
    topic: &str,
) -> Result<Option<Head>, BackendError> {
    let failed = failure("read a head");
    database.first(Sql::HEAD, params![space.as_bytes(), topic], |row| {
        let hash = row.get_ref(0).and_then(|value| Ok(value.as_blob()?));
        let head = Head {
            hash: message_id(hash.map_err(&failed)?)?,
            timestamp: row.get(1).map_err(&failed)?,
        };
        let stored = row.get(2).map_err(&failed)?;
        check(
            "heads",
            || format!("{space} {topic}"),
            stored,
            seal_head(space, topic, &head),
        )?;
        Ok(head)
    })
}

pub(crate) fn topics(database: &Database, space: &SpaceId) -> Result<Vec<TopicId>, BackendError> {
    let failed = failure("list topics");
    database.all(Sql::TOPICS, params![space.as_bytes()], |row| {
        let topic: String = row.get(0).map_err(&failed)?;
        TopicId::parse(&topic).map_err(|_| malformed("a topic id"))
    })
}
