//! Passwords.

use reeeductio_client::{ClientError, Identity, Key, MemberId, Space};
use zeroize::Zeroizing;

use super::operations;
use crate::answer::Answer;

operations! {
    /// Lets members of the space register passwords.
    EnablePasswords {} -> Enabled,
    /// Lets the holders of a role register passwords, and keep an account.
    AllowPasswords { role_name: String } -> None,
    /// Registers a password that yields a member's secrets, by default one's own: the member.
    RegisterPassword {
        username: String,
        password: Zeroizing<String>,
        member_id: Option<MemberId>,
        private_key: Option<Box<Identity>>,
        user_symmetric_key: Option<Key>,
    } -> Text,
    /// Gives a username another password.
    ChangePassword {
        username: String,
        old_password: Zeroizing<String>,
        new_password: Zeroizing<String>,
    } -> None,
}

impl Operation {
    pub(super) async fn run(self, space: &Space) -> Result<Answer, ClientError> {
        let passwords = space.passwords();
        Ok(match self {
            Self::EnablePasswords {} => passwords.enable().await?.into(),
            Self::AllowPasswords { role_name } => passwords.allow(&role_name).await?.into(),
            Self::RegisterPassword {
                username,
                password,
                member_id,
                private_key,
                user_symmetric_key,
            } => {
                let identity = private_key.map(|key| *key);
                let member = passwords
                    .register_member(
                        &username,
                        &password,
                        member_id,
                        identity,
                        user_symmetric_key,
                    )
                    .await?;
                Answer::text(&member)
            }
            Self::ChangePassword {
                username,
                old_password,
                new_password,
            } => passwords
                .change(&username, &old_password, &new_password)
                .await?
                .into(),
        })
    }
}
