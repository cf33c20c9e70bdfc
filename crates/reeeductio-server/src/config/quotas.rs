//! The quotas as the engine takes them.

use reeeductio_backend::{Quota, Quotas};
use reeeductio_engine::StorageQuotas;

use super::QuotasConfig;

impl QuotasConfig {
    /// Returns the quotas of spaces and members.
    pub(crate) fn storage(&self) -> StorageQuotas {
        let quotas = |space: (u64, u64), member: (u64, u64)| Quotas {
            space: quota(space),
            member: quota(member),
        };
        StorageQuotas {
            messages: quotas(
                (self.space_messages, self.space_message_bytes),
                (self.member_messages, self.member_message_bytes),
            ),
            entries: quotas(
                (self.space_entries, self.space_entry_bytes),
                (self.member_entries, self.member_entry_bytes),
            ),
            blobs: quotas(
                (self.space_blobs, self.space_blob_bytes),
                (self.member_blobs, self.member_blob_bytes),
            ),
        }
    }
}

/// 0 sets no limit.
fn quota((count, bytes): (u64, u64)) -> Quota {
    Quota {
        count: (count > 0).then_some(count),
        bytes: (bytes > 0).then_some(bytes),
    }
}
