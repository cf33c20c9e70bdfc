//! A member that speaks raw HTTP.

use reeeductio_core::{Draft, Identity};
use reeeductio_proto::{MemberId, MessageId, SpaceId, TopicId};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A member that speaks raw HTTP: what the server answers is not interpreted.
#[derive(Clone, Debug)]
pub struct Member {
    http: reqwest::Client,
    url: String,
    /// The space.
    pub space: SpaceId,
    /// Its id.
    pub id: MemberId,
    /// Its keys.
    pub keys: Identity,
    /// Its token.
    pub token: String,
}

/// Status and JSON of an answer; null if it was none.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub json: Value,
}

impl Answer {
    /// The stable code of an error.
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    /// Status and code.
    pub fn refusal(&self) -> (u16, &str) {
        (self.status, self.code())
    }
}

impl Member {
    /// Signs in the owner of the space whose key is made of `seed`.
    pub async fn sign_in_owner(url: &str, seed: [u8; 32]) -> Self {
        let keys = Identity::from_seed(&seed);
        Self::sign_in(url, keys.space_id(), keys.user_id(), keys).await
    }

    /// Signs in any member.
    pub async fn sign_in(url: &str, space: SpaceId, id: MemberId, keys: Identity) -> Self {
        // The tests speak plain HTTP; the client still wants to know how it would speak TLS. Only the first
        // call in a process decides.
        let _decided = rustls::crypto::ring::default_provider().install_default();
        let mut member = Self {
            http: reqwest::Client::new(),
            url: url.to_owned(),
            space,
            id,
            keys,
            token: String::new(),
        };
        let answer = member.try_sign_in().await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json["token"]
            .as_str()
            .unwrap()
            .clone_into(&mut member.token);
        member
    }

    /// Signs in again and returns the answer to the signed challenge.
    pub async fn try_sign_in(&self) -> Answer {
        let id = self.id.to_string();
        let asked = self
            .send(
                Method::POST,
                "auth/challenge",
                Some(json!({"public_key": id})),
            )
            .await;
        let challenge = asked.json["challenge"].as_str().unwrap();
        let signature = self.keys.sign(challenge.as_bytes()).to_string();
        let body = json!({"public_key": id, "challenge": challenge, "signature": signature});
        self.send(Method::POST, "auth/verify", Some(body)).await
    }

    /// A user of the same space, added by this member and signed in.
    pub async fn add_user(&self, seed: u8) -> Self {
        let keys = Identity::from_seed(&[seed; 32]);
        let id = keys.user_id();
        let answer = self
            .set(
                &format!("auth/users/{id}"),
                &json!({"user_id": id.to_string()}),
            )
            .await;
        assert_eq!(answer.status, 201, "{answer:?}");
        Self::sign_in(&self.url, self.space, id, keys).await
    }

    /// Gives `to` a right.
    pub async fn grant(&self, to: &Self, name: &str, op: &str, path: &str) {
        let kind = if to.id.to_string().starts_with('T') {
            "tools"
        } else {
            "users"
        };
        let right = json!({"op": op, "path": path});
        let answer = self
            .set(&format!("auth/{kind}/{}/rights/{name}", to.id), &right)
            .await;
        assert_eq!(answer.status, 201, "{answer:?}");
    }

    /// Sends a request within the space.
    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let url = format!("{}/spaces/{}/{path}", self.url, self.space);
        let mut request = self.http.request(method, url);
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let bytes = response.bytes().await.unwrap();
        Answer {
            status: status.as_u16(),
            json: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }

    /// GET within the space.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// The head of a topic, by asking for its newest message; state is open to all members.
    pub async fn head(&self, topic: &str) -> Option<MessageId> {
        let page = self
            .get(&format!(
                "topics/{topic}/messages?from=9999999999999&to=0&limit=1"
            ))
            .await;
        let newest = page.json["messages"].get(0)?;
        Some(MessageId::parse(newest["message_hash"].as_str().unwrap()).unwrap())
    }

    /// The signed body of a message.
    pub fn draft(&self, topic: &str, kind: &str, prev: Option<MessageId>, data: &[u8]) -> Value {
        let topic = TopicId::parse(topic).unwrap();
        let draft = Draft {
            space: &self.space,
            topic: &topic,
            kind,
            prev_hash: prev,
            data,
        };
        serde_json::to_value(draft.sign(&self.id, &self.keys).1).unwrap()
    }

    /// Posts on top of `prev`.
    pub async fn post_on(
        &self,
        topic: &str,
        kind: &str,
        prev: Option<MessageId>,
        data: &[u8],
    ) -> Answer {
        let body = self.draft(topic, kind, prev, data);
        self.send(
            Method::POST,
            &format!("topics/{topic}/messages"),
            Some(body),
        )
        .await
    }

    /// Posts on top of the head.
    pub async fn post(&self, topic: &str, data: &[u8]) -> Answer {
        let head = self.head(topic).await;
        self.post_on(topic, "chat.text", head, data).await
    }

    /// Sets a state entry to a JSON value.
    pub async fn set(&self, path: &str, value: &Value) -> Answer {
        self.set_bytes(path, value.to_string().as_bytes()).await
    }

    /// Sets a state entry; nothing leaves a tombstone.
    pub async fn set_bytes(&self, path: &str, value: &[u8]) -> Answer {
        let head = self.head("state").await;
        self.post_on("state", path, head, value).await
    }

    /// Puts a signed data entry.
    pub async fn put_data(&self, path: &str, data: &[u8], signed_at: i64) -> Answer {
        let entry = reeeductio_core::sign_entry(
            &self.space,
            &reeeductio_proto::DataPath::parse(path).unwrap(),
            data,
            signed_at,
            &self.id,
            &self.keys,
        );
        let body = serde_json::to_value(entry).unwrap();
        self.send(Method::PUT, &format!("data/{path}"), Some(body))
            .await
    }

    /// Puts bytes as a blob under `id`.
    pub async fn put_blob(&self, id: &str, bytes: Vec<u8>) -> Answer {
        let url = format!("{}/spaces/{}/blobs/{id}", self.url, self.space);
        let request = self.http.put(url).bearer_auth(&self.token).body(bytes);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        Answer {
            status,
            json: serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null),
        }
    }

    /// Gets a blob's bytes; an error when the server broke off.
    pub async fn get_blob(&self, id: &str) -> Result<(StatusCode, Vec<u8>), reqwest::Error> {
        let url = format!("{}/spaces/{}/blobs/{id}", self.url, self.space);
        let response = self.http.get(url).bearer_auth(&self.token).send().await?;
        let status = response.status();
        Ok((status, response.bytes().await?.to_vec()))
    }

    /// The server's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same member, with the same token, at another address.
    #[must_use]
    pub fn at(mut self, url: &str) -> Self {
        url.clone_into(&mut self.url);
        self
    }

    /// The HTTP client, for what has no method here.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }
}
