//! The credentials that a local store keeps.

use std::sync::Arc;

use reeeductio_proto::SpaceId;

use crate::credentials::{Credentials, Unreadable};
use crate::error::ClientError;
use crate::store::records::all_credentials;
use crate::store::{Records, Store, StoreError};

/// The credentials that a local store keeps, by space, so that a program need not carry keys. Clones share the store.
///
/// They are not encrypted: who can read the store is the member. A store in a file is readable for the user of the
/// machine only; in a browser, every script of the page's origin can read `IndexedDB`.
#[derive(Clone, Debug)]
pub struct Keyring(Arc<dyn Store>);

impl Keyring {
    /// The credentials in `store`. Nothing is read yet.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    /// All of them, sorted by the spaces' public keys.
    pub async fn list(&self) -> Result<Vec<Credentials>, ClientError> {
        let kept = all_credentials(&self.0).await?;
        kept.iter()
            .map(|(space, bytes)| read(*space, bytes))
            .collect()
    }

    /// Those for a space; `None` if there are none.
    pub async fn get(&self, space: &SpaceId) -> Result<Option<Credentials>, ClientError> {
        let kept = self.records(space).credentials().await?;
        kept.map(|bytes| read(*space, &bytes)).transpose()
    }

    /// Keeps credentials in the place of those for the same space, if there are any; those of a newer release are an error. They
    /// survive a loss of power once this returns.
    pub async fn keep(&self, credentials: &Credentials) -> Result<(), ClientError> {
        self.get(&credentials.space).await?;
        let bytes = credentials.to_bytes()?;
        let records = self.records(&credentials.space);
        Ok(records.put_credentials(&bytes).await?)
    }

    /// Keeps credentials unless there are some for the space. Returns those that are kept.
    pub(crate) async fn keep_first(
        &self,
        credentials: &Credentials,
    ) -> Result<Credentials, ClientError> {
        let bytes = credentials.to_bytes()?;
        let records = self.records(&credentials.space);
        read(credentials.space, &records.add_credentials(&bytes).await?)
    }

    /// Deletes the credentials for a space. Without another copy of them nobody can act as the member any more. All other
    /// records of the space stay.
    pub async fn forget(&self, space: &SpaceId) -> Result<(), ClientError> {
        Ok(self.records(space).delete_credentials().await?)
    }

    fn records(&self, space: &SpaceId) -> Records {
        Records::new(Arc::clone(&self.0), *space)
    }
}

fn read(space: SpaceId, bytes: &[u8]) -> Result<Credentials, ClientError> {
    let read = Credentials::from_bytes(space, bytes);
    read.map_err(|error| {
        let what = format!("the credentials for {space}");
        match error {
            Unreadable::Damaged => StoreError::Damaged(format!("{what} cannot be read")),
            Unreadable::Newer => {
                StoreError::Unavailable(format!("{what} are of a newer release; use that"))
            }
        }
        .into()
    })
}
