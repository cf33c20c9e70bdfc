//! Tokens of a published server.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use reeeductio_testkit::TestServer;
use serde_json::Value;
use sha2::Sha256;

/// Makes a server's tokens into those that the published server would have issued in its place.
#[derive(Clone)]
pub(crate) struct PublishedTokens {
    secret: Vec<u8>,
}

impl PublishedTokens {
    pub(crate) fn of(server: &TestServer) -> Self {
        Self {
            secret: std::fs::read(server.data().join("token.secret")).unwrap(),
        }
    }

    /// Changes an answer to a sign-in: its token does not say which streams the server has.
    pub(crate) fn reissue(&self, answer: &mut Vec<u8>) {
        let mut body: Value = serde_json::from_slice(answer).unwrap();
        let mut parts = body["token"].as_str().unwrap().split('.');
        let header = parts.next().unwrap();
        let claims = URL_SAFE_NO_PAD.decode(parts.next().unwrap()).unwrap();
        let mut claims: Value = serde_json::from_slice(&claims).unwrap();
        let claimed = claims.as_object_mut().unwrap().remove("stream");
        assert_eq!(claimed, Some(2.into()));
        let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
        let mut token = format!("{header}.{claims}");
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).unwrap();
        mac.update(token.as_bytes());
        let tag = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        token.push('.');
        token.push_str(&tag);
        body["token"] = token.into();
        *answer = body.to_string().into_bytes();
    }
}
