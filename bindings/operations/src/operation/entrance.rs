//! Ways into a space, for somebody who has no handle on it yet.

use std::sync::Arc;

use reeeductio_client::{
    ClientError, Identity, Invitation, InviteLink, Key, Keyring, PasswordLogin, Space, SpaceId,
    Store, Transport,
};
use zeroize::Zeroizing;

use super::operations;
use crate::answer::Answer;

operations! {
    /// Gets a member's secrets by a password.
    LogIn { base_url: String, space_id: SpaceId, username: String, password: Zeroizing<String> } -> Login,
    /// Lets the holder of a private key into a space.
    AcceptInvitation {
        base_url: String,
        space_id: SpaceId,
        invitation: Box<Identity>,
        symmetric_root: Key,
        private_key: Box<Identity>,
    } -> None,
    /// Makes a space of one's own, whose credentials the store keeps.
    Create { store: Arc<dyn Store>, base_url: String } -> Credentials,
    /// Joins the space of a link as a new member, whose credentials the store keeps.
    Join { link: Box<InviteLink>, store: Arc<dyn Store>, base_url: Option<String> } -> Credentials,
    /// Gives the credentials that a store keeps for a space; a join that was cut short is completed. Another address is kept.
    Reopen { store: Arc<dyn Store>, space_id: SpaceId, base_url: Option<String> } -> Credentials,
    /// Gives the credentials that a store keeps.
    Keyring { store: Arc<dyn Store> } -> Keyring,
    /// Removes the credentials for a space from a store.
    ForgetCredentials { store: Arc<dyn Store>, space_id: SpaceId } -> None,
}

impl Operation {
    pub(super) async fn run(self, transport: Arc<dyn Transport>) -> Result<Answer, ClientError> {
        Ok(match self {
            Self::LogIn {
                base_url,
                space_id,
                username,
                password,
            } => PasswordLogin::over(transport, space_id, &username, &password, &base_url)
                .await?
                .into(),
            Self::AcceptInvitation {
                base_url,
                space_id,
                invitation,
                symmetric_root,
                private_key,
            } => {
                let invitation = Invitation {
                    space: space_id,
                    key: *invitation,
                    symmetric_root,
                };
                let builder = Space::builder(&base_url).transport(transport);
                builder.accept(&invitation, *private_key).await?;
                Answer::None
            }
            Self::Create { store, base_url } => {
                let builder = Space::builder(&base_url).transport(transport).store(store);
                builder.create().await?.credentials().into()
            }
            Self::Join {
                link,
                store,
                base_url,
            } => {
                let server = base_url.as_deref().unwrap_or(link.server());
                let builder = Space::builder(server).transport(transport).store(store);
                builder.join(&link).await?.credentials().into()
            }
            Self::Reopen {
                store,
                space_id,
                base_url,
            } => {
                let kept = Keyring::new(Arc::clone(&store)).get(&space_id).await?;
                let kept = kept.map(|kept| kept.base_url);
                // Without credentials the address does not matter.
                let server = base_url.or(kept).unwrap_or_default();
                let builder = Space::builder(&server).transport(transport).store(store);
                builder.reopen(&space_id).await?.credentials().into()
            }
            Self::Keyring { store } => Keyring::new(store).list().await?.into(),
            Self::ForgetCredentials { store, space_id } => {
                Keyring::new(store).forget(&space_id).await?.into()
            }
        })
    }
}
