//! Bearer tokens: JWT (RFC 7519) with HS256 and the four claims of the base protocol (wire.md 7), and more where
//! they are needed: `auth_time`, `tokens_valid_from` (docs/adr/0012), `space_since` and `stream` (docs/adr/0022).
//!
//! One algorithm, one header: a general JWT library would bring RSA and the ways to be talked into
//! another algorithm. The primitive is the `hmac` crate's.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use reeeductio_proto::api::STREAM_VERSION;
use reeeductio_proto::{ErrorCode, MemberId, SpaceId};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::Secret;
use crate::refusal::Refusal;

/// `{"alg":"HS256","typ":"JWT"}`.
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
/// Seconds a token may seem to come from the future, for servers whose clocks differ.
const ISSUED_AT_LEEWAY: i64 = 60;

/// Issues and checks tokens.
#[derive(Debug)]
pub(crate) struct Tokens {
    secret: Secret,
    lifetime: i64,
    /// Milliseconds after a sign-in for which its tokens are refreshed.
    longest_session: i64,
}

/// Claims of a checked token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claims {
    pub(crate) member: MemberId,
    /// Unix milliseconds.
    pub(crate) expires_at: i64,
    pub(crate) sign_in: SignIn,
}

/// The sign-in that a token goes back to, whatever number of refreshes lies between.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct SignIn {
    /// Unix seconds.
    pub(crate) at: i64,
    /// [`View::tokens_valid_from`](reeeductio_proto::View::tokens_valid_from) of the member at that time.
    pub(crate) valid_from: Option<i64>,
    /// Since when the space had been registered again, if it had.
    pub(crate) space_since: Option<i64>,
}

impl SignIn {
    /// A sign-in at `now` (Unix milliseconds).
    pub(crate) fn new(now: i64, valid_from: Option<i64>, space_since: Option<i64>) -> Self {
        Self {
            at: now.div_euclid(1000),
            valid_from,
            space_since,
        }
    }

    /// Returns whether tokens of this sign-in still count, given the member's `tokens_valid_from` as it is now.
    /// Positions in the chain are compared, not times: a token's are whole seconds, and clocks differ.
    pub(crate) fn counts(&self, valid_from: Option<i64>) -> bool {
        self.valid_from >= valid_from
    }
}

#[derive(Deserialize, Serialize)]
struct Payload<'a> {
    space_id: &'a str,
    id: &'a str,
    iat: i64,
    exp: i64,
    /// Unix seconds of the sign-in, if it was before `iat`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    /// The member's `tokens_valid_from` at the sign-in, Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tokens_valid_from: Option<i64>,
    /// `server_timestamp` of the entry by which the space had been registered again at the sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    space_since: Option<i64>,
    /// Newest protocol of live streams that the issuing server speaks, for the client; nothing is checked by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stream: Option<u8>,
}

impl Tokens {
    pub(crate) fn new(secret: Secret, lifetime: i64, longest_session: i64) -> Self {
        Self {
            secret,
            lifetime,
            longest_session,
        }
    }

    /// Unix milliseconds after which tokens of this sign-in are not refreshed, nor valid.
    pub(crate) fn session_end(&self, sign_in: &SignIn) -> i64 {
        sign_in
            .at
            .saturating_mul(1000)
            .saturating_add(self.longest_session)
    }

    /// Returns the token and when it expires (Unix milliseconds, whole seconds).
    pub(crate) fn issue(
        &self,
        space: SpaceId,
        member: &MemberId,
        sign_in: &SignIn,
        now: i64,
    ) -> Result<(String, i64), Refusal> {
        let (space, id) = (space.to_string(), member.to_string());
        let iat = now.div_euclid(1000);
        let exp = now
            .saturating_add(self.lifetime)
            .min(self.session_end(sign_in))
            .div_euclid(1000);
        let payload = Payload {
            space_id: &space,
            id: &id,
            iat,
            exp,
            auth_time: (sign_in.at != iat).then_some(sign_in.at),
            tokens_valid_from: sign_in.valid_from,
            space_since: sign_in.space_since,
            stream: Some(STREAM_VERSION),
        };
        let json = serde_json::to_vec(&payload)
            .map_err(|error| Refusal::new(ErrorCode::Internal, error.to_string()))?;
        let mut token = format!("{HEADER}.{}", URL_SAFE_NO_PAD.encode(json));
        let tag = self.mac(token.as_bytes())?.finalize().into_bytes();
        token.push('.');
        token.push_str(&URL_SAFE_NO_PAD.encode(tag));
        Ok((token, exp * 1000))
    }

    /// Checks signature, times and space.
    pub(crate) fn check(&self, token: &str, space: SpaceId, now: i64) -> Result<Claims, Refusal> {
        let invalid = || {
            Refusal::new(
                ErrorCode::TokenInvalid,
                "The token is not valid. Sign in again.",
            )
        };
        let (signed, tag) = token.rsplit_once('.').ok_or_else(invalid)?;
        let (header, payload) = signed.split_once('.').ok_or_else(invalid)?;
        // Other encodings of the same header are fine as long as they name the one algorithm.
        if header != HEADER && !names_hs256(header) {
            return Err(invalid());
        }
        let tag = URL_SAFE_NO_PAD.decode(tag).map_err(|_| invalid())?;
        self.mac(signed.as_bytes())?
            .verify_slice(&tag)
            .map_err(|_| invalid())?;
        let json = URL_SAFE_NO_PAD.decode(payload).map_err(|_| invalid())?;
        let payload: Payload<'_> = serde_json::from_slice(&json).map_err(|_| invalid())?;
        let expires_at = payload.exp.saturating_mul(1000);
        if expires_at <= now {
            return Err(Refusal::new(
                ErrorCode::TokenExpired,
                "The token has expired. Sign in again.",
            ));
        }
        if payload.iat > now.div_euclid(1000) + ISSUED_AT_LEEWAY {
            return Err(invalid());
        }
        if SpaceId::parse(payload.space_id).ok() != Some(space) {
            return Err(Refusal::new(
                ErrorCode::TokenWrongSpace,
                "The token is for another space. Sign in to this one.",
            ));
        }
        Ok(Claims {
            member: MemberId::parse(payload.id).map_err(|_| invalid())?,
            expires_at,
            sign_in: SignIn {
                at: payload.auth_time.unwrap_or(payload.iat),
                valid_from: payload.tokens_valid_from,
                space_since: payload.space_since,
            },
        })
    }

    fn mac(&self, bytes: &[u8]) -> Result<Hmac<Sha256>, Refusal> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.expose_secret())
            .map_err(|error| Refusal::new(ErrorCode::Internal, error.to_string()))?;
        mac.update(bytes);
        Ok(mac)
    }
}

fn names_hs256(header: &str) -> bool {
    #[derive(Deserialize)]
    struct Header {
        alg: String,
    }
    URL_SAFE_NO_PAD
        .decode(header)
        .ok()
        .and_then(|json| serde_json::from_slice::<Header>(&json).ok())
        .is_some_and(|header| header.alg == "HS256")
}

#[cfg(test)]
mod tests;
