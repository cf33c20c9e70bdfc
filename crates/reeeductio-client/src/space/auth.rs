//! Signing in.

use std::fmt;

use reeeductio_proto::api::{ChallengeRequest, ChallengeResponse, TokenResponse, VerifyRequest};

use super::Space;
use crate::error::ClientError;
use crate::platform::now;
use crate::request::read;

/// Milliseconds before its end from which a token is renewed.
const MARGIN: i64 = 60_000;

/// A token in use.
#[derive(Clone)]
pub(super) struct Session {
    token: String,
    expires_at: i64,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session(until {})", self.expires_at)
    }
}

impl Space {
    /// Signs in, also if a token is at hand.
    pub async fn authenticate(&self) -> Result<(), ClientError> {
        let session = self.sign_in().await?;
        *self.session.lock().await = Some(session);
        Ok(())
    }

    /// A token that is valid for a while yet.
    pub(super) async fn token(&self) -> Result<String, ClientError> {
        // Held while signing in, so that many calls at once sign in once.
        let mut session = self.session.lock().await;
        if let Some(session) = session.as_ref()
            && now() < session.expires_at - MARGIN
        {
            return Ok(session.token.clone());
        }
        let fresh = self.sign_in().await?;
        let token = fresh.token.clone();
        *session = Some(fresh);
        Ok(token)
    }

    async fn sign_in(&self) -> Result<Session, ClientError> {
        let public_key = self.member.to_string();
        let ask = ChallengeRequest {
            public_key: public_key.clone(),
        };
        let challenge: ChallengeResponse = read(
            self.http
                .post(self.url("auth/challenge"))
                .json(&ask)
                .send()
                .await?,
        )
        .await?;
        let answer = VerifyRequest {
            public_key,
            signature: self
                .identity
                .sign(challenge.challenge.as_bytes())
                .to_string(),
            challenge: challenge.challenge,
        };
        let token: TokenResponse = read(
            self.http
                .post(self.url("auth/verify"))
                .json(&answer)
                .send()
                .await?,
        )
        .await?;
        Ok(Session {
            token: token.token,
            expires_at: token.expires_at,
        })
    }
}
