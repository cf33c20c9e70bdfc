//! Ways into a space, for somebody who has no handle on it yet.

use std::sync::Arc;

use reeeductio_client::{
    ClientError, Identity, Invitation, Key, PasswordLogin, Space, SpaceId, Transport,
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
        })
    }
}
