//! Removing a space for good.

use reeeductio_backend::{BackendError, Purge, PurgeOutcome, Purged};
use reeeductio_proto::SpaceId;
use rusqlite::params;

use super::Batch;
use crate::read;
use crate::statements::Sql;

impl Batch<'_> {
    /// Removes up to `limit` rows, unless the space is registered.
    pub(crate) fn purge(&mut self, purge: &Purge) -> Result<PurgeOutcome, BackendError> {
        let Purge {
            space,
            admin,
            limit,
        } = purge;
        if let Some(admin) = admin
            && self.registration(admin, space)?.is_some()
        {
            return Ok(PurgeOutcome::Registered);
        }
        self.remove_rows(space, (*limit).max(1))
            .map(PurgeOutcome::Purged)
    }

    /// Removes blobs first, so that their objects are told, then the rest.
    fn remove_rows(&mut self, space: &SpaceId, limit: usize) -> Result<Purged, BackendError> {
        let more = |removed: usize, orphans| Purged {
            removed: removed as u64,
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
            return Ok(more(blobs.len(), orphans));
        }
        let paths = read::data::data_paths(self.database, space, "", limit)?;
        if !paths.is_empty() {
            for path in &paths {
                self.execute(Sql::DELETE_DATA, params![space.as_bytes(), path])?;
            }
            return Ok(more(paths.len(), Vec::new()));
        }
        self.cache.forget(space);
        let events = read::spaces::first_events(self.database, space, limit)?;
        if !events.is_empty() {
            for event in &events {
                self.execute(Sql::DELETE_MESSAGE, params![space.as_bytes(), event])?;
            }
            return Ok(more(events.len(), Vec::new()));
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
            removed: 0,
            orphans: Vec::new(),
            has_more: false,
        })
    }
}
