//! Passwords.

use js_sys::Array;
use reeeductio_client::{ClientError, MemberSecrets, PasswordLogin, Stretching, argument};
use wasm_bindgen::prelude::*;

use super::Space;
use crate::failure::Failure;
use crate::network::{Network, carried_by};
use crate::pending::Pending;
use crate::record;

#[wasm_bindgen]
impl Space {
    /// Returns what had to be created: the server's setup, the role, the role's right.
    #[wasm_bindgen(js_name = enablePasswords)]
    pub fn enable_passwords(&self) -> Pending {
        self.begin(async |space| {
            let made = space.passwords().enable().await?;
            Ok(Array::of3(
                &made.server_setup_created.into(),
                &made.role_created.into(),
                &made.capability_created.into(),
            ))
        })
    }

    #[wasm_bindgen(js_name = registerPassword)]
    pub fn register_password(
        &self,
        username: String,
        password: String,
        member: &str,
        private_key: &[u8],
        symmetric_root: &[u8],
        user_key: Option<Vec<u8>>,
    ) -> Result<Pending, Failure> {
        let member = argument::member("user_id", member)?;
        let secrets = MemberSecrets {
            identity: argument::identity("private_key", private_key)?,
            symmetric_root: argument::key("symmetric_root", symmetric_root)?,
            user_key: user_key
                .map(|key| argument::key("user_symmetric_key", &key))
                .transpose()?,
        };
        Ok(self.begin_silent(async move |space| {
            let stretching = Stretching::default();
            space
                .passwords()
                .register_for(&username, &password, member, &secrets, stretching)
                .await
        }))
    }

    #[wasm_bindgen(js_name = changePassword)]
    pub fn change_password(&self, username: String, old: String, new: String) -> Pending {
        self.begin_silent(async move |space| space.passwords().change(&username, &old, &new).await)
    }

    /// Member, private key, symmetric root, and the user's own key if there is one.
    #[wasm_bindgen(js_name = logIn)]
    pub fn log_in(
        base_url: String,
        space_id: &str,
        username: String,
        password: String,
        network: Network,
    ) -> Result<Pending, Failure> {
        let space = argument::space(space_id)?;
        let network = carried_by(network);
        Ok(Pending::new(async move {
            let login =
                PasswordLogin::over(network, space, &username, &password, &base_url).await?;
            let secrets = login.secrets;
            Ok::<_, ClientError>(Array::of4(
                &login.member.to_string().into(),
                &record::bytes(&*secrets.identity.seed()).into(),
                &record::bytes(secrets.symmetric_root.expose()).into(),
                &secrets
                    .user_key
                    .map_or(JsValue::UNDEFINED, |key| record::bytes(key.expose()).into()),
            ))
        }))
    }
}
