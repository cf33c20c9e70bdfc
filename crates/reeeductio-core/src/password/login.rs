//! Logging in with a password.

use std::fmt;

use opaque_ke::{ClientLogin, ClientLoginFinishParameters, CredentialResponse, Identifiers};

use super::{PasswordError, Stretching, Suite, generator};
use crate::credentials::WrapKey;

/// A login that was begun.
pub struct PasswordLogin {
    state: ClientLogin<Suite>,
    seed: [u8; 32],
}

/// A login that the password opened.
#[derive(Clone, Debug)]
pub struct FinishedLogin {
    /// `CredentialFinalization`, to be sent: it proves the password to the server.
    pub finalization: Vec<u8>,
    /// Opens the credentials that the server hands over for it.
    pub wrap_key: WrapKey,
    /// How the password was stretched when it was registered.
    pub stretching: Stretching,
}

impl PasswordLogin {
    /// Begins, with 32 random bytes for each step. Returns the `CredentialRequest` to be sent.
    pub fn start(seeds: [[u8; 32]; 2], password: &[u8]) -> Result<(Self, Vec<u8>), PasswordError> {
        let [first, second] = seeds;
        let started = ClientLogin::<Suite>::start(&mut generator(first), password)
            .map_err(|error| PasswordError::from_protocol("credential_request", &error))?;
        let login = Self {
            state: started.state,
            seed: second,
        };
        Ok((login, started.message.serialize().to_vec()))
    }

    /// Takes in the server's `CredentialResponse`, trying the parameters of both published clients. This
    /// takes as long as stretching a password does: do not do it where waiting is not allowed.
    pub fn finish(self, password: &[u8], response: &[u8]) -> Result<FinishedLogin, PasswordError> {
        let field = "credential_response";
        let response = CredentialResponse::<Suite>::deserialize(response)
            .map_err(|_| PasswordError::Malformed { field })?;
        for stretching in Stretching::ALL {
            let function = stretching.function()?;
            let parameters =
                ClientLoginFinishParameters::new(None, Identifiers::default(), Some(&function));
            let finished = self.state.clone().finish(
                &mut generator(self.seed),
                password,
                response.clone(),
                parameters,
            );
            let error = match finished {
                Ok(finished) => {
                    return Ok(FinishedLogin {
                        finalization: finished.message.serialize().to_vec(),
                        wrap_key: WrapKey::from_export_key(&finished.export_key),
                        stretching,
                    });
                }
                Err(error) => PasswordError::from_protocol(field, &error),
            };
            if error != PasswordError::Wrong {
                return Err(error);
            }
        }
        Err(PasswordError::Wrong)
    }
}

impl fmt::Debug for PasswordLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordLogin(..)")
    }
}
