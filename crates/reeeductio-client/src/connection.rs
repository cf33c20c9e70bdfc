//! A member's requests to one part of a server, with the signing in that they need (wire.md 7).

use std::sync::{Arc, Mutex as Lock, PoisonError};

use reeeductio_core::Identity;
use reeeductio_core::replica::ServerClock;
use reeeductio_proto::api::{
    ChallengeRequest, ChallengeResponse, STREAM_VERSION, TokenResponse, VerifyRequest,
};
use reeeductio_proto::{MemberId, encoding};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::answer::{accepted, read};
use crate::endpoint::{Endpoint, json};
use crate::error::ClientError;
use crate::platform::{elapsed, now};
use crate::stream_sign_in::Opening;
use crate::transport::{Bearer, Body, Method, Response, Socket, Transport, TransportError};

/// Milliseconds before its end from which a token is renewed.
const MARGIN: i64 = 60_000;

/// A member's requests to one part of a server.
#[derive(Debug)]
pub(crate) struct Connection {
    endpoint: Endpoint,
    member: MemberId,
    identity: Identity,
    /// The token at hand. Locked for the time of a look only.
    token: Lock<Option<Token>>,
    /// Held while signing in, so that many calls at once sign in once.
    signing_in: Mutex<()>,
    clock: Lock<ServerClock>,
    /// Whether to refuse rather than sign in when there is no token.
    pub(crate) sign_in_by_hand: bool,
}

#[derive(Clone, Debug)]
struct Token {
    bearer: Bearer,
    expires_at: i64,
}

impl Connection {
    /// Requests to `part` of the server at `base_url` by `member`, who holds the key of `identity`.
    pub(crate) fn new(
        transport: Arc<dyn Transport>,
        base_url: &str,
        part: &str,
        member: MemberId,
        identity: Identity,
    ) -> Result<Self, ClientError> {
        if *member.public_key() != identity.public_key() {
            return Err(ClientError::argument("member", "is not the id of the key"));
        }
        Ok(Self {
            endpoint: Endpoint::new(transport, base_url, part)?,
            member,
            identity,
            token: Lock::default(),
            signing_in: Mutex::default(),
            clock: Lock::default(),
            sign_in_by_hand: false,
        })
    }

    pub(crate) fn member(&self) -> MemberId {
        self.member
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        read(self.send(Method::Get, path, Body::Empty).await?).await
    }

    pub(crate) async fn submit<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        read(self.send(method, path, json(body)?).await?).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<(), ClientError> {
        accepted(self.send(Method::Delete, path, Body::Empty).await?)
            .await
            .map(|_| ())
    }

