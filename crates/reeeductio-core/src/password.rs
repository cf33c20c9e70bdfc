//! Password login: OPAQUE (RFC 9807), the client's side (wire.md 9).
//!
//! Each flow is two steps with a message of the server between them: `start`, then `finish`.

mod login;
mod registration;
mod stretching;

pub use login::{FinishedLogin, PasswordLogin};
pub use registration::{FinishedRegistration, PasswordRecord, PasswordRegistration};
pub use stretching::Stretching;

use argon2::Argon2;
use opaque_ke::errors::ProtocolError;
use opaque_ke::{CipherSuite, Ristretto255, ServerSetup, TripleDh, argon2};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;
use sha2::Sha512;
use zeroize::Zeroizing;

/// Data path of the server setup, whose presence enables password login.
pub const SETUP_PATH: &str = "opaque/server/setup";
/// The role whose holders register passwords.
pub const PASSWORD_ROLE: &str = "opaque-user";

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
    /// The username is not registered, or the password is another: the server does not say which.
    #[error("the username or the password is wrong")]
    Wrong,
}

impl PasswordError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "opaque.malformed",
            Self::Stretching(_) => "client.stretching",
            Self::Wrong => "opaque.wrong_password",
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

/// A fresh server setup from 32 random bytes, for the owner to store at [`SETUP_PATH`]. Whoever has it can
/// try passwords without asking the server.
pub fn password_server_setup(seed: [u8; 32]) -> Zeroizing<Vec<u8>> {
    let setup = ServerSetup::<Suite>::new(&mut generator(seed));
    Zeroizing::new(setup.serialize().to_vec())
}

/// Data path of the record of a username: 1 to 255 characters of `[a-zA-Z0-9._@+-]`, `None` for any other.
pub fn password_record_path(username: &str) -> Option<String> {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || b"._@+-".contains(&c);
    let fits = (1..=255).contains(&username.len()) && username.bytes().all(allowed);
    fits.then(|| format!("opaque/users/{username}"))
}

/// `opaque-ke` wants a generator that cannot fail.
fn generator(seed: [u8; 32]) -> ChaCha20Rng {
    ChaCha20Rng::from_seed(seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_that_servers_refuse_have_no_record() {
        let check = |name: &str, fits: bool| {
            assert_eq!(password_record_path(name).is_some(), fits, "{name:?}");
        };
        check("ann+x@example.org", true);
        check(&"a".repeat(255), true);
        check(&"a".repeat(256), false);
        for name in ["", "a b", "a/b", "ü", "a\n"] {
            check(name, false);
        }
    }
}
