//! Signing up, in and out.

use std::sync::Arc;

use reeeductio_core::app::UserEntry;
use reeeductio_core::password::{Stretching, check_strength};
use reeeductio_core::{Identity, Key, MemberSecrets};
use reeeductio_proto::{ClientCode, ErrorCode};

use super::client::{Account, Client};
use super::error::AppError;
use super::founding::USER;
use super::signed_in::SignedIn;
use super::{User, keep};
use crate::error::ClientError;
use crate::password::{PasswordLogin, check_username};
use crate::platform::random;
use crate::policy_space::{NewMember, PolicySpace};
use crate::space::Passwords;
use crate::store::records::AccountRecord;

/// Longest name of a user, in bytes.
const MAX_USERNAME: usize = 128;

/// Signing up, in and out of an app. Clones share everything.
///
/// A user has one key on all of its devices, which the password yields: neither the password nor the key is shown to the server.
#[derive(Clone, Debug)]
pub struct Auth(pub(super) Client);

impl Auth {
    /// Signs up a new user, and in. Fails with `account.taken` if the name is, and with `client.weak_password`. If this was cut short, calling it again with
    /// the same name and password goes on.
    pub async fn register(&self, username: &str, password: &str) -> Result<User, ClientError> {
        check_name(username)?;
        check_strength(username, password)?;
        let client = &self.0;
        let _turn = client.shared().turn.lock().await;
        let visitor = client.visitor().await?;
        let directory = super::Directory::of(visitor.clone());
        if directory.is_taken(username).await? {
            return Err(taken(username));
        }
        let identity = Identity::from_seed(&random()?);
        let member = identity.user_id();
        let key = identity.decryption_key(0).encryption_key();
        let key =
            key.ok_or_else(|| ClientError::argument("identity", "gives no encryption key"))?;
        let signature = identity.sign_encryption_key(&client.app(), &member, &key);
        let new = NewMember {
            user: member,
            role: USER.to_owned(),
            key: Some((key, signature)),
        };
        visitor.members().admit(&new).await?;
        let app = client.open_app(member, identity.clone()).await?;
        let secrets = secrets_of(&identity);
        let passwords = passwords(&app);
        let stretching = Stretching::default();
        let registered = passwords
            .register_for(username, password, member, &secrets, stretching)
            .await;
        match registered {
            Err(error) if is_taken(&error) => {
                // It may be one's own, of a time that was cut short before the name was taken.
                match self.log_in(username, password).await {
                    Err(error) if error.code() == Some(ErrorCode::OpaqueWrongPassword) => {
                        Err(taken(username))
                    }
                    other => other,
                }
            }
            Err(error) => Err(error),
            Ok(()) => self.enter(username, identity, app).await,
        }
    }

    /// Signs in on this device. The devices of a user are the same user everywhere.
    pub async fn login(&self, username: &str, password: &str) -> Result<User, ClientError> {
        let _turn = self.0.shared().turn.lock().await;
        self.log_in(username, password).await
    }

    async fn log_in(&self, username: &str, password: &str) -> Result<User, ClientError> {
        check_name(username)?;
        let client = &self.0;
        let shared = client.shared();
        let transport = Arc::clone(&shared.transport);
        let login = PasswordLogin::over(
            transport,
            client.app(),
            username,
            password,
            &shared.base_url,
        )
        .await?;
        let identity = login.secrets.identity;
        let app = client.open_app(login.member, identity.clone()).await?;
        self.enter(username, identity, app).await
    }

