//! Blobs: every recorded one has its bytes, and the bytes have its id.

use futures_util::TryStreamExt as _;
use reeeductio_backend::{BackendError, BlobRecord, Blobs, Inspect};
use sha2::{Digest, Sha256};

use super::{Finding, Report};

/// Bytes read at a time.
const PIECE: u64 = 1 << 20;
/// Records read at a time.
const PAGE: usize = 1000;

/// Why the bytes of a blob are not what its record says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Unreadable {
    /// They are others, or fewer, or cannot be read.
    Corrupt(String),
    /// There are none.
    Missing,
}

/// Compares the bytes of every recorded blob with its id.
pub(super) async fn check(
    records: &dyn Inspect,
    objects: &impl Blobs,
    report: &mut Report,
) -> Result<(), BackendError> {
    let mut after = String::new();
    loop {
        let page = records.blobs(&after, PAGE)?;
        for stored in &page.blobs {
            let id = stored.blob;
            let (code, what) = match hash(objects, &stored.record).await {
                Ok(hash) if hash == *id.hash() => {
                    report.blobs += 1;
                    continue;
                }
                Ok(_) => ("blob.corrupt", "the bytes are others".to_owned()),
                Err(Unreadable::Corrupt(what)) => ("blob.corrupt", what),
                Err(Unreadable::Missing) => ("blob.missing", "the bytes are missing".to_owned()),
            };
            // A server that is running may have deleted it meanwhile.
            if records.blob(&stored.space, &id)?.as_ref() != Some(stored) {
                continue;
            }
            report.damage.push(
                Finding::new(code, format!("{id}: {what}"))
                    .in_spaces(&[stored.space])
                    .in_file(objects.location(&stored.record.object)),
            );
        }
        match page.next {
            Some(next) => after = next,
            None => return Ok(()),
        }
    }
}

/// Names objects that no record speaks of.
pub(super) async fn leftovers(
    records: &dyn Inspect,
    objects: &impl Blobs,
    report: &mut Report,
) -> Result<(), BackendError> {
    let mut listed = objects.list();
    while let Some(object) = listed.try_next().await? {
        if !records.refers_to(&object.name)? {
            let what = format!("{}: {} bytes", object.name, object.size);
            let file = objects.location(&object.name);
            report
                .leftovers
                .push(Finding::new("object.unreferenced", what).in_file(file));
        }
    }
    Ok(())
}

/// SHA-256 of the stored bytes, or what keeps them from being read.
pub(crate) async fn hash(
    objects: &impl Blobs,
    record: &BlobRecord,
) -> Result<[u8; 32], Unreadable> {
    let unreadable = |error: BackendError| Unreadable::Corrupt(error.to_string());
    match objects.size(&record.object).await.map_err(unreadable)? {
        Some(size) if size == record.size => {}
        Some(size) => {
            let what = format!("{size} bytes are stored, not {}", record.size);
            return Err(Unreadable::Corrupt(what));
        }
        None => return Err(Unreadable::Missing),
    }
    let mut hasher = Sha256::new();
    let mut at = 0;
    while at < record.size {
        let end = (at + PIECE).min(record.size);
        let piece = objects.read(&record.object, at..end).await;
        match piece.map_err(unreadable)? {
            Some(bytes) => hasher.update(&bytes),
            None => return Err(Unreadable::Missing),
        }
        at = end;
    }
    Ok(hasher.finalize().into())
}
