//! Logging in with a password. An unknown user is answered like a known one with a wrong password.

use opaque_ke::{
    CredentialFinalization, CredentialRequest, ServerLogin, ServerLoginParameters,
    ServerRegistration,
};
use reeeductio_proto::{DataEntry, ErrorCode, SpaceId, encoding};
use serde::Deserialize;

use super::login_state::{LoginState, RecordHash, record_hash};
use super::pending::PendingLogin;
use super::{Suite, check_username, decode, length, malformed, record_path};
use crate::engine::Engine;
use crate::refusal::Refusal;
use crate::source::Source;

/// The server's answer to the first half of a login.
#[derive(Clone, Debug)]
pub struct StartedLogin {
    /// `CredentialResponse`, base64.
    pub credential_response: String,
    /// Sealed state of the login, to be handed back with the second half.
    pub login_state: String,
}

/// Credentials that a finished login hands to the client, which alone can open them.
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
        source: Source,
        space: SpaceId,
        username: &str,
        request: &str,
    ) -> Result<StartedLogin, Refusal> {
        check_username(username)?;
        self.space(space).await?;
        let setup = self.setup(space).await?;
        let request: [u8; length::CREDENTIAL_REQUEST] = decode("credential_request", request)?;
        let request = CredentialRequest::<Suite>::deserialize(&request)
            .map_err(|_| malformed("credential_request"))?;
        let now = self.clock.monotonic();
        self.opaque
            .attempts
            .log_in(space, username, source, now)
            .map_err(too_many)?;
        let entry = self.records.data(space, &record_path(username)?).await?;
        let record = entry.and_then(|entry| Some((record_hash(&entry), read(&entry)?.0)));
        let (record, file) = record.unzip();
        let started = ServerLogin::<Suite>::start(
            &mut self.opaque_rng()?,
            &setup,
            file,
            request,
            username.as_bytes(),
            ServerLoginParameters::default(),
        )
        .map_err(|_| malformed("credential_request"))?;
        let state = LoginState {
            server: started.state,
            record: record.unwrap_or_default(),
        };
        let expires_at = self
            .now()
            .saturating_add(self.config.opaque.pending_lifetime);
        let (id, login_state) =
            self.opaque
                .seal
                .seal((space, username), &state, expires_at, self.rng.as_ref())?;
        let login = PendingLogin {
            id,
            space,
            username: username.to_owned(),
            started_at: now,
            state,
        };
        self.opaque.logins.start(source, login);
        Ok(StartedLogin {
            credential_response: encoding::encode(&started.message.serialize()),
            login_state,
        })
    }

    /// Second half: checks a `CredentialFinalization` (base64) and hands over the sealed credentials. Clients that do
    /// not hand `login_state` back are served by the server they began with.
    pub async fn opaque_login_finish(
        &self,
        source: Source,
        space: SpaceId,
        username: &str,
        finalization: &str,
        login_state: Option<&str>,
    ) -> Result<FinishedLogin, Refusal> {
        check_username(username)?;
        self.space(space).await?;
        self.setup(space).await?;
        let finalization =
            encoding::decode_array::<{ length::CREDENTIAL_FINALIZATION }>(finalization)
                .ok()
                .and_then(|bytes| CredentialFinalization::<Suite>::deserialize(&bytes).ok());
        let finishes = |state: &LoginState| state.finish(finalization.clone()?);
        let login = (space, username);
        let proven = if let Some(sealed) = login_state {
            let opened = self.opaque.seal.open(login, sealed, self.now())?;
            opened.map(|(id, state)| {
                let proven = finishes(&state)?;
                self.opaque.logins.forget(&id);
                Some(proven)
            })
        } else {
            let now = self.clock.monotonic();
            self.opaque.logins.take(login, source, now, finishes)
        };
        let proven = proven.ok_or_else(none_in_progress)?.ok_or_else(|| {
            Refusal::new(
                ErrorCode::OpaqueWrongPassword,
                "The username or the password is wrong.",
            )
        })?;
        self.credentials(space, username, proven).await
    }

    /// Returns the credentials from the record, if it is still the one that the login was started with.
    async fn credentials(
        &self,
        space: SpaceId,
        username: &str,
        proven: RecordHash,
    ) -> Result<FinishedLogin, Refusal> {
        let entry = self.records.data(space, &record_path(username)?).await?;
        let (_, credentials) = entry
            .filter(|entry| record_hash(entry) == proven)
            .and_then(|entry| read(&entry))
            .ok_or_else(none_in_progress)?;
        Ok(credentials)
    }
}

/// A record that cannot be read is treated like none: the answer must not tell the difference.
fn read(entry: &DataEntry) -> Option<(ServerRegistration<Suite>, FinishedLogin)> {
    let json = encoding::decode(&entry.data).ok()?;
    let record: Record = serde_json::from_slice(&json).ok()?;
    let file = encoding::decode_array::<{ length::PASSWORD_FILE }>(&record.password_file).ok()?;
    let credentials = FinishedLogin {
        encrypted_credentials: record.encrypted_credentials,
        public_key: record.public_key,
    };
    Some((ServerRegistration::deserialize(&file).ok()?, credentials))
}

fn none_in_progress() -> Refusal {
    Refusal::new(
        ErrorCode::OpaqueNoLogin,
        "No login of this username is in progress. Start with login/init.",
    )
}

fn too_many(seconds: u64) -> Refusal {
    Refusal::for_now(ErrorCode::RateLimited, "Too many password logins.", seconds)
}
