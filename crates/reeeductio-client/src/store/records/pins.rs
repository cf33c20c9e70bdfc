//! The users and channels that names of an app's directory stood for when they were resolved first.

use reeeductio_proto::{MemberId, StatePath};

use super::key::{Key, Kind};
use super::{Records, value};
use crate::store::{Change, Durability, StoreError};

impl Records {
    /// Keeps what a path stands for, unless it is kept already. Returns what is kept.
    pub async fn pin(&self, path: &StatePath, id: &MemberId) -> Result<MemberId, StoreError> {
        self.check_format().await?;
        let key = Key::of(Kind::Pin, &self.space).text(path.as_str());
        let change = Change::Insert {
            value: value::bytes(key.bytes(), id.to_bytes().to_vec()),
            key: key.bytes().to_vec(),
            with: Vec::new(),
        };
        let changes = vec![change, super::format_record()];
        self.store.commit(changes, Durability::Disk).await?;
        let damaged = || StoreError::Damaged("the record of a name cannot be read".to_owned());
        let kept = self.value(&key).await?.ok_or_else(damaged)?;
        let bytes = value::read_bytes(key.bytes(), &kept)?;
        let bytes: [u8; 33] = bytes.as_slice().try_into().map_err(|_| damaged())?;
        MemberId::from_bytes(&bytes).map_err(|_| damaged())
    }
}
