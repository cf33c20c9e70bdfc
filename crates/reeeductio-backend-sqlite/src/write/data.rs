//! Data entries.

use reeeductio_backend::{
    BackendError, DataVersion, DeleteData, DeleteDataOutcome, PutData, PutDataOutcome,
};
use reeeductio_proto::{DataEntry, SpaceId};
use rusqlite::params;

use super::Batch;
use crate::read::{self, DataRow};
use crate::row::seal_data;

impl Batch<'_> {
    pub(crate) fn put_data(&mut self, put: &PutData) -> Result<PutDataOutcome, BackendError> {
        let row = read::data(self.connection(), &put.space, &put.entry.path)?;
        let stored = version(row.as_ref());
        if let Some(DataRow { entry, deleted }) = &row {
            if !deleted && *entry == put.entry {
                return Ok(PutDataOutcome::Stored);
            }
            if put.entry.signed_at <= entry.signed_at {
                return Ok(PutDataOutcome::Stale {
                    newest: entry.signed_at,
                });
            }
        }
        if stored != put.expected {
            return Ok(PutDataOutcome::Changed(stored));
        }
        self.set_data(&put.space, &put.entry, false)?;
        Ok(PutDataOutcome::Stored)
    }

    pub(crate) fn delete_data(
        &mut self,
        delete: &DeleteData,
    ) -> Result<DeleteDataOutcome, BackendError> {
        let row = read::data(self.connection(), &delete.space, &delete.path)?;
        let stored = version(row.as_ref());
        if stored != delete.expected {
            return Ok(DeleteDataOutcome::Changed(stored));
        }
        if let Some(DataRow {
            mut entry,
            deleted: false,
        }) = row
        {
            entry.data.clear();
            self.set_data(&delete.space, &entry, true)?;
        }
        Ok(DeleteDataOutcome::Deleted)
    }

    fn set_data(
        &mut self,
        space: &SpaceId,
        entry: &DataEntry,
        deleted: bool,
    ) -> Result<(), BackendError> {
        self.execute(
            "INSERT INTO data_entries (space_id, path, data, signature, signed_by, signed_at, deleted, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (space_id, path) DO UPDATE SET data = ?3, signature = ?4, signed_by = ?5, signed_at = ?6, deleted = ?7, checksum = ?8",
            params![
                space.as_bytes(),
                entry.path.as_str(),
                entry.data,
                entry.signature.to_bytes(),
                entry.signed_by.to_bytes(),
                entry.signed_at,
                deleted,
                seal_data(space, entry, deleted),
            ],
        )?;
        Ok(())
    }
}

fn version(row: Option<&DataRow>) -> Option<DataVersion> {
    row.filter(|row| !row.deleted).map(|row| DataVersion {
        signed_at: row.entry.signed_at,
        signed_by: row.entry.signed_by,
    })
}
