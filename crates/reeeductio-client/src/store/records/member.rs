//! The member whose records of a space these are.

use reeeductio_proto::MemberId;

use super::key::{Key, Kind};
use super::{Records, value};
use crate::store::{Change, Durability, StoreError};

impl Records {
    /// Keeps the member whose records these are unless there is one, and returns the one that is kept: of two processes that do this at
    /// once, both get the same.
    pub async fn add_member(&self, member: &MemberId) -> Result<MemberId, StoreError> {
        let key = Key::of(Kind::Member, &self.space);
        loop {
            if let Some(kept) = self.value(&key).await? {
                let bytes = value::read_bytes(key.bytes(), &kept)?;
                let bytes: Option<&[u8; 33]> = bytes.as_slice().try_into().ok();
                let member = bytes.and_then(|bytes| MemberId::from_bytes(bytes).ok());
                return member.ok_or_else(|| value::damaged(key.bytes(), "names no member"));
            }
            let insert = Change::Insert {
                value: value::bytes(key.bytes(), member.to_bytes().to_vec()),
                key: key.clone().into_bytes(),
                with: Vec::new(),
            };
            let changes = vec![insert, super::format_record()];
            self.store.commit(changes, Durability::Process).await?;
        }
    }
}
