//! Signing in (wire.md 7).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Asks for a challenge.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct ChallengeRequest {
    /// The id that will sign: `U…`, `T…`, or the owner's `S…`.
    pub public_key: String,
}

/// A challenge to sign.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct ChallengeResponse {
    /// The text whose UTF-8 bytes are to be signed.
    pub challenge: String,
    /// Unix milliseconds.
    pub expires_at: i64,
}

/// Answers a challenge.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct VerifyRequest {
    /// The id the challenge was asked for.
    pub public_key: String,
    /// The challenge.
    pub challenge: String,
    /// Ed25519 over the challenge's text, standard base64.
    pub signature: String,
}

/// A bearer token.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
pub struct TokenResponse {
    /// Goes into `Authorization: Bearer`.
    pub token: String,
    /// Unix milliseconds.
    pub expires_at: i64,
}

impl std::fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenResponse")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
