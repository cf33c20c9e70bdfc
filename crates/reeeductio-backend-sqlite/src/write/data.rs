//! Data entries.

use reeeductio_backend::{
    BackendError, DataVersion, DeleteData, DeleteDataOutcome, PutData, PutDataOutcome,
};
use reeeductio_proto::{DataEntry, SpaceId};
use rusqlite::params;

use super::Batch;
use crate::read::{self, DataRow, WHOLE};
use crate::row::seal_data;
use crate::statements::Sql;

impl Batch<'_> {
    pub(crate) fn put_data(&mut self, put: &PutData) -> Result<PutDataOutcome, BackendError> {
        let row = read::data(self.database, &put.space, &put.entry.path, WHOLE)?;
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
        let row = read::data(self.database, &delete.space, &delete.path, WHOLE)?;
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
            Sql::SET_DATA,
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
