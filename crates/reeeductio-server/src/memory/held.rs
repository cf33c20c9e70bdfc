//! Bytes of the budget in use.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;

use super::{FREE, Memory};
use crate::answer::Failure;

/// Bytes of the budget that a request of a member uses; given back when dropped.
pub(crate) struct Held {
    memory: Arc<Memory>,
    permit: OwnedSemaphorePermit,
    /// As much of what the member may hold of the part that `permit` is of.
    share: OwnedSemaphorePermit,
}

impl Held {
    pub(super) fn new(
        memory: &Arc<Memory>,
        permit: OwnedSemaphorePermit,
        share: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            memory: Arc::clone(memory),
            permit,
            share,
        }
    }

    /// Holds as many bytes as the answer has, until the answer has been written or its connection ended.
    ///
    /// Never waits: fails with `server.busy` if the answer is larger than what was taken and there is no
    /// room for the rest.
    pub(crate) fn keep(mut self, answer: Bytes) -> Result<Bytes, Failure> {
        if answer.len() <= FREE {
            return Ok(answer);
        }
        if self.resize(answer.len()).is_none() {
            return Err(self.memory.busy());
        }
        Ok(counted(answer, (self.permit, self.share)))
    }

    fn resize(&mut self, bytes: usize) -> Option<()> {
        resize(&mut self.share, bytes)?;
        resize(&mut self.permit, bytes)
    }
}

fn resize(permit: &mut OwnedSemaphorePermit, bytes: usize) -> Option<()> {
    let held = permit.num_permits();
    if bytes < held {
        drop(permit.split(held - bytes));
        return Some(());
    }
    let more = u32::try_from(bytes - held).ok()?;
    let semaphore = Arc::clone(permit.semaphore());
    permit.merge(semaphore.try_acquire_many_owned(more).ok()?);
    Some(())
}

/// The same bytes, with something that lives as long as they do.
pub(super) fn counted<T: Send + 'static>(bytes: Bytes, held: T) -> Bytes {
    Bytes::from_owner(Counted { bytes, _held: held })
}

struct Counted<T> {
    bytes: Bytes,
    _held: T,
}

impl<T> AsRef<[u8]> for Counted<T> {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("bytes", &self.permit.num_permits())
            .finish_non_exhaustive()
    }
}
