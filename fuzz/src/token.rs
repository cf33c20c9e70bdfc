//! Bearer tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use reeeductio_proto::ErrorCode;
use serde_json::Value;
use sha2::Sha256;

use crate::cast::{actors, space, with_ids};
use crate::input::lines;
use crate::rig::{Rig, SECRET, now};
use crate::script::START;

/// Two lines: a text that stands for a token, and a payload that is signed with the server's secret, in which
/// `@a` stands for a member's id and `@s` for the space's.
///
/// No text is a token but those that were issued. A signed payload is believed only if it names the space, a
/// member, and times that fit.
pub fn check(data: &[u8]) {
    let Some([text, payload]) = lines(data) else {
        return;
    };
    let rig = Rig::start();
    let issued = rig.owner().token;
    let authenticate = |token: &str| now(rig.engine.authenticate(space(), token));
    assert!(authenticate(&issued).is_ok());
    for text in [
        text.to_owned(),
        format!("{issued}{text}"),
        format!("{text}{issued}"),
    ] {
        match authenticate(&text) {
            Ok(_) => assert_eq!(text, issued),
            Err(refusal) => assert_eq!(refusal.code(), ErrorCode::TokenInvalid, "{text}"),
        }
    }

    let payload = with_ids(payload, &actors());
    let Ok(member) = authenticate(&signed(&payload)) else {
        return;
    };
    let claims: Value = serde_json::from_str(&payload).unwrap();
    assert_eq!(claims["space_id"], space().to_string());
    assert_eq!(claims["id"], member.id().to_string());
    assert!(claims["iat"].as_i64().unwrap() <= START / 1000 + 60);
    assert_eq!(
        member.expires_at(),
        claims["exp"].as_i64().unwrap().saturating_mul(1000)
    );
    assert!(member.expires_at() > START);
}

/// The token that a server of the same secret would make of this payload.
fn signed(payload: &str) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"typ": "JWT", "alg": "HS256"}"#);
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload));
    let mut mac = Hmac::<Sha256>::new_from_slice(&SECRET).unwrap();
    mac.update(signed.as_bytes());
    let tag = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    format!("{signed}.{tag}")
}
