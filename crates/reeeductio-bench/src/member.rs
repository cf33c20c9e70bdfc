//! A member of a space, as lean as the rest.

use anyhow::{Context as _, Result};
use reeeductio_client::Identity;
use reeeductio_core::Draft;
use reeeductio_proto::{MemberId, MessageId, SpaceId, TopicId};
use serde_json::{Value, json};

use crate::connection::Connection;

/// A member with its token.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) keys: Identity,
    pub(crate) space: SpaceId,
    pub(crate) id: MemberId,
    pub(crate) token: String,
}

impl Member {
    /// Signs in: two requests and one signature.
    pub(crate) async fn sign_in(
        connection: &mut Connection,
        keys: Identity,
        space: SpaceId,
        id: MemberId,
    ) -> Result<Self> {
        let body = json!({"public_key": id.to_string()});
        let challenge = ask(connection, &space, "challenge", &body, "challenge").await?;
        let body = json!({
            "public_key": id.to_string(),
            "signature": keys.sign(challenge.as_bytes()).to_string(),
            "challenge": challenge,
        });
        let token = ask(connection, &space, "verify", &body, "token").await?;
        Ok(Self {
            keys,
            space,
            id,
            token,
        })
    }

    /// A request within the space.
    pub(crate) fn request(
        &self,
        connection: &Connection,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> Vec<u8> {
        let path = format!("/spaces/{}/{path}", self.space);
        connection.request(method, &path, &self.token, body)
    }

    /// A GET within the space.
    pub(crate) fn get(&self, connection: &Connection, path: &str) -> Vec<u8> {
        self.request(connection, "GET", path, b"")
    }

    /// The id of a message on top of `prev`, and the request that posts it.
    pub(crate) fn post(
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
        let path = format!("topics/{topic}/messages");
        let body = serde_json::to_vec(&body)?;
        Ok((hash, self.request(connection, "POST", &path, &body)))
    }

    /// The id of a topic's newest message.
    pub(crate) async fn head(
        &self,
        connection: &mut Connection,
        topic: &TopicId,
    ) -> Result<Option<MessageId>> {
        let request = self.get(connection, &latest(topic));
        connection.expect(&request, 200).await?;
        let page: Value = serde_json::from_slice(connection.body())?;
        let hash = page
            .pointer("/messages/0/message_hash")
            .and_then(Value::as_str);
        Ok(hash.map(str::parse).transpose()?)
    }
}

/// The path of the page that holds a topic's newest message only.
pub(crate) fn latest(topic: &TopicId) -> String {
    format!("topics/{topic}/messages?from=9999999999999&to=0&limit=1")
}

/// One of the two requests of signing in, and a text in its answer.
async fn ask(
    connection: &mut Connection,
    space: &SpaceId,
    what: &str,
    body: &Value,
    wanted: &str,
) -> Result<String> {
    let path = format!("/spaces/{space}/auth/{what}");
    let request = connection.request("POST", &path, "", body.to_string().as_bytes());
    connection.expect(&request, 200).await.with_context(|| {
        format!("cannot sign in to space {space}; does the server create spaces on first use?")
    })?;
    let answer: Value = serde_json::from_slice(connection.body())?;
    let text = answer.get(wanted).and_then(Value::as_str);
    Ok(text
        .with_context(|| format!("an answer without {wanted}"))?
        .to_owned())
}
