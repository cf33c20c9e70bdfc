//! Signing in: challenge, answer, token.

use reeeductio_proto::{ErrorCode, MemberId, PublicKey, Signature, SpaceId};

use crate::caller::SpaceMember;
use crate::engine::Engine;
use crate::refusal::Refusal;
use crate::token::SignIn;

/// A challenge to sign.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// The text whose UTF-8 bytes are to be signed.
    pub challenge: String,
    /// Unix milliseconds.
    pub expires_at: i64,
}

/// A token.
#[derive(Clone)]
pub struct IssuedToken {
    /// The bearer token.
    pub token: String,
    /// Unix milliseconds.
    pub expires_at: i64,
}

impl std::fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssuedToken")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// Issues a challenge for an id. Membership is disclosed only after it has signed.
    pub async fn challenge(&self, space: SpaceId, public_key: &str) -> Result<Challenge, Refusal> {
        self.check_exists(space).await?;
        let member = member_id(public_key)?;
        let (challenge, expires_at) =
            self.challenges
                .issue(space, &member, self.now(), self.rng.as_ref())?;
        Ok(Challenge {
            challenge,
            expires_at,
        })
    }

    /// Checks the signed challenge and the membership, and issues a token. A failed attempt leaves the
    /// challenge valid; success consumes it.
    pub async fn verify(
        &self,
        space: SpaceId,
        public_key: &str,
        challenge: &str,
        signature: &str,
    ) -> Result<IssuedToken, Refusal> {
        let now = self.now();
        let state = self.space(space).await?;
        let member = member_id(public_key)?;
        let answer = self.challenges.check(challenge, space, &member, now)?;
        // Text that is no signature at all does not sign the challenge either.
        Signature::parse(signature)
            .ok()
            .zip(PublicKey::parse(member.public_key()).ok())
            .and_then(|(signature, key)| key.verify(challenge.as_bytes(), &signature).ok())
            .ok_or_else(|| {
                Refusal::new(
                    ErrorCode::ChallengeBadSignature,
                    "The signature does not match. Sign the UTF-8 text of the challenge with the key of public_key.",
                )
            })?;
        let (is_member, valid_from) = {
            let authority = state.authority().await?;
            let view = &authority.view;
            (
                view.is_member(&member, now),
                view.tokens_valid_from(&member),
            )
        };
        if !is_member {
            return Err(Refusal::new(
                ErrorCode::MemberUnknown,
                "This id is not a member of the space. Ask someone who may add members.",
            ));
        }
        self.challenges.consume(&answer, now)?;
        self.issue_token(
            space,
            &member,
            &SignIn::new(now, valid_from, state.registered_again()),
        )
    }

    /// Issues a fresh token to the holder of a valid one, until the session has lasted as long as it may.
    pub fn refresh(&self, caller: &SpaceMember) -> Result<IssuedToken, Refusal> {
        if caller.expires_at >= self.tokens.session_end(&caller.sign_in) {
            return Err(Refusal::new(
                ErrorCode::TokenExpired,
                "The session has lasted as long as it may. Sign in again.",
            ));
        }
        self.issue_token(caller.space_id(), &caller.id, &caller.sign_in)
    }

    /// Checks a bearer token and that its holder is still a member.
    pub async fn authenticate(&self, space: SpaceId, token: &str) -> Result<SpaceMember, Refusal> {
        let space = self.space(space).await?;
        let now = self.now();
        let claims = self.tokens.check(token, space.id(), now)?;
        let caller = SpaceMember {
            space,
            id: claims.member,
            expires_at: claims.expires_at,
            sign_in: claims.sign_in,
        };
        let is_admitted = {
            let authority = caller.space.authority().await?;
            caller.is_admitted(&authority.view, now)
        };
        if !is_admitted {
            return Err(Refusal::new(
                ErrorCode::TokenRevoked,
                "The holder of this token is no longer a member of the space, or its tokens were ended. Sign in again.",
            ));
        }
        Ok(caller)
    }

    fn issue_token(
        &self,
        space: SpaceId,
        member: &MemberId,
        sign_in: &SignIn,
    ) -> Result<IssuedToken, Refusal> {
        let (token, expires_at) = self.tokens.issue(space, member, sign_in, self.now())?;
        Ok(IssuedToken { token, expires_at })
    }
}

fn member_id(text: &str) -> Result<MemberId, Refusal> {
    MemberId::parse(text)
        .map_err(|error| Refusal::new(ErrorCode::MemberInvalidId, format!("public_key: {error}")))
}
