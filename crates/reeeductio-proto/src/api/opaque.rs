//! Password login (wire.md 9). Every message is OPAQUE's (RFC 9807), in standard base64.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A fresh server setup, which the server does not keep.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
pub struct SetupResponse {
    /// 128 bytes; to be stored by the owner at data path `opaque/server/setup`.
    pub server_setup: String,
}

impl std::fmt::Debug for SetupResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetupResponse").finish_non_exhaustive()
    }
}

/// Starts a registration.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct RegisterInitRequest {
    /// 1 to 255 characters of `[a-zA-Z0-9._@+-]`.
    pub username: String,
    /// `RegistrationRequest`.
    pub registration_request: String,
    /// Replace the password of a username whose record the member wrote, or as the owner anyone's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replace: bool,
}

/// Continues a registration.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct RegisterInitResponse {
    /// `RegistrationResponse`.
    pub registration_response: String,
}

/// Finishes a registration.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct RegisterFinishRequest {
    /// The username.
    pub username: String,
    /// `RegistrationUpload`.
    pub registration_record: String,
}

/// Finished registration, which the client stores in the user's record.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct RegisterFinishResponse {
    /// The password file.
    pub password_file: String,
}

/// Starts a login.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct LoginInitRequest {
    /// The username.
    pub username: String,
    /// `CredentialRequest`.
    pub credential_request: String,
}

/// Continues a login; the same whether the username exists or not.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct LoginInitResponse {
    /// `CredentialResponse`.
    pub credential_response: String,
    /// To be handed back with the second half, so that any server finishes the login; sealed for the servers. Servers of
    /// the first release send none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_state: Option<String>,
}

/// Finishes a login.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct LoginFinishRequest {
    /// The username.
    pub username: String,
    /// `CredentialFinalization`.
    pub credential_finalization: String,
    /// `login_state` of the answer to the first half. Without it, only the server that answered the first half finishes
    /// the login, and only until it is restarted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_state: Option<String>,
}

/// The member's credentials, which only the password opens.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct LoginFinishResponse {
    /// Sealed under the key the password yields, base64.
    pub encrypted_credentials: String,
    /// The id to sign in with.
    pub public_key: String,
}
