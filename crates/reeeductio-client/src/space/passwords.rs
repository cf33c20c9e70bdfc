//! Passwords of a space: enabling them, registering one, changing it (wire.md 9).

use std::sync::Arc;

use reeeductio_core::password::{
    PasswordRecord, PasswordRegistration, Stretching, check_strength, password_server_setup,
};
use reeeductio_core::{Identity, Key, MemberSecrets, StateEntry};
use reeeductio_proto::api::{
    RegisterFinishRequest, RegisterFinishResponse, RegisterInitRequest, RegisterInitResponse,
};
use reeeductio_proto::{MemberId, encoding, opaque};
use zeroize::Zeroizing;

use super::Space;
use super::content::Content;
use crate::error::ClientError;
use crate::password::{PasswordLogin, check_username, decode};
use crate::platform::{compute, random};
use crate::transport::Method;

/// The parts that [`Passwords::enable`] has created; the others were there already, and were left as they are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PasswordsEnabled {
    /// The server setup.
    pub server_setup_created: bool,
    /// The role `opaque-user`.
    pub role_created: bool,
    /// The role's right to register, or the one to change what one registered oneself.
    pub capability_created: bool,
}

/// A record to be made: the member, and the secrets that the password is to yield.
struct Registration {
    username: String,
    member: MemberId,
    secrets: MemberSecrets,
    stretching: Stretching,
    replace: bool,
}

/// The passwords of a space. Clones share everything.
#[derive(Clone, Debug)]
pub struct Passwords(pub(super) Space);

impl Passwords {
    /// Lets members of the space register passwords, as its owner: stores a server setup and defines the
    /// role `opaque-user`, to be assigned to the members that may register.
    pub async fn enable(&self) -> Result<PasswordsEnabled, ClientError> {
        let path = opaque::setup_path().map_err(|error| ClientError::argument("path", error))?;
        let server_setup_created = match self.0.data().value(&path).await {
            Err(error) if error.is_not_found() => true,
            other => other?.is_empty(),
        };
        if server_setup_created {
            let setup = password_server_setup(random()?);
            self.0.data().set(&path, Content::Plain(&setup)).await?;
        }
        let [role, create, change] = opaque::role_entries()?;
        let role_created = self.set_if_missing(&role).await?;
        let create_created = self.set_if_missing(&create).await?;
        let change_created = self.set_if_missing(&change).await?;
        Ok(PasswordsEnabled {
            server_setup_created,
            role_created,
            capability_created: create_created || change_created,
        })
    }

    /// Lets the holders of a role, which must exist, register a password each, change it, and keep an
    /// [`Account`](crate::Account). Passwords must be [enabled](Self::enable) too.
    pub async fn allow(&self, role: &str) -> Result<(), ClientError> {
        self.0.check_role_exists("role", role).await?;
        for right in opaque::rights_of_role(role)? {
            self.set_if_missing(&right).await?;
        }
        Ok(())
    }

    /// Registers a password for this member: anybody who knows it can log in, anywhere. Returns the secrets that it
    /// yields; they include a user key, a new one if the handle was opened without.
    ///
    /// The member needs a role that [`allow`](Self::allow) was called for, or the role `opaque-user`. A password that is too
    /// weak is refused with `client.weak_password`: it has fewer than 12 characters, or follows a simple pattern.
    pub async fn register(
        &self,
        username: &str,
        password: &str,
    ) -> Result<MemberSecrets, ClientError> {
        let member = self.0.member();
        let secrets = self.secrets_of(member, None, None)?;
        let stretching = Stretching::default();
        self.register_for(username, password, member, &secrets, stretching)
            .await?;
        Ok(secrets)
    }

    /// Registers a password that yields the secrets of `member`, whose keys the caller holds. Without a
    /// user key, and stretched as the published TypeScript client does, that client reads it.
    pub async fn register_for(
        &self,
        username: &str,
        password: &str,
        member: MemberId,
        secrets: &MemberSecrets,
        stretching: Stretching,
    ) -> Result<(), ClientError> {
        if secrets.check_member(member).is_err() {
            let problem = format!("{member} does not match the private key");
            return Err(ClientError::argument("member_id", problem));
        }
        let registration = Registration {
            username: username.to_owned(),
            member,
            secrets: secrets.clone(),
            stretching,
            replace: false,
        };
        self.store(registration, password).await
    }

