//! Blob records in memory.

use async_trait::async_trait;
use reeeductio_proto::{BlobId, MemberId, SpaceId};

use super::space::Space;
use super::{All, MemoryRecords};
use crate::{
    AddBlob, AddBlobOutcome, BackendError, BlobRecord, BlobRecords, BlobReference, ObjectName,
    RecordedBlob, RemoveBlob, RemoveBlobOutcome, Tally,
};

impl Space {
    fn blob_bytes(&self, blob: BlobId) -> Tally {
        self.blobs
            .get(&blob)
            .map_or(Tally::default(), |record| Tally::one(record.size))
    }

    /// Removes references and, with the last one, the record.
    fn unreference(
        &mut self,
        blob: BlobId,
        uploaded_by: Option<MemberId>,
    ) -> (u64, Option<ObjectName>) {
        let tally = self.blob_bytes(blob);
        let going: Vec<MemberId> = self
            .references
            .keys()
            .filter(|(id, member)| *id == blob && uploaded_by.is_none_or(|by| by == *member))
            .map(|(_, member)| *member)
            .collect();
        for member in &going {
            self.references.remove(&(blob, *member));
            self.subtract(Some(*member), |usage| &mut usage.blobs, tally);
        }
        let left = self.references.keys().any(|(id, _)| *id == blob);
        let orphan = if left { None } else { self.blobs.remove(&blob) };
        if orphan.is_some() {
            self.subtract(None, |usage| &mut usage.blobs, tally);
        }
        (going.len() as u64, orphan.map(|record| record.object))
    }
}

impl All {
    /// The object, unless another record names it.
    pub(super) fn unnamed(&self, object: Option<ObjectName>) -> Option<ObjectName> {
        let object = object?;
        let mut records = self.spaces.values().flat_map(|space| space.blobs.values());
        let named = records.any(|record| record.object == object);
        (!named).then_some(object)
    }
}

#[async_trait]
impl BlobRecords for MemoryRecords {
    async fn blob(&self, space: SpaceId, blob: BlobId) -> Result<Option<BlobRecord>, BackendError> {
        let found = self.read(space, |space| space.blobs.get(&blob).cloned());
        Ok(found.flatten())
    }

    async fn blob_references(
        &self,
        space: SpaceId,
        blob: BlobId,
    ) -> Result<Vec<BlobReference>, BackendError> {
        let found = self.read(space, |space| {
            let references = space.references.iter();
            references
                .filter(|((id, _), _)| *id == blob)
                .map(|((_, member), at)| BlobReference {
                    uploaded_by: *member,
                    uploaded_at: *at,
                })
                .collect()
        });
        Ok(found.unwrap_or_default())
    }

    async fn blob_spaces(&self, blob: BlobId) -> Result<Vec<SpaceId>, BackendError> {
        let all = self.all.lock();
        let holding = all
            .spaces
            .iter()
            .filter(|(_, space)| space.blobs.contains_key(&blob));
        Ok(holding.map(|(id, _)| *id).collect())
    }

    async fn add_blob(&self, add: AddBlob) -> Result<AddBlobOutcome, BackendError> {
        self.writable()?;
        let mut all = self.all.lock();
        if let Some(moved) = all.judgement_moved(add.space, add.judged) {
            return Ok(AddBlobOutcome::JudgementMoved(moved));
        }
        let space = all.spaces.entry(add.space).or_default();
        let member = add.reference.uploaded_by;
        let (none, tally) = (Tally::default(), Tally::one(add.record.size));
        let known = space.blobs.contains_key(&add.blob);
        let referenced = space.references.contains_key(&(add.blob, member));
        if known && referenced {
            return Ok(AddBlobOutcome::StoredBefore);
        }
        if !space.tool_may(add.tool_use, 1) {
            return Ok(AddBlobOutcome::ToolUsedUp);
        }
        let of_space = if known { none } else { tally };
        let of_member = if referenced { none } else { tally };
        let allowed = space.check_quotas(
            &add.quotas,
            |usage| &mut usage.blobs,
            (of_space, none),
            (member, of_member, none),
        );
        if let Err(over) = allowed {
            return Ok(AddBlobOutcome::OverQuota(over));
        }
        space.count(add.tool_use, 1);
        space.add(None, |usage| &mut usage.blobs, of_space);
        space.add(Some(member), |usage| &mut usage.blobs, of_member);
        space
            .references
            .entry((add.blob, member))
            .or_insert(add.reference.uploaded_at);
        if known {
            return Ok(AddBlobOutcome::StoredBefore);
        }
        space.blobs.insert(add.blob, add.record);
        self.answered(AddBlobOutcome::Stored)
    }

    async fn remove_blob(&self, remove: RemoveBlob) -> Result<RemoveBlobOutcome, BackendError> {
        self.writable()?;
        let mut all = self.all.lock();
        if let Some(moved) = all.judgement_moved(remove.space, remove.judged) {
            return Ok(RemoveBlobOutcome::JudgementMoved(moved));
        }
        if let Some(moved) = all.operator_moved(remove.operator) {
            return Ok(RemoveBlobOutcome::JudgementMoved(moved));
        }
        let space = all.spaces.entry(remove.space).or_default();
        let (references, object) = space.unreference(remove.blob, remove.uploaded_by);
        Ok(RemoveBlobOutcome::Removed {
            references,
            orphan: all.unnamed(object),
        })
    }

    async fn objects(
        &self,
        after: Option<&ObjectName>,
        limit: usize,
    ) -> Result<Vec<RecordedBlob>, BackendError> {
        let all = self.all.lock();
        let mut found: Vec<RecordedBlob> = Vec::new();
        for (space, of) in &all.spaces {
            let later = of
                .blobs
                .iter()
                .filter(|(_, record)| after.is_none_or(|after| record.object > *after));
            found.extend(later.map(|(blob, record)| RecordedBlob {
                space: *space,
                blob: *blob,
                record: record.clone(),
            }));
        }
        found.sort_by(|a, b| (&a.record.object, a.space).cmp(&(&b.record.object, b.space)));
        found.truncate(limit);
        Ok(found)
    }
}
