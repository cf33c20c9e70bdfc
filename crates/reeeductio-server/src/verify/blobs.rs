//! Blobs: every recorded one has its bytes, and the bytes have its id.

use std::collections::HashSet;

use reeeductio_backend::{BlobRecord, Blobs, ObjectName};
use sha2::{Digest, Sha256};

use super::{Finding, Report};
use crate::wiring::Inspector;

/// Bytes read at a time.
const PIECE: u64 = 1 << 20;

pub(super) async fn check(
    inspector: &Inspector,
    objects: &impl Blobs,
    stored: &[ObjectName],
    report: &mut Report,
) {
    let records = match inspector.blobs() {
        Ok(records) => records,
        Err(error) => return report.damaged("row.corrupt", format!("blobs: {error}")),
    };
    for recorded in &records {
        let (id, record) = (recorded.blob, &recorded.record);
        match hash(objects, record).await {
            Ok(hash) if hash == *id.hash() => report.blobs += 1,
            Ok(_) => report.damaged("blob.corrupt", format!("{id}: the bytes are others")),
            Err(what) => report.damaged("blob.corrupt", format!("{id}: {what}")),
        }
    }
    let known: HashSet<&ObjectName> = records
        .iter()
        .map(|recorded| &recorded.record.object)
        .collect();
    for object in stored.iter().filter(|object| !known.contains(object)) {
        report.leftovers.push(Finding {
            code: "object.unreferenced",
            what: object.to_string(),
        });
    }
}

/// SHA-256 of the stored bytes, or what keeps them from being read.
async fn hash(objects: &impl Blobs, record: &BlobRecord) -> Result<[u8; 32], String> {
    match objects.size(&record.object).await {
        Ok(Some(size)) if size == record.size => {}
        Ok(Some(size)) => return Err(format!("{size} bytes are stored, not {}", record.size)),
        Ok(None) => return Err("the bytes are missing".to_owned()),
        Err(error) => return Err(error.to_string()),
    }
    let mut hasher = Sha256::new();
    let mut at = 0;
    while at < record.size {
        let end = (at + PIECE).min(record.size);
        match objects.read(&record.object, at..end).await {
            Ok(Some(bytes)) => hasher.update(&bytes),
            Ok(None) => return Err("the bytes are missing".to_owned()),
            Err(error) => return Err(error.to_string()),
        }
        at = end;
    }
    Ok(hasher.finalize().into())
}