    /// Registers a password that yields the secrets of a member of the space: of this member, or of the one whose `identity` is given,
    /// by default as a user. Returns the member.
    ///
    /// Without a `user_key` this member's own goes with its own secrets, and a new one with those of others: the password is then the only
    /// place that keeps it.
    pub async fn register_member(
        &self,
        username: &str,
        password: &str,
        member: Option<MemberId>,
        identity: Option<Identity>,
        user_key: Option<Key>,
    ) -> Result<MemberId, ClientError> {
        let of_identity = identity.as_ref().map(Identity::user_id);
        let member = member.or(of_identity).unwrap_or(self.0.member());
        let secrets = self.secrets_of(member, identity, user_key)?;
        let stretching = Stretching::default();
        self.register_for(username, password, member, &secrets, stretching)
            .await?;
        Ok(member)
    }

    /// The secrets of a member: by default this member's key, its own user key for itself, and a new user key for others.
    fn secrets_of(
        &self,
        member: MemberId,
        identity: Option<Identity>,
        user_key: Option<Key>,
    ) -> Result<MemberSecrets, ClientError> {
        let own_key = (self.0.inner.user_key.clone()).filter(|_| member == self.0.member());
        let user_key = match user_key.or(own_key) {
            Some(key) => key,
            None => Key::new(random()?),
        };
        Ok(MemberSecrets {
            identity: identity.unwrap_or_else(|| self.0.connection().identity().clone()),
            symmetric_root: self.0.inner.symmetric_root.clone(),
            user_key: Some(user_key),
        })
    }

    /// Gives a username another password, if `old` is the present one. The secrets that it yields stay the same. The
    /// record is replaced in one step: one of the two passwords works at any time.
    ///
    /// Servers of the first release do not replace a record, and refuse.
    pub async fn change(&self, username: &str, old: &str, new: &str) -> Result<(), ClientError> {
        // Before the old one is tried, which takes long.
        check_strength(username, new)?;
        let transport = Arc::clone(&self.0.inner.transport);
        let login = PasswordLogin::with_any(
            transport,
            self.0.id(),
            username,
            old,
            &self.0.inner.base_url,
        )
        .await?;
        let registration = Registration {
            username: username.to_owned(),
            member: login.member,
            secrets: login.secrets,
            stretching: login.stretching,
            replace: true,
        };
        self.store(registration, new).await
    }

    async fn store(&self, registration: Registration, password: &str) -> Result<(), ClientError> {
        let path = check_username(&registration.username)?;
        check_strength(&registration.username, password)?;
        let password = Zeroizing::new(password.as_bytes().to_vec());
        let (begun, request) = PasswordRegistration::start([random()?, random()?], &password)?;
        let request = RegisterInitRequest {
            username: registration.username.clone(),
            registration_request: encoding::encode(&request),
            replace: registration.replace,
        };
        let answer: RegisterInitResponse = self
            .0
            .connection()
            .submit(Method::Post, "opaque/register/init", &request)
            .await?;
        let response = decode("registration_response", &answer.registration_response)?;
        let stretching = registration.stretching;
        let finished = compute(move || begun.finish(&password, &response, stretching)).await??;
        let upload = RegisterFinishRequest {
            username: registration.username,
            registration_record: encoding::encode(&finished.upload),
        };
        let answer: RegisterFinishResponse = self
            .0
            .connection()
            .submit(Method::Post, "opaque/register/finish", &upload)
            .await?;
        if decode("password_file", &answer.password_file)? != finished.upload {
            return Err(ClientError::Answer(
                "password_file: is not what was sent".to_owned(),
            ));
        }
        let sealed = finished.wrap_key.seal(random()?, &registration.secrets)?;
        let record = PasswordRecord {
            password_file: answer.password_file,
            encrypted_credentials: encoding::encode(&sealed),
            public_key: registration.member.to_string(),
        };
        let record =
            serde_json::to_vec(&record).map_err(|error| ClientError::argument("record", error))?;
        self.0.data().set(&path, Content::Plain(&record)).await?;
        Ok(())
    }

    async fn set_if_missing(&self, entry: &StateEntry) -> Result<bool, ClientError> {
        let missing = !self.0.is_written(&entry.path).await?;
        if missing {
            self.0.state().set_entry(entry).await?;
        }
        Ok(missing)
    }
}
