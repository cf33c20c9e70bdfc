//! Password login: OPAQUE (RFC 9807), the server's side (wire.md 9).
//!
//! Nothing of it is kept on the server beyond two data entries that the space itself stores: the
//! server setup and one record per user. Logins in progress live in memory for five minutes.

mod login;
mod pending;
mod register;

pub use login::FinishedLogin;
pub(crate) use pending::PendingOpaque;
pub(crate) use reeeductio_proto::opaque::{RECORDS_PREFIX as USERS_PREFIX, SETUP_PATH};

use opaque_ke::{CipherSuite, Ristretto255, ServerSetup, TripleDh};
use rand::SeedableRng;
use rand::rngs::StdRng;
use reeeductio_proto::{DataPath, ErrorCode, SpaceId, encoding, opaque};
use sha2::Sha512;
use zeroize::Zeroizing;

use crate::caller::SpaceMember;
use crate::engine::Engine;
use crate::rate::Rate;
use crate::refusal::Refusal;

/// The parameters both published clients use. Stretching the password is the client's work, so the
/// server names no function for it.
pub(crate) struct Suite;

impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, Sha512>;
    type Ksf = opaque_ke::ksf::Identity;
}

/// Bytes of what is stored and sent, which `opaque-ke` reads from the front of longer bytes, too.
mod length {
    pub(super) const CREDENTIAL_FINALIZATION: usize = 64;
    pub(super) const CREDENTIAL_REQUEST: usize = 96;
    pub(super) const PASSWORD_FILE: usize = 192;
    pub(super) const REGISTRATION_REQUEST: usize = 32;
    pub(super) const REGISTRATION_UPLOAD: usize = 192;
    pub(super) const SERVER_SETUP: usize = 128;
}

/// Limits of password login.
#[derive(Clone, Debug)]
pub struct OpaqueLimits {
    /// Login attempts per space and username.
    pub attempts: Rate,
    /// Milliseconds between the two halves of a registration or login.
    pub pending_lifetime: i64,
    /// Registrations and logins in progress.
    pub pending: usize,
}

impl Default for OpaqueLimits {
    fn default() -> Self {
        Self {
            attempts: Rate {
                per_second: 0.5,
                burst: 20.0,
            },
            pending_lifetime: 300_000,
            pending: 10_000,
        }
    }
}

impl Engine {
    /// A fresh server setup for the owner to store; the server keeps none.
    pub fn opaque_setup(&self, caller: &SpaceMember) -> Result<String, Refusal> {
        if !caller.is_owner() {
            return Err(Refusal::new(
                ErrorCode::PermissionDenied,
                "Only the owner of the space enables password login.",
            ));
        }
        let setup = ServerSetup::<Suite>::new(&mut self.opaque_rng()?);
        Ok(encoding::encode(&Zeroizing::new(setup.serialize())))
    }

    /// The stored setup; read each time, so that a change takes effect at once on every server.
    async fn setup(&self, space: SpaceId) -> Result<ServerSetup<Suite>, Refusal> {
        let path = opaque::setup_path()
            .map_err(|error| Refusal::new(ErrorCode::Internal, error.to_string()))?;
        let entry = self.records.data(space, &path).await?;
        entry
            .filter(|entry| space.is_owned_by(&entry.signed_by))
            .and_then(|entry| parse_setup(&entry.data))
            .ok_or_else(|| {
                Refusal::new(
                    ErrorCode::OpaqueNotEnabled,
                    "Password login is not enabled in this space. Its owner can enable it.",
                )
            })
    }

    /// `opaque-ke` wants a generator that cannot fail; this one is seeded by the port, which can.
    fn opaque_rng(&self) -> Result<StdRng, Refusal> {
        let mut seed = Zeroizing::new([0; 32]);
        self.rng.fill(seed.as_mut())?;
        Ok(StdRng::from_seed(*seed))
    }
}

/// The setup decides every login: only the owner writes it, and only a valid one.
pub(crate) fn check_setup_write(caller: &SpaceMember, data: &str) -> Result<(), Refusal> {
    if !caller.is_owner() {
        return Err(Refusal::new(
            ErrorCode::PermissionDenied,
            "Only the owner of the space writes opaque/server/setup.",
        ));
    }
    if data.is_empty() || parse_setup(data).is_some() {
        return Ok(());
    }
    Err(Refusal::new(
        ErrorCode::OpaqueMalformed,
        "data: not an OPAQUE server setup of 128 bytes. Take one from POST opaque/setup.",
    ))
}

fn parse_setup(data: &str) -> Option<ServerSetup<Suite>> {
    // Not as an array: that would leave a copy of the secret behind.
    let bytes = Zeroizing::new(encoding::decode(data).ok()?);
    if bytes.len() != length::SERVER_SETUP {
        return None;
    }
    ServerSetup::deserialize(&bytes).ok()
}

/// 1 to 255 characters of `[a-zA-Z0-9._@+-]`.
fn check_username(username: &str) -> Result<(), Refusal> {
    record_path(username).map(drop)
}

fn record_path(username: &str) -> Result<DataPath, Refusal> {
    opaque::record_path(username).ok_or_else(|| {
        Refusal::new(
            ErrorCode::OpaqueInvalidUsername,
            "username: 1 to 255 characters of a-z, A-Z, 0-9 and . _ @ + - are allowed.",
        )
    })
}

fn malformed(field: &str) -> Refusal {
    Refusal::new(
        ErrorCode::OpaqueMalformed,
        format!("{field}: not a valid OPAQUE message in standard base64."),
    )
}

fn decode<const N: usize>(field: &str, text: &str) -> Result<[u8; N], Refusal> {
    encoding::decode_array(text).map_err(|_| malformed(field))
}
