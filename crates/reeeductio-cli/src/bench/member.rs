//! A member of a fresh space, as lean as the rest.

use anyhow::{Context as _, Result};
use reeeductio_client::{Identity, random};
use reeeductio_core::Draft;
use reeeductio_proto::{MemberId, MessageId, SpaceId, TopicId};
use serde_json::{Value, json};

use super::connection::Connection;

/// A member with its token.
#[derive(Clone)]
pub(super) struct Member {
    pub(super) keys: Identity,
    pub(super) space: SpaceId,
    pub(super) id: MemberId,
    pub(super) token: String,
}

impl Member {
    /// The owner of a fresh space.
    pub(super) async fn owner(connection: &mut Connection) -> Result<Self> {
        let keys = Identity::from_seed(&random()?);
        let (space, id) = (keys.space_id(), keys.user_id());
        Self::sign_in(connection, keys, space, id).await
    }

    /// Signs in: two requests and one signature.
    pub(super) async fn sign_in(
        connection: &mut Connection,
        keys: Identity,
        space: SpaceId,
        id: MemberId,
    ) -> Result<Self> {
        let field = |connection: &Connection, name: &str| -> Result<String> {
            let body: Value = serde_json::from_slice(connection.body())?;
            let value = body.get(name).and_then(Value::as_str);
            Ok(value
                .with_context(|| format!("an answer without {name}"))?
                .to_owned())
        };
        let body = json!({"public_key": id.to_string()}).to_string();
        let path = format!("/spaces/{space}/auth/challenge");
        let request = connection.request("POST", &path, "", body.as_bytes());
        connection.expect(&request, 200).await?;
        let challenge = field(connection, "challenge")?;
        let body = json!({
            "public_key": id.to_string(),
            "signature": keys.sign(challenge.as_bytes()).to_string(),
            "challenge": challenge,
        })
        .to_string();
        let path = format!("/spaces/{space}/auth/verify");
        let request = connection.request("POST", &path, "", body.as_bytes());
        connection.expect(&request, 200).await?;
        let token = field(connection, "token")?;
        Ok(Self {
            keys,
            space,
            id,
            token,
        })
    }

    /// The request that posts a message on top of `prev`, and the message's id.
    pub(super) fn post(
        &self,
        connection: &Connection,
        topic: &TopicId,
        kind: &str,
        prev: Option<MessageId>,
        data: &[u8],
    ) -> Result<(MessageId, Vec<u8>)> {
        let draft = Draft {
            space: &self.space,
            topic,
            kind,
            prev_hash: prev,
            data,
        };
        let (hash, body) = draft.sign(&self.id, &self.keys);
        let path = format!("/spaces/{}/topics/{topic}/messages", self.space);
        let body = serde_json::to_vec(&body)?;
        Ok((hash, connection.request("POST", &path, &self.token, &body)))
    }

    /// The request for a path within the space.
    pub(super) fn get(&self, connection: &Connection, path: &str) -> Vec<u8> {
        let path = format!("/spaces/{}/{path}", self.space);
        connection.request("GET", &path, &self.token, b"")
    }
}
