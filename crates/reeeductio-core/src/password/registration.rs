//! Registering a password.

use std::fmt;

use opaque_ke::{
    ClientRegistration, ClientRegistrationFinishParameters, Identifiers, RegistrationResponse,
};
use serde::{Deserialize, Serialize};

use super::{PasswordError, Stretching, Suite, generator};
use crate::credentials::WrapKey;

/// A registration that was begun.
pub struct PasswordRegistration {
    state: ClientRegistration<Suite>,
    seed: [u8; 32],
}

/// A registration whose secrets can be sealed.
#[derive(Clone, Debug)]
pub struct FinishedRegistration {
    /// `RegistrationUpload`, to be sent: the server answers with the password file.
    pub upload: Vec<u8>,
    /// Seals the credentials.
    pub wrap_key: WrapKey,
}

/// The record stored for a username, as JSON in a data entry.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PasswordRecord {
    /// The file that the server checks a password with, base64.
    pub password_file: String,
    /// The member's secrets, sealed under the key that the password yields, base64.
    pub encrypted_credentials: String,
    /// The id to sign in with.
    pub public_key: String,
}

impl PasswordRegistration {
    /// Begins, with 32 random bytes for each step. Returns the `RegistrationRequest` to be sent.
    pub fn start(seeds: [[u8; 32]; 2], password: &[u8]) -> Result<(Self, Vec<u8>), PasswordError> {
        let [first, second] = seeds;
        let started = ClientRegistration::<Suite>::start(&mut generator(first), password)
            .map_err(|error| PasswordError::from_protocol("registration_request", &error))?;
        let registration = Self {
            state: started.state,
            seed: second,
        };
        Ok((registration, started.message.serialize().to_vec()))
    }

    /// Takes in the server's `RegistrationResponse`. This takes as long as stretching a password does: do
    /// not do it where waiting is not allowed.
    pub fn finish(
        self,
        password: &[u8],
        response: &[u8],
        stretching: Stretching,
    ) -> Result<FinishedRegistration, PasswordError> {
        let field = "registration_response";
        let response = RegistrationResponse::<Suite>::deserialize(response)
            .map_err(|_| PasswordError::Malformed { field })?;
        let function = stretching.function()?;
        let parameters =
            ClientRegistrationFinishParameters::new(Identifiers::default(), Some(&function));
        let finished = self
            .state
            .finish(&mut generator(self.seed), password, response, parameters)
            .map_err(|error| PasswordError::from_protocol(field, &error))?;
        Ok(FinishedRegistration {
            upload: finished.message.serialize().to_vec(),
            wrap_key: WrapKey::from_export_key(&finished.export_key),
        })
    }
}

impl fmt::Debug for PasswordRegistration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordRegistration(..)")
    }
}
