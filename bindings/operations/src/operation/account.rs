//! Credentials, and the account: spaces that one login opens.

use std::sync::Arc;

use reeeductio_client::{
    ClientError, Credentials, Identity, Key, Keyring, MemberId, MemberSecrets, Space, SpaceId,
    Store,
};

use super::operations;
use crate::answer::Answer;

operations! {
    /// Gives the credentials for this space.
    OwnCredentials {} -> Credentials,
    /// Keeps the credentials for this space in a store.
    KeepCredentials { store: Arc<dyn Store> } -> None,
    /// Gives the credentials for the spaces of the account, without this one.
    AccountSpaces {} -> Keyring,
    /// Adds credentials to the account, in the place of those for the same space.
    AddToAccount {
        base_url: String,
        space_id: SpaceId,
        member_id: MemberId,
        private_key: Box<Identity>,
        symmetric_root: Key,
        user_symmetric_key: Option<Key>,
    } -> None,
    /// Removes the credentials for a space from the account.
    RemoveFromAccount { space_id: SpaceId } -> None,
}

impl Operation {
    pub(super) async fn run(self, space: &Space) -> Result<Answer, ClientError> {
        Ok(match self {
            Self::OwnCredentials {} => space.credentials().into(),
            Self::KeepCredentials { store } => {
                let own = space.credentials();
                Keyring::new(store).keep(&own).await?.into()
            }
            Self::AccountSpaces {} => space.account()?.spaces().await?.into(),
            Self::AddToAccount {
                base_url,
                space_id,
                member_id,
                private_key,
                symmetric_root,
                user_symmetric_key,
            } => {
                let secrets = MemberSecrets {
                    identity: *private_key,
                    symmetric_root,
                    user_key: user_symmetric_key,
                };
                let credentials = Credentials::new(space_id, &base_url, member_id, secrets)?;
                space.account()?.remember(&credentials).await?.into()
            }
            Self::RemoveFromAccount { space_id } => {
                space.account()?.forget(&space_id).await?.into()
            }
        })
    }
}
