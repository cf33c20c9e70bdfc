//! Bearer tokens: JWT (RFC 7519) with HS256 and the four claims of the base protocol (wire.md 7).
//!
//! One algorithm, one header: a general JWT library would bring RSA and the ways to be talked into
//! another algorithm. The primitive is the `hmac` crate's.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use reeeductio_proto::{ErrorCode, MemberId, SpaceId};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::refusal::Refusal;
use crate::secret::Secret;

/// `{"alg":"HS256","typ":"JWT"}`.
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
/// Seconds a token may seem to come from the future, for servers whose clocks differ.
const ISSUED_AT_LEEWAY: i64 = 60;

/// Issues and checks tokens.
#[derive(Debug)]
pub(crate) struct Tokens {
    secret: Secret,
    lifetime: i64,
}

/// What a checked token says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claims {
    pub(crate) member: MemberId,
    /// Unix milliseconds.
    pub(crate) expires_at: i64,
}

#[derive(Deserialize, Serialize)]
struct Payload<'a> {
    space_id: &'a str,
    id: &'a str,
    iat: i64,
    exp: i64,
}

impl Tokens {
    pub(crate) fn new(secret: Secret, lifetime: i64) -> Self {
        Self { secret, lifetime }
    }

    /// Returns the token and when it expires (Unix milliseconds, whole seconds).
    pub(crate) fn issue(
        &self,
        space: SpaceId,
        member: &MemberId,
        now: i64,
    ) -> Result<(String, i64), Refusal> {
        let (space, id) = (space.to_string(), member.to_string());
        let iat = now.div_euclid(1000);
        let exp = (now + self.lifetime).div_euclid(1000);
        let payload = Payload {
            space_id: &space,
            id: &id,
            iat,
            exp,
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
        })
    }

    fn mac(&self, bytes: &[u8]) -> Result<Hmac<Sha256>, Refusal> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.expose())
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
mod tests {
    use super::*;

    fn golden() -> serde_json::Value {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../spec/vectors/jwt_websocket.json"
        );
        let file: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        file["jwt"].clone()
    }

    fn tokens(golden: &serde_json::Value) -> (Tokens, SpaceId, MemberId) {
        let secret = golden["secret_utf8"].as_str().unwrap().as_bytes().to_vec();
        let claim = |name: &str| golden["claims"][name].as_str().unwrap().to_owned();
        (
            Tokens::new(Secret::new(secret), 24 * 3_600_000),
            SpaceId::parse(&claim("space_id")).unwrap(),
            MemberId::parse(&claim("id")).unwrap(),
        )
    }

    const ISSUED: i64 = 1_700_000_000_000;

    #[test]
    fn tokens_are_those_of_the_published_server() {
        let golden = golden();
        let (tokens, space, member) = tokens(&golden);
        let (token, expires_at) = tokens.issue(space, &member, ISSUED).unwrap();
        assert_eq!(token, golden["token"].as_str().unwrap());
        assert_eq!(
            expires_at,
            golden["response"]["expires_at"].as_i64().unwrap()
        );
        assert_eq!(tokens.check(&token, space, ISSUED).unwrap().member, member);
    }

    #[test]
    fn what_is_expired_foreign_changed_or_of_another_algorithm_is_refused() {
        let golden = golden();
        let (tokens, space, member) = tokens(&golden);
        let (token, expires_at) = tokens.issue(space, &member, ISSUED).unwrap();
        let code = |token: &str, space, now| tokens.check(token, space, now).unwrap_err().code();
        assert_eq!(code(&token, space, expires_at), ErrorCode::TokenExpired);
        assert!(tokens.check(&token, space, expires_at - 1).is_ok());
        let other = SpaceId::from_public_key([7; 32]);
        assert_eq!(code(&token, other, ISSUED), ErrorCode::TokenWrongSpace);
        assert_eq!(
            code(&token, space, ISSUED - 120_000),
            ErrorCode::TokenInvalid
        );
        for index in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(
                code(&changed, space, ISSUED),
                ErrorCode::TokenInvalid,
                "{index}"
            );
        }
        let unsigned = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        let payload = token.split('.').nth(1).unwrap();
        assert_eq!(
            code(&format!("{unsigned}.{payload}."), space, ISSUED),
            ErrorCode::TokenInvalid
        );
        for garbage in ["", ".", "..", "a.b", "a.b.c.d"] {
            assert_eq!(code(garbage, space, ISSUED), ErrorCode::TokenInvalid);
        }
    }
    #[test]
    fn a_token_that_lasts_longer_than_time_is_taken() {
        let (tokens, space, member) = tokens(&golden());
        let payload = serde_json::json!({
            "space_id": space, "id": member, "iat": ISSUED / 1000, "exp": i64::MAX,
        });
        let signed = format!("{HEADER}.{}", URL_SAFE_NO_PAD.encode(payload.to_string()));
        let tag = tokens.mac(signed.as_bytes()).unwrap().finalize();
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.into_bytes()));
        let claims = tokens.check(&token, space, ISSUED).unwrap();
        assert_eq!(claims.expires_at, i64::MAX);
    }
}
