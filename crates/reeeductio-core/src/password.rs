//! Password login: OPAQUE (RFC 9807), the client's side (wire.md 9).
//!
//! Each flow is two steps with a message of the server between them: `start`, then `finish`.

mod login;
mod registration;
mod strength;
mod stretching;

pub use login::{FinishedLogin, PasswordLogin};
pub use registration::{FinishedRegistration, PasswordRecord, PasswordRegistration};
pub use strength::{MAX_BYTES, MIN_CHARACTERS, check_strength};
pub use stretching::Stretching;

use argon2::Argon2;
use opaque_ke::errors::ProtocolError;
use opaque_ke::{CipherSuite, Ristretto255, ServerSetup, TripleDh, argon2};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use reeeductio_proto::{ClientCode, ErrorCode};
use sha2::Sha512;
use zeroize::Zeroizing;

/// The parameters of both published clients.
pub(crate) struct Suite;

impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, Sha512>;
    type Ksf = Argon2<'static>;
}

/// Why a password login or registration fails on the client.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// A message of the server is not one.
    #[error("{field}: not a valid OPAQUE message")]
    Malformed {
        /// Which.
        field: &'static str,
    },
    /// The password cannot be stretched here.
    #[error("the password cannot be stretched: {0}; {memory} KiB of memory are needed", memory = stretching::MOST_MEMORY)]
    Stretching(String),
    /// The password is too weak to be registered.
    #[error("password: {0}; choose another one")]
    Weak(&'static str),
    /// The username is not registered, or the password is another: the server does not say which.
    #[error("the username or the password is wrong")]
    Wrong,
}

impl PasswordError {
    /// The stable code, as text.
    pub fn code(&self) -> &'static str {
        match self.client_code() {
            Some(code) => code.as_str(),
            None => ErrorCode::OpaqueWrongPassword.as_str(),
        }
    }

    /// The stable code; `None` for a wrong password, whose code is the server's.
    pub fn client_code(&self) -> Option<ClientCode> {
        match self {
            Self::Malformed { .. } => Some(ClientCode::Answer),
            Self::Stretching(_) => Some(ClientCode::Stretching),
            Self::Weak(_) => Some(ClientCode::WeakPassword),
            Self::Wrong => None,
        }
    }

    fn from_protocol(field: &'static str, error: &ProtocolError) -> Self {
        match error {
            ProtocolError::InvalidLoginError => Self::Wrong,
            ProtocolError::LibraryError(error) => Self::Stretching(error.to_string()),
            _ => Self::Malformed { field },
        }
    }
}

/// A fresh server setup from 32 random bytes, for the owner to store at
/// [`opaque::SETUP_PATH`](reeeductio_proto::opaque::SETUP_PATH). Anyone who has it can
/// try passwords without asking the server.
pub fn password_server_setup(seed: [u8; 32]) -> Zeroizing<Vec<u8>> {
    let setup = ServerSetup::<Suite>::new(&mut generator(seed));
    Zeroizing::new(setup.serialize().to_vec())
}

/// `opaque-ke` wants a generator that cannot fail.
fn generator(seed: [u8; 32]) -> ChaCha20Rng {
    ChaCha20Rng::from_seed(seed)
}
