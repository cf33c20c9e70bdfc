//! A member's session at a server.

use std::sync::Arc;

use crate::connection::Connection;
use crate::error::ClientError;
use crate::transport::Bearer;

/// A member's session at a server. Operations sign in when needed; a program that passes the token on, or that wants to sign in at a
/// moment of its choice, does it here.
#[derive(Clone, Debug)]
pub struct Session(pub(crate) Arc<Connection>);

impl Session {
    /// Signs in, even if a token is at hand, and returns the new token.
    pub async fn sign_in(&self) -> Result<Bearer, ClientError> {
        self.0.sign_in().await
    }

    /// A token that is valid for a minute at least, signing in if there is none.
    pub async fn token(&self) -> Result<Bearer, ClientError> {
        self.0.bearer().await
    }

    /// The token at hand, if it is valid for a minute at least. Asks no server.
    pub fn held_token(&self) -> Option<Bearer> {
        self.0.held()
    }

    /// Returns whether a token is at hand that is valid for a minute at least. Asks no server.
    pub fn is_signed_in(&self) -> bool {
        self.held_token().is_some()
    }
}
