//! How a password is stretched: Argon2id, version 0x13, without salt of its own (wire.md 9).

use opaque_ke::argon2::{Algorithm, Argon2, Params, Version};

use super::PasswordError;

/// KiB that the more demanding of the parameter sets needs.
pub(super) const MOST_MEMORY: u32 = 65_536;

/// The parameters by which a password is stretched. The server does not know them; a client that logs in tries both.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Stretching {
    /// 19,456 KiB, 2 passes, 1 lane: the published Python client.
    #[default]
    Python,
    /// 65,536 KiB, 3 passes, 4 lanes: the published TypeScript client.
    TypeScript,
}

impl Stretching {
    /// All of them, the cheapest first.
    pub(super) const ALL: [Self; 2] = [Self::Python, Self::TypeScript];

    pub(super) fn function(self) -> Result<Argon2<'static>, PasswordError> {
        let params = match self {
            Self::Python => Params::new(19_456, 2, 1, None),
            Self::TypeScript => Params::new(MOST_MEMORY, 3, 4, None),
        };
        let params = params.map_err(|error| PasswordError::Stretching(error.to_string()))?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }
}
