//! Removing a space for good.

use reeeductio_backend::{BackendError, Purged};
use reeeductio_proto::SpaceId;
use rusqlite::params;

use super::Batch;
use crate::read;
use crate::statements::Sql;

impl Batch<'_> {
    /// Removes up to `limit` rows: blobs first, so that their objects are told, then the rest.
    pub(crate) fn purge(&mut self, space: &SpaceId, limit: usize) -> Result<Purged, BackendError> {
        let limit = limit.max(1);
        let more = |orphans| Purged {
            orphans,
            has_more: true,
        };
        let blobs = read::blobs::blobs_of(self.database, space, limit)?;
        if !blobs.is_empty() {
            let mut orphans = Vec::new();
            for blob in &blobs {
                if let Some(record) = read::blobs::blob(self.database, space, blob)? {
                    orphans.extend(self.remove_record(space, blob, record.object)?);
                }
                self.execute(
                    Sql::DELETE_REFERENCES,
                    params![space.as_bytes(), blob.hash()],
                )?;
            }
            return Ok(more(orphans));
        }
        let paths = read::data::data_paths(self.database, space, "", limit)?;
        if !paths.is_empty() {
            for path in paths {
                self.execute(Sql::DELETE_DATA, params![space.as_bytes(), path])?;
            }
            return Ok(more(Vec::new()));
        }
        self.cache.forget(space);
        let events = read::spaces::first_events(self.database, space, limit)?;
        if !events.is_empty() {
            for event in events {
                self.execute(Sql::DELETE_MESSAGE, params![space.as_bytes(), event])?;
            }
            return Ok(more(Vec::new()));
        }
        // The heads go last: as long as there are any, the space is listed and can be purged again.
        for sql in [
            Sql::DELETE_TOOL_USES_OF_SPACE,
            Sql::DELETE_USAGE_OF_SPACE,
            Sql::DELETE_REFERENCES_OF_SPACE,
            Sql::DELETE_HEADS_OF_SPACE,
        ] {
            self.execute(sql, params![space.as_bytes()])?;
        }
        Ok(Purged {
            orphans: Vec::new(),
            has_more: false,
        })
    }
}
