//! Sweeping up bytes that nothing refers to: of uploads that a crash or a lost connection ended between the
//! object and its record, and of deletions that ended between the record and the object.

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use parking_lot::Mutex;
use reeeductio_backend::{BackendError, BackendErrorKind, ObjectName};

use crate::engine::Engine;
use crate::refusal::Refusal;

/// Milliseconds for which an object may belong to an upload that another server is about to record.
const SPARED: i64 = 24 * 60 * 60 * 1000;
/// Records looked at at once.
const PAGE: usize = 16;

/// Result of a sweep.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Sweep {
    /// Objects that a blob refers to.
    pub recorded: u64,
    /// Objects that nothing refers to and that are not removed: they are too young, or the sweep only counts.
    pub spared: u64,
    /// Objects and unfinished uploads removed.
    pub removed: u64,
    /// Bytes they took.
    pub removed_bytes: u64,
}

impl Engine {
    /// Removes objects that no blob refers to and uploads that were never finished, unless they are younger
    /// than a day. May run while the server works; may be dropped at any point.
    pub async fn sweep(&self) -> Result<Sweep, Refusal> {
        self.look(true).await
    }

    /// Counts what [`sweep`](Self::sweep) would look at and removes nothing: all that no blob refers to is spared.
    pub async fn count_leftovers(&self) -> Result<Sweep, Refusal> {
        self.look(false).await
    }

    async fn look(&self, remove: bool) -> Result<Sweep, Refusal> {
        let before = self.now().saturating_sub(SPARED);
        let mut sweep = Sweep::default();
        let mut objects = self.blobs.list();
        while let Some(object) = objects.try_next().await? {
            // In this order: an upload gives its claim up after its record is there.
            let claimed = self.claims.holds(&object.name);
            if claimed || self.is_recorded(&object.name).await? {
                sweep.recorded += u64::from(!claimed);
                sweep.spared += u64::from(claimed);
            } else if !remove || object.modified >= before {
                sweep.spared += 1;
            } else {
                self.blobs.delete(&object.name).await?;
                tracing::info!(object = %object.name, bytes = object.size, "removed an object that nothing refers to");
                sweep.removed += 1;
                sweep.removed_bytes += object.size;
            }
        }
        drop(objects);
        if !remove {
            return Ok(sweep);
        }
        let unfinished = self.blobs.discard_unfinished(before).await?;
        sweep.removed += unfinished.objects;
        sweep.removed_bytes += unfinished.bytes;
        Ok(sweep)
    }

    /// Returns whether a blob refers to this object. An object with a damaged record counts: it is evidence.
    async fn is_recorded(&self, name: &ObjectName) -> Result<bool, BackendError> {
        // Without its last character a name sorts just before itself.
        let mut text = name.as_str().to_owned();
        text.pop();
        let mut after = ObjectName::parse(&text);
        loop {
            let page = match self.records.objects(after.as_ref(), PAGE).await {
                Ok(page) => page,
                Err(error) if error.kind() == BackendErrorKind::Corrupt => return Ok(true),
                Err(error) => return Err(error),
            };
            for blob in &page {
                let object = &blob.record.object;
                if *object >= *name {
                    return Ok(object == name);
                }
            }
            match page.last() {
                Some(blob) if page.len() == PAGE => after = Some(blob.record.object.clone()),
                _ => return Ok(false),
            }
        }
    }
}

/// Objects of uploads in progress in this process.
#[derive(Debug, Default)]
pub(crate) struct Claims(Mutex<HashSet<ObjectName>>);

impl Claims {
    /// Keeps the object from being swept until the claim is dropped.
    pub(crate) fn claim(self: &Arc<Self>, name: &ObjectName) -> Claim {
        self.0.lock().insert(name.clone());
        Claim {
            claims: Arc::clone(self),
            name: name.clone(),
        }
    }

    fn holds(&self, name: &ObjectName) -> bool {
        self.0.lock().contains(name)
    }
}

/// Keeps an object from being swept.
#[derive(Debug)]
pub(crate) struct Claim {
    claims: Arc<Claims>,
    name: ObjectName,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.claims.0.lock().remove(&self.name);
    }
}