    /// Sends with a token. If the server does not take it, signs in again, once.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Body,
    ) -> Result<Response, ClientError> {
        let token = self.token().await?;
        let again = body.repeat();
        let response = self.request(method, path, &token, body).await?;
        match again {
            Some(body) if response.status == 401 => {
                let token = self.replace(&token).await?;
                self.request(method, path, &token, body).await
            }
            _ => Ok(response),
        }
    }

    /// Asks for bytes, from one on if it is given. If the server does not take the token, signs in again,
    /// once.
    pub(crate) async fn get_bytes(
        &self,
        path: &str,
        from: Option<u64>,
    ) -> Result<Response, ClientError> {
        let token = self.token().await?;
        let response = self.endpoint.get_from(path, &token.bearer, from).await?;
        if response.status != 401 {
            return Ok(response);
        }
        let token = self.replace(&token).await?;
        self.endpoint.get_from(path, &token.bearer, from).await
    }

    /// Opens the WebSocket of the stream.
    pub(crate) async fn open_stream(
        &self,
        opening: Opening<'_>,
    ) -> Result<Box<dyn Socket>, ClientError> {
        let token = self.token().await?;
        match self.connect_stream(&token, opening).await {
            // A refused token is answered so, or may be. It may have ended early: keys of servers change. If the space or its member
            // is gone, signing in says so.
            Err(ClientError::Transport(TransportError::Handshake(status)))
                if matches!(status, 0 | 401 | 403) || (status == 404 && !self.sign_in_by_hand) =>
            {
                let token = self.replace(&token).await?;
                self.connect_stream(&token, opening).await
            }
            other => other,
        }
    }

    /// Which way the token goes depends on the server that issued it, and on nothing that failed before: a browser would log
    /// a URL that cannot be reached, with the token in it.
    async fn connect_stream(
        &self,
        token: &Token,
        opening: Opening<'_>,
    ) -> Result<Box<dyn Socket>, ClientError> {
        let by_frame = claims(token.bearer.expose())
            .is_some_and(|claims| claims.stream >= Some(STREAM_VERSION.into()));
        self.endpoint
            .connect_stream(&token.bearer, by_frame, opening)
            .await
    }

    /// Signs in, also if a token is at hand.
    pub(crate) async fn sign_in(&self) -> Result<Bearer, ClientError> {
        let _turn = self.signing_in.lock().await;
        let fresh = self.answer_challenge().await?;
        Ok(self.hold(fresh).bearer)
    }

    /// A token that is valid for a while yet.
    pub(crate) async fn bearer(&self) -> Result<Bearer, ClientError> {
        Ok(self.token().await?.bearer)
    }

    /// The token at hand, if it is valid for a while yet.
    pub(crate) fn held(&self) -> Option<Bearer> {
        let held = self.at_hand().filter(|token| self.left(token) > MARGIN);
        held.map(|token| token.bearer)
    }

    fn at_hand(&self) -> Option<Token> {
        let held = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        held.clone()
    }

    fn hold(&self, fresh: Token) -> Token {
        let mut held = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        *held = Some(fresh.clone());
        fresh
    }

    /// The server's time, Unix milliseconds; `None` before the first sign-in.
    pub(crate) fn server_time(&self) -> Option<i64> {
        self.clock().now(elapsed(), now())
    }

    /// A time that the server's clock has reached for sure, Unix milliseconds; `None` before the first sign-in.
    pub(crate) fn server_time_reached(&self) -> Option<i64> {
        self.clock().earliest(elapsed())
    }

    /// The latest time that the server's clock can show, Unix milliseconds; `None` before the first sign-in.
    pub(crate) fn server_time_latest(&self) -> Option<i64> {
        self.clock().latest(elapsed())
    }

    fn clock(&self) -> ServerClock {
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Milliseconds for which a token is valid yet. Where the server's time is not known it is taken for valid: if it is not, the
    /// server says so.
    fn left(&self, token: &Token) -> i64 {
        let latest = self.clock().latest(elapsed());
        latest.map_or(i64::MAX, |latest| token.expires_at.saturating_sub(latest))
    }

    /// Learns the server's time from a token that it issued for a request sent at `sent` of the local clock.
    fn learn_time(&self, token: &str, sent: i64) {
        if let Some(issued_at) = issued_at(token) {
            let mut clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner);
            let end_of_second = issued_at.saturating_add(999);
            clock.learn(sent, elapsed(), issued_at, end_of_second);
        }
    }

    /// A token that is valid for a while yet.
    async fn token(&self) -> Result<Token, ClientError> {
        let valid = |token: &Token| self.left(token) > MARGIN;
        if let Some(token) = self.at_hand().filter(valid) {
            return Ok(token);
        }
        let _turn = self.signing_in.lock().await;
        let fresh = match self.at_hand() {
            Some(token) if valid(&token) => return Ok(token),
            Some(token) if self.left(&token) > 0 => self.fresh(&token).await?,
            _ if self.sign_in_by_hand => return Err(ClientError::NotSignedIn),
            _ => self.answer_challenge().await?,
        };
        Ok(self.hold(fresh))
    }

    /// Gets another token, which tells the server's time.
    pub(crate) async fn renew(&self) -> Result<(), ClientError> {
        let _turn = self.signing_in.lock().await;
        let fresh = match self.at_hand() {
            Some(token) => self.fresh(&token).await?,
            None if self.sign_in_by_hand => return Err(ClientError::NotSignedIn),
            None => self.answer_challenge().await?,
        };
        self.hold(fresh);
        Ok(())
    }

    async fn fresh(&self, token: &Token) -> Result<Token, ClientError> {
        match self.refresh(token).await {
            Ok(fresh) => Ok(fresh),
            // Servers of the first release cannot refresh.
            Err(_) => self.answer_challenge().await,
        }
    }

    /// A token other than `refused`.
    async fn replace(&self, refused: &Token) -> Result<Token, ClientError> {
        let _turn = self.signing_in.lock().await;
        match self.at_hand() {
            Some(token) if token.bearer.expose() != refused.bearer.expose() => Ok(token),
            _ if self.sign_in_by_hand => Err(ClientError::NotSignedIn),
            _ => Ok(self.hold(self.answer_challenge().await?)),
        }
    }

    async fn refresh(&self, token: &Token) -> Result<Token, ClientError> {
        let sent = elapsed();
        let response = self
            .request(Method::Post, "auth/refresh", token, Body::Empty)
            .await?;
        let token: TokenResponse = read(response).await?;
        self.learn_time(&token.token, sent);
        Ok(token.into())
    }

    async fn answer_challenge(&self) -> Result<Token, ClientError> {
        let public_key = self.member.to_string();
        let ask = ChallengeRequest {
            public_key: public_key.clone(),
        };
        let challenge: ChallengeResponse = self.endpoint.post("auth/challenge", &ask).await?;
        // The text signed here must not mean anything elsewhere: texts that are signed for other purposes
        // contain a bar, and message ids are 33 bytes, which no base64 is.
        encoding::check(&challenge.challenge)
            .map_err(|error| ClientError::answer("challenge", error))?;
        let answer = VerifyRequest {
            public_key,
            signature: self
                .identity
                .sign(challenge.challenge.as_bytes())
                .to_string(),
            challenge: challenge.challenge,
        };
        let sent = elapsed();
        let token: TokenResponse = self.endpoint.post("auth/verify", &answer).await?;
        self.learn_time(&token.token, sent);
        Ok(token.into())
    }

    async fn request(
        &self,
        method: Method,
        path: &str,
        token: &Token,
        body: Body,
    ) -> Result<Response, ClientError> {
        self.endpoint
            .request(method, path, Some(&token.bearer), body)
            .await
    }
}

