//! State that the server needs between the two halves of a login (docs/adr/0011).

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _};
use hkdf::Hkdf;
use opaque_ke::{CredentialFinalization, ServerLogin, ServerLoginParameters};
use reeeductio_backend::Rng;
use reeeductio_proto::{DataEntry, ErrorCode, SpaceId, encoding};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{Suite, length};
use crate::Secret;
use crate::refusal::Refusal;

/// First byte of a sealed state.
const VERSION: u8 = 1;
const SALT: usize = 16;
const KEY: usize = 32;
const NONCE: usize = 12;
const TIME: usize = 8;
const RECORD: usize = 32;
const TAG: usize = 16;
/// Bytes of a sealed state.
const SEALED: usize = 1 + SALT + TIME + RECORD + length::SERVER_LOGIN + TAG;
/// Separates the key and the associated data from other uses of the token secret.
const PURPOSE: &[u8] = b"reeeductio/login-state/v1";

/// Names a login: the salt of its sealed state.
pub(crate) type LoginId = [u8; SALT];
/// Names the stored record that a login was started with. All zero, which no record's is, if there was none.
pub(crate) type RecordHash = [u8; RECORD];

/// State that the server needs between the two halves of a login.
pub(crate) struct LoginState {
    pub(crate) server: ServerLogin<Suite>,
    pub(crate) record: RecordHash,
}

impl LoginState {
    /// Which record to hand over, if the client has proven that it knows the password.
    pub(crate) fn finish(&self, finalization: CredentialFinalization<Suite>) -> Option<RecordHash> {
        let server = self.server.clone();
        server
            .finish(finalization, ServerLoginParameters::default())
            .ok()
            .map(|_session_key| self.record)
    }
}

/// The hash of a record: of its signature, which covers it, so that a long record takes no longer.
pub(crate) fn record_hash(entry: &DataEntry) -> RecordHash {
    Sha256::new()
        .chain_update(entry.signed_by.to_bytes())
        .chain_update(entry.signed_at.to_be_bytes())
        .chain_update(entry.signature.to_bytes())
        .finalize()
        .into()
}

/// Seals login states for clients to hand back, so that any server with the same token secret finishes a login, also
/// after a restart.
#[derive(Debug)]
pub(crate) struct LoginSeal {
    secret: Secret,
}

impl LoginSeal {
    pub(crate) fn new(secret: Secret) -> Self {
        Self { secret }
    }

    /// Returns the login's name and its state as text, which is as long for a username that nobody has.
    pub(crate) fn seal(
        &self,
        (space, username): (SpaceId, &str),
        state: &LoginState,
        expires_at: i64,
        rng: &dyn Rng,
    ) -> Result<(LoginId, String), Refusal> {
        let mut salt = [0; SALT];
        rng.fill(&mut salt)?;
        let mut plain = Zeroizing::new(Vec::with_capacity(TIME + RECORD + length::SERVER_LOGIN));
        plain.extend_from_slice(&expires_at.to_be_bytes());
        plain.extend_from_slice(&state.record);
        plain.extend_from_slice(&Zeroizing::new(state.server.serialize()));
        let aad = associated(space, username);
        let (cipher, nonce) = self.cipher(&salt)?;
        let payload = Payload {
            msg: &plain,
            aad: &aad,
        };
        let sealed = cipher
            .encrypt(&nonce.into(), payload)
            .map_err(|error| internal(&error))?;
        Ok((
            salt,
            encoding::encode(&[&[VERSION], &salt[..], &sealed].concat()),
        ))
    }

    /// The state, if this text was sealed for this username in this space and has not expired at `now`.
    pub(crate) fn open(
        &self,
        (space, username): (SpaceId, &str),
        text: &str,
        now: i64,
    ) -> Result<Option<(LoginId, LoginState)>, Refusal> {
        let Ok(bytes) = encoding::decode_array::<SEALED>(text) else {
            return Ok(None);
        };
        let Some((salt, sealed)) = bytes
            .strip_prefix(&[VERSION])
            .and_then(<[u8]>::split_first_chunk::<SALT>)
        else {
            return Ok(None);
        };
        let (cipher, nonce) = self.cipher(salt)?;
        let aad = associated(space, username);
        let payload = Payload {
            msg: sealed,
            aad: &aad,
        };
        let Ok(plain) = cipher.decrypt(&nonce.into(), payload) else {
            return Ok(None);
        };
        let plain = Zeroizing::new(plain);
        Ok(read(&plain, now).map(|state| (*salt, state)))
    }

    /// A key and a nonce for one state: random nonces under one key would bound the number of logins.
    fn cipher(&self, salt: &LoginId) -> Result<(Aes256Gcm, [u8; NONCE]), Refusal> {
        let mut derived = Zeroizing::new([0; KEY + NONCE]);
        Hkdf::<Sha256>::new(Some(salt), self.secret.expose_secret())
            .expand(PURPOSE, derived.as_mut())
            .map_err(|error| internal(&error))?;
        let (key, nonce) = derived.split_at(KEY);
        let cipher = Aes256Gcm::new_from_slice(key).map_err(|error| internal(&error))?;
        Ok((cipher, nonce.try_into().map_err(|error| internal(&error))?))
    }
}

fn read(plain: &[u8], now: i64) -> Option<LoginState> {
    let (expires_at, rest) = plain.split_first_chunk::<TIME>()?;
    let (record, server) = rest.split_first_chunk::<RECORD>()?;
    (i64::from_be_bytes(*expires_at) > now).then_some(())?;
    Some(LoginState {
        server: ServerLogin::deserialize(server).ok()?,
        record: *record,
    })
}

/// Purpose, space and username, each after its length.
fn associated(space: SpaceId, username: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in [PURPOSE, space.as_bytes(), username.as_bytes()] {
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

fn internal(error: &dyn std::fmt::Display) -> Refusal {
    Refusal::new(ErrorCode::Internal, error.to_string())
}
