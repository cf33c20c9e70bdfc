//! Blobs: bytes whose hash is their id, and who refers to them from which space.

pub(crate) mod database;
pub(crate) mod folder;
mod store;

use std::io::Read;

use reeeductio_backend::{AddBlob, BlobRecord, BlobReference, Quotas};
use reeeductio_proto::{BlobId, MemberId, SpaceId};
use serde::Deserialize;

use crate::error::ImportError;
use crate::members::Members;
use crate::report::Report;
use crate::run::Target;

/// Blobs between two words about progress.
const STRIDE: u64 = 1000;

/// A reference as the published server kept it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RawReference {
    space_id: String,
    uploaded_by: String,
    uploaded_at: i64,
}

/// Where blobs are put.
pub(crate) struct BlobImport<'a> {
    pub(crate) target: &'a Target,
    pub(crate) members: &'a Members,
    pub(crate) report: &'a mut Report,
    pub(crate) progress: &'a mut dyn FnMut(&str),
}

impl BlobImport<'_> {
    /// Takes over one blob: its references that are somebody's, and its bytes if they are not there yet.
    /// `bytes` is asked for only then, once for each space; `None` when there are none.
    pub(crate) async fn put<'b>(
        &mut self,
        id: BlobId,
        references: Vec<RawReference>,
        bytes: impl Fn() -> Result<Option<Box<dyn Read + 'b>>, ImportError>,
    ) -> Result<(), ImportError> {
        if references.is_empty() {
            self.report.left_out(
                "blob.unreferenced",
                format!("{id}: no space refers to it, so nobody could read it"),
            );
            return Ok(());
        }
        let wanted = self.check(id, references).await?;
        if wanted.is_empty() {
            return Ok(());
        }
        for (space, reference) in wanted {
            // Each space has an object of its own.
            let there = self.target.records.blob(space, id).await?;
            let record = match there {
                Some(record) => Some(record),
                None => self.take(space, id, bytes()?).await?,
            };
            let Some(record) = record else {
                return Ok(());
            };
            let add = AddBlob {
                space,
                blob: id,
                record,
                reference,
                judged: None,
                tool_use: None,
                quotas: Quotas::default(),
            };
            self.target.records.add_blob(add).await?;
            self.report.blobs.imported += 1;
        }
        Ok(())
    }

    /// Copies the bytes, `None` with a finding if they are not what they should be.
    async fn take(
        &mut self,
        space: SpaceId,
        id: BlobId,
        bytes: Option<Box<dyn Read + '_>>,
    ) -> Result<Option<BlobRecord>, ImportError> {
        let Some(mut bytes) = bytes else {
            let what = format!("{id}: its bytes are missing");
            self.report.left_out("blob.missing", what);
            return Ok(None);
        };
        let blobs = self.target.blobs.as_ref();
        match store::store(blobs, space, id, bytes.as_mut()).await? {
            Ok(record) => Ok(Some(record)),
            Err(actual) => {
                let what = format!("{id}: the bytes are those of {actual}");
                self.report.left_out("blob.hash", what);
                Ok(None)
            }
        }
    }

    /// The references that are a member's and that the target does not have.
    async fn check(
        &mut self,
        id: BlobId,
        references: Vec<RawReference>,
    ) -> Result<Vec<(SpaceId, BlobReference)>, ImportError> {
        let mut wanted = Vec::new();
        for raw in references {
            self.report.blobs.found += 1;
            if self.report.blobs.found.is_multiple_of(STRIDE) {
                (self.progress)(&format!("blobs: {} references", self.report.blobs.found));
            }
            let shown = format!("{id} {:?} {:?}", raw.space_id, raw.uploaded_by);
            let (Ok(space), Ok(uploaded_by)) = (
                SpaceId::parse(&raw.space_id),
                MemberId::parse(&raw.uploaded_by),
            ) else {
                self.report.left_out("reference.malformed", shown);
                continue;
            };
            if !self.members.knew(&space, &uploaded_by)? {
                self.report.left_out(
                    "reference.stranger",
                    format!("{id}: {uploaded_by} was never a member of {space}"),
                );
                continue;
            }
            let there = self.target.records.blob_references(space, id).await?;
            if there.iter().any(|there| there.uploaded_by == uploaded_by) {
                self.report.blobs.present += 1;
                continue;
            }
            let reference = BlobReference {
                uploaded_by,
                uploaded_at: raw.uploaded_at,
            };
            wanted.push((space, reference));
        }
        Ok(wanted)
    }
}
