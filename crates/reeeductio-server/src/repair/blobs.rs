//! Blobs whose bytes are damaged or missing.

use reeeductio_backend::{BackendError, BlobRecord, Blobs, Inspect, RecordedBlob};
use sha2::{Digest as _, Sha256};

use super::{Mended, RepairReport};
use crate::verify::hash;

/// Records read at a time.
const PAGE: usize = 1000;
/// Bytes copied at a time.
const PIECE: u64 = 1 << 20;

/// Backup that blobs are put back from.
pub(super) struct Backup<B> {
    pub(super) records: Box<dyn Inspect>,
    pub(super) objects: B,
}

/// Puts back every recorded blob whose bytes do not have its id.
pub(super) async fn repair<B: Blobs>(
    records: &dyn Inspect,
    objects: &B,
    backup: &Backup<B>,
    report: &mut RepairReport,
) -> Result<(), BackendError> {
    let mut after = String::new();
    loop {
        let page = records.blobs(&after, PAGE)?;
        for stored in &page.blobs {
            if matches!(hash(objects, &stored.record).await, Ok(hash) if hash == *stored.blob.hash())
            {
                continue;
            }
            let found = intact(backup, stored).await?;
            let put_back = match &found {
                Some(_) if report.dry_run => true,
                Some(copy) => put_back(stored, copy, objects, &backup.objects).await?,
                None => false,
            };
            report.blobs.push(Mended {
                what: format!("blob {}", stored.blob),
                spaces: vec![stored.space],
                by: if put_back { "put_back" } else { "lost" },
            });
        }
        match page.next {
            Some(next) => after = next,
            None => return Ok(()),
        }
    }
}

/// The blob's record in the backup, if its bytes there are those of its id.
async fn intact<B: Blobs>(
    backup: &Backup<B>,
    stored: &RecordedBlob,
) -> Result<Option<BlobRecord>, BackendError> {
    let Some(copy) = backup.records.blob(&stored.space, &stored.blob)? else {
        return Ok(None);
    };
    let hash = hash(&backup.objects, &copy.record).await;
    let same = matches!(hash, Ok(hash) if hash == *stored.blob.hash());
    Ok(same.then_some(copy.record))
}

/// Copies the bytes under the name the record knows, in the place of the damaged ones in one step. Says whether
/// what was read this time, too, has the blob's id.
async fn put_back<B: Blobs>(
    stored: &RecordedBlob,
    copy: &BlobRecord,
    objects: &B,
    from: &B,
) -> Result<bool, BackendError> {
    let mut writer = objects.begin(&stored.record.object).await?;
    let mut hasher = Sha256::new();
    let mut at = 0;
    while at < copy.size {
        let end = (at + PIECE).min(copy.size);
        let Some(bytes) = from.read(&copy.object, at..end).await? else {
            writer.abort().await?;
            return Ok(false);
        };
        hasher.update(&bytes);
        writer.write(bytes).await?;
        at = end;
    }
    if <[u8; 32]>::from(hasher.finalize()) != *stored.blob.hash() {
        writer.abort().await?;
        return Ok(false);
    }
    writer.finish().await?;
    Ok(true)
}
