//! Passwords.

use pyo3::prelude::*;
use reeeductio_client::{ClientError, MemberSecrets, PasswordLogin, Stretching, argument};

use super::Space;
use crate::failure::Failure;
use crate::network::transport;
use crate::pending::Pending;

#[pymethods]
impl Space {
    /// Returns what had to be created: the server's setup, the role, the role's right.
    fn enable_passwords(&self) -> Pending {
        let space = self.0.clone();
        Pending::new(async move {
            let made = space.passwords().enable().await?;
            Ok::<_, ClientError>((
                made.server_setup_created,
                made.role_created,
                made.capability_created,
            ))
        })
    }

    fn register_password(
        &self,
        username: String,
        password: String,
        member: &str,
        private_key: &[u8],
        symmetric_root: &[u8],
        user_key: &[u8],
    ) -> Result<Pending, Failure> {
        let space = self.0.clone();
        let member = argument::member("user_id", member)?;
        let secrets = MemberSecrets {
            identity: argument::identity("private_key", private_key)?,
            symmetric_root: argument::key("symmetric_root", symmetric_root)?,
            user_key: Some(argument::key("user_symmetric_key", user_key)?),
        };
        Ok(Pending::new(async move {
            space
                .passwords()
                .register_for(
                    &username,
                    &password,
                    member,
                    &secrets,
                    Stretching::default(),
                )
                .await
        }))
    }

    fn change_password(&self, username: String, old: String, new: String) -> Pending {
        let space = self.0.clone();
        Pending::new(async move { space.passwords().change(&username, &old, &new).await })
    }

    /// Member, private key, symmetric root, and the user's own key if there is one.
    #[staticmethod]
    fn log_in(
        base_url: String,
        space_id: &str,
        username: String,
        password: String,
    ) -> Result<Pending, Failure> {
        let space = argument::space(space_id)?;
        let transport = transport()?;
        Ok(Pending::new(async move {
            let login =
                PasswordLogin::over(transport, space, &username, &password, &base_url).await?;
            let secrets = login.secrets;
            Ok::<_, ClientError>((
                login.member.to_string(),
                secrets.identity.seed().to_vec(),
                secrets.symmetric_root.expose().to_vec(),
                secrets.user_key.map(|key| key.expose().to_vec()),
            ))
        }))
    }
}