    /// Takes the name, unless the user has it, and keeps who is signed in.
    async fn enter(
        &self,
        username: &str,
        identity: Identity,
        app: PolicySpace,
    ) -> Result<User, ClientError> {
        let client = &self.0;
        let entry = UserEntry {
            user: identity.user_id(),
        };
        let entry = entry.entry(username)?;
        let written = app
            .state()
            .create(&entry.path, entry.value.as_bytes())
            .await;
        written.map_err(|error| match error.client_code() {
            Some(ClientCode::StateExists) => taken(username),
            _ => error,
        })?;
        let user = User {
            id: identity.user_id(),
            username: username.to_owned(),
        };
        if let Some(records) = client.records() {
            let record = AccountRecord {
                user: user.id,
                username: user.username.clone(),
            };
            records.put_account(&record).await?;
        }
        let part = keep::part_of(client.shared().store.as_ref(), &user.id);
        let signed_in = SignedIn::new(user.clone(), identity, app, part);
        client.set_account(Account::SignedIn(Arc::new(signed_in)));
        Ok(user)
    }

    /// The user that was signed in on this machine when the program ran last, locked; `None` if nobody was, or there is no store. Asks no server.
    pub async fn restore(&self) -> Result<Option<User>, ClientError> {
        let client = &self.0;
        let _turn = client.shared().turn.lock().await;
        if let Some(user) = client.user() {
            return Ok(Some(user));
        }
        let Some(records) = client.records() else {
            return Ok(None);
        };
        let user = records.account().await?.map(|record| User {
            id: record.user,
            username: record.username,
        });
        if let Some(user) = &user {
            client.set_account(Account::Locked(user.clone()));
        }
        Ok(user)
    }

    /// Gets the key of the user that is signed in and locked.
    pub async fn unlock(&self, password: &str) -> Result<User, ClientError> {
        let _turn = self.0.shared().turn.lock().await;
        match self.0.account() {
            Account::Nobody => Err(AppError::SignedOut.into()),
            Account::SignedIn(signed_in) => Ok(signed_in.user().clone()),
            Account::Locked(user) => {
                let unlocked = self.log_in(&user.username, password).await?;
                if unlocked.id != user.id {
                    self.0.set_account(Account::Locked(user.clone()));
                    return Err(AppError::Changed(user.username).into());
                }
                Ok(unlocked)
            }
        }
    }

    /// Forgets the key of the user, who stays signed in. Handles that were made before fail, and their connections end.
    pub async fn lock(&self) {
        let _turn = self.0.shared().turn.lock().await;
        self.0.lock_account();
    }

    /// Forgets the user and everything of it on this machine. Handles that were made before fail.
    pub async fn logout(&self) -> Result<(), ClientError> {
        let client = &self.0;
        let _turn = client.shared().turn.lock().await;
        let Some(user) = client.user() else {
            return Ok(());
        };
        client.set_account(Account::Nobody);
        if let Some(records) = client.records() {
            records.delete_account().await?;
        }
        if let Some(part) = keep::part_of(client.shared().store.as_ref(), &user.id) {
            part.clear().await?;
        }
        Ok(())
    }

    /// Gives the user another password. The key stays, on all devices.
    pub async fn change_password(&self, old: &str, new: &str) -> Result<(), ClientError> {
        let signed_in = self.0.signed_in()?;
        let username = &signed_in.user().username;
        passwords(signed_in.app()).change(username, old, new).await
    }
}

fn passwords(app: &PolicySpace) -> Passwords {
    app.base().passwords()
}

/// The secrets that the password yields: all of them derive from the key.
fn secrets_of(identity: &Identity) -> MemberSecrets {
    MemberSecrets {
        identity: identity.clone(),
        symmetric_root: Key::new(*identity.seed()),
        user_key: None,
    }
}

fn check_name(username: &str) -> Result<(), ClientError> {
    check_username(username)?;
    if username.len() > MAX_USERNAME {
        return Err(ClientError::argument(
            "username",
            "has at most 128 characters",
        ));
    }
    Ok(())
}

/// Returns whether somebody has registered the name; just before this one did, the right to replace that is missing.
fn is_taken(error: &ClientError) -> bool {
    matches!(
        error.code(),
        Some(ErrorCode::OpaqueUsernameTaken | ErrorCode::PermissionDenied)
    )
}

fn taken(username: &str) -> ClientError {
    AppError::NameTaken(username.to_owned()).into()
}
