//! The secret of an invite link of version 1, and the keys of its tool (`spec/crypto.md`, "Invite links, version 1").

use std::fmt;

use opaque_ke::argon2::{Algorithm, Argon2, Params, Version};
use reeeductio_proto::{SpaceId, lp};
use zeroize::Zeroizing;

use crate::identity::Identity;
use crate::keys::Key;
use crate::password::PasswordError;

/// Memory of Argon2id in KiB, its passes and lanes.
const COST: (u32, u32, u32) = (19_456, 2, 1);

/// The 32 random bytes of an invite link. Wiped when dropped, never shown.
#[derive(Clone)]
pub struct LinkSecret(Key);

impl LinkSecret {
    /// Takes over the bytes: random ones for a new link.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Key::new(bytes))
    }

    /// The bytes, to write the link.
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// The key of the link's tool in a space. Its encryption key is that of generation 0. Another password gives another tool, of which
    /// the space knows nothing.
    ///
    /// With a password this takes as long as stretching it does: do not do it where waiting is not allowed. An empty password is
    /// refused, and so is one that cannot be stretched here.
    pub fn tool(&self, space: &SpaceId, password: Option<&str>) -> Result<Identity, PasswordError> {
        let with_password;
        let secret = match password {
            None => &self.0,
            Some(password) => {
                with_password = self.with_password(space, password)?;
                &with_password
            }
        };
        let info = lp([b"reeeductio/link/v1".as_slice(), &space.to_bytes(), b"sign"]);
        let seed = Key::derive_bytes(secret.expose(), &info);
        Ok(Identity::from_seed(seed.expose()))
    }

    fn with_password(&self, space: &SpaceId, password: &str) -> Result<Key, PasswordError> {
        if password.is_empty() {
            return Err(PasswordError::Weak("is empty"));
        }
        let (salt, _) = self.0.expose().split_at(16);
        let mut both = Zeroizing::new([0; 64]);
        let (secret, stretched) = both.split_at_mut(32);
        secret.copy_from_slice(self.0.expose());
        stretch(password, salt, stretched)
            .map_err(|error| PasswordError::Stretching(error.to_string()))?;
        let info = lp([b"reeeductio/link-password/v1".as_slice(), &space.to_bytes()]);
        Ok(Key::derive_bytes(&*both, &info))
    }
}

fn stretch(password: &str, salt: &[u8], out: &mut [u8]) -> Result<(), opaque_ke::argon2::Error> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, Some(out.len()))?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into(password.as_bytes(), salt, out)
}

impl fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkSecret(..)")
    }
}

#[cfg(test)]
mod tests;
