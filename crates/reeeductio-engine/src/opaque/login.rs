//! Logging in with a password. An unknown user is answered like a known one with a wrong password.

use opaque_ke::{
    CredentialFinalization, CredentialRequest, ServerLogin, ServerLoginParameters,
    ServerRegistration,
};
use reeeductio_proto::{DataEntry, ErrorCode, SpaceId, encoding};
use serde::Deserialize;

use super::pending::{Credentials, PendingLogin};
use super::{Suite, check_username, decode, length, malformed, record_path};
use crate::engine::Engine;
use crate::refusal::{Details, Refusal};

/// What a finished login hands to the client, which alone can open it.
#[derive(Clone, Debug)]
pub struct FinishedLogin {
    /// Base64.
    pub encrypted_credentials: String,
    /// The id to sign in with.
    pub public_key: String,
}

/// The user's record, written by the client as JSON.
#[derive(Deserialize)]
struct Record {
    password_file: String,
    encrypted_credentials: String,
    public_key: String,
}

impl Engine {
    /// First half: answers a `CredentialRequest` (base64) with a `CredentialResponse`.
    pub async fn opaque_login_init(
        &self,
        space: SpaceId,
        username: &str,
        request: &str,
    ) -> Result<String, Refusal> {
        check_username(username)?;
        let now = self.now();
        self.space(space).await?;
        let setup = self.setup(space).await?;
        let request: [u8; length::CREDENTIAL_REQUEST] = decode("credential_request", request)?;
        let request = CredentialRequest::<Suite>::deserialize(&request)
            .map_err(|_| malformed("credential_request"))?;
        let name = (space, username.to_owned());
        self.pending_opaque
            .attempts
            .check(name.clone(), now)
            .map_err(|seconds| {
                Refusal::new(
                    ErrorCode::RateLimited,
                    format!("Too many attempts for this username. Try again in {seconds} seconds."),
                )
                .with(Details::RetryAfter(seconds))
            })?;
        let record = self.records.data(space, &record_path(username)?).await?;
        let (file, credentials) = record.and_then(|entry| read(&entry)).unzip();
        let started = ServerLogin::<Suite>::start(
            &mut self.opaque_rng()?,
            &setup,
            file,
            request,
            username.as_bytes(),
            ServerLoginParameters::default(),
        )
        .map_err(|_| malformed("credential_request"))?;
        let response = encoding::encode(&started.message.serialize());
        let login = PendingLogin {
            state: started.state,
            credentials,
        };
        self.pending_opaque.start_login(name, login, now);
        Ok(response)
    }

    /// Second half: checks a `CredentialFinalization` (base64) and hands over the sealed credentials.
    pub async fn opaque_login_finish(
        &self,
        space: SpaceId,
        username: &str,
        finalization: &str,
    ) -> Result<FinishedLogin, Refusal> {
        check_username(username)?;
        self.space(space).await?;
        self.setup(space).await?;
        let finalization =
            encoding::decode_array::<{ length::CREDENTIAL_FINALIZATION }>(finalization)
                .ok()
                .and_then(|bytes| CredentialFinalization::<Suite>::deserialize(&bytes).ok());
        let name = (space, username.to_owned());
        let finishes = |login: &PendingLogin| {
            let finalization = finalization.clone()?;
            login
                .state
                .clone()
                .finish(finalization, ServerLoginParameters::default())
                .ok()?;
            login.credentials.clone()
        };
        let credentials = self
            .pending_opaque
            .finish_login(&name, self.now(), finishes)
            .ok_or_else(|| {
                Refusal::new(
                    ErrorCode::OpaqueNoLogin,
                    "No login of this username is in progress. Start with login/init.",
                )
            })?
            .ok_or_else(|| {
                Refusal::new(
                    ErrorCode::OpaqueWrongPassword,
                    "The username or the password is wrong.",
                )
            })?;
        Ok(FinishedLogin {
            encrypted_credentials: credentials.encrypted_credentials,
            public_key: credentials.public_key,
        })
    }
}

/// A record that cannot be read is treated like none: the answer must not tell the difference.
fn read(entry: &DataEntry) -> Option<(ServerRegistration<Suite>, Credentials)> {
    let json = encoding::decode(&entry.data).ok()?;
    let record: Record = serde_json::from_slice(&json).ok()?;
    let file = encoding::decode_array::<{ length::PASSWORD_FILE }>(&record.password_file).ok()?;
    let credentials = Credentials {
        encrypted_credentials: record.encrypted_credentials,
        public_key: record.public_key,
    };
    Some((ServerRegistration::deserialize(&file).ok()?, credentials))
}