impl From<TokenResponse> for Token {
    fn from(response: TokenResponse) -> Self {
        Self {
            bearer: Bearer::new(response.token),
            expires_at: response.expires_at,
        }
    }
}

/// The claims of a token, a JWT (wire.md 7), that the client reads. Nothing is verified: the token is the server's word, as is every other
/// time of it.
#[derive(Deserialize)]
struct Claims {
    /// Unix seconds.
    iat: Option<i64>,
    /// Newest protocol of the stream that the server speaks; published servers do not say it.
    stream: Option<u64>,
}

fn claims(token: &str) -> Option<Claims> {
    let claims = encoding::decode_url(token.split('.').nth(1)?)?;
    serde_json::from_slice(&claims).ok()
}

/// When a token was issued, Unix milliseconds.
fn issued_at(token: &str) -> Option<i64> {
    claims(token)?.iat?.checked_mul(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_when_it_was_issued() {
        let claims = "eyJzcGFjZV9pZCI6IlMiLCJpZCI6IlUiLCJpYXQiOjE3MDAwMDAwMDAsImV4cCI6MX0";
        let issued = issued_at(&format!("eyJhbGciOiJIUzI1NiJ9.{claims}.c2ln"));
        assert_eq!(issued, Some(1_700_000_000_000));
        for other in [
            "",
            "opaque",
            "a.b.c",
            "a.e30.c",
            "..",
            "a.eyJpYXQiOjllOTl9.c",
        ] {
            assert_eq!(issued_at(other), None, "{other}");
        }
    }

    #[test]
    fn a_token_of_any_later_protocol_of_streams_is_kept_out_of_urls() {
        for stream in [2_u32, 255, 256, 65_536] {
            let text = format!(r#"{{"iat":1,"stream":{stream}}}"#);
            let token = format!("a.{}.c", encoding::encode_url(text.as_bytes()));
            let by_frame =
                claims(&token).is_some_and(|read| read.stream >= Some(STREAM_VERSION.into()));
            assert!(by_frame, "{stream}");
        }
    }
}
