//! Removing a space for good.

use reeeductio_backend::{BackendError, Purged};
use reeeductio_proto::SpaceId;
use rusqlite::params;

use super::Batch;
use crate::read;

impl Batch<'_> {
    /// Removes up to `limit` rows: blobs first, so that their objects are told, then the rest.
    pub(crate) fn purge(&mut self, space: &SpaceId, limit: usize) -> Result<Purged, BackendError> {
        let limit = limit.max(1);
        let more = |orphans| Purged {
            orphans,
            has_more: true,
        };
        let blobs = read::blobs::blobs_of(self.connection(), space, limit)?;
        if !blobs.is_empty() {
            let mut orphans = Vec::new();
            for blob in &blobs {
                if let Some(record) = read::blobs::blob(self.connection(), space, blob)? {
                    orphans.extend(self.remove_record(space, blob, record.object)?);
                }
                self.execute(
                    "DELETE FROM blob_references WHERE space_id = ?1 AND blob_id = ?2",
                    params![space.as_bytes(), blob.hash()],
                )?;
            }
            return Ok(more(orphans));
        }
        let paths = read::data::data_paths(self.connection(), space, "", limit)?;
        if !paths.is_empty() {
            for path in paths {
                self.execute(
                    "DELETE FROM data_entries WHERE space_id = ?1 AND path = ?2",
                    params![space.as_bytes(), path],
                )?;
            }
            return Ok(more(Vec::new()));
        }
        self.cache.forget(space);
        let events = read::spaces::first_events(self.connection(), space, limit)?;
        if !events.is_empty() {
            for event in events {
                self.execute(
                    "DELETE FROM messages INDEXED BY messages_by_event WHERE space_id = ?1 AND event = ?2",
                    params![space.as_bytes(), event],
                )?;
            }
            return Ok(more(Vec::new()));
        }
        // The heads go last: as long as there are any, the space is listed and can be purged again.
        for table in ["tool_uses", "usage", "blob_references", "heads"] {
            self.execute(
                &format!("DELETE FROM {table} WHERE space_id = ?1"),
                params![space.as_bytes()],
            )?;
        }
        Ok(Purged {
            orphans: Vec::new(),
            has_more: false,
        })
    }
}
