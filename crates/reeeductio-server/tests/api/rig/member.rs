//! A signed-in member.

use axum::body::Body;
use axum::http::{Method, Request, header};
use ed25519_dalek::SigningKey;
use reeeductio_proto::{MemberId, SpaceId};
use serde_json::{Value, json};

use super::{Answer, Post, Rig, entry, wire};

/// A signed-in member.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) space: SpaceId,
    pub(crate) id: MemberId,
    pub(crate) key: SigningKey,
    pub(crate) token: String,
}

impl Member {
    /// A path below the member's space.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/spaces/{}/{rest}", self.space)
    }

    pub(crate) async fn call(
        &self,
        rig: &Rig,
        method: Method,
        rest: &str,
        body: Option<Value>,
    ) -> Answer {
        rig.send(wire::request(
            method,
            &self.path(rest),
            Some(&self.token),
            body.as_ref(),
        ))
        .await
    }

    pub(crate) async fn get(&self, rig: &Rig, rest: &str) -> Answer {
        self.call(rig, Method::GET, rest, None).await
    }

    /// Sends a message as it is.
    pub(crate) async fn post(&self, rig: &Rig, post: &Post) -> Answer {
        let rest = format!("topics/{}/messages", post.topic);
        self.call(rig, Method::POST, &rest, Some(post.body(self)))
            .await
    }

    /// The id of the newest message, by the query the published clients use.
    pub(crate) async fn head(&self, rig: &Rig, topic: &str) -> Option<String> {
        let rest = format!("topics/{topic}/messages?from=9999999999999&to=0&limit=1");
        let page = self.get(rig, &rest).await.expect(200);
        page["messages"]
            .get(0)
            .map(|message| message["message_hash"].as_str().unwrap().to_owned())
    }

    /// Posts on top of the head.
    pub(crate) async fn try_say(&self, rig: &Rig, topic: &str, data: &[u8]) -> Answer {
        let prev = self.head(rig, topic).await;
        let post = Post::new(topic, "chat.text", prev.as_deref(), data);
        self.post(rig, &post).await
    }

    /// The id of the message.
    pub(crate) async fn say(&self, rig: &Rig, topic: &str, data: &[u8]) -> String {
        let created = self.try_say(rig, topic, data).await.expect(201);
        created["message_hash"].as_str().unwrap().to_owned()
    }

    /// Writes state on top of the head.
    pub(crate) async fn try_set(&self, rig: &Rig, path: &str, data: &[u8]) -> Answer {
        let prev = self.head(rig, "state").await;
        self.post(rig, &Post::new("state", path, prev.as_deref(), data))
            .await
    }

    pub(crate) async fn set(&self, rig: &Rig, path: &str, data: &[u8]) -> String {
        let created = self.try_set(rig, path, data).await.expect(201);
        created["message_hash"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn try_set_json(&self, rig: &Rig, path: &str, value: &Value) -> Answer {
        self.try_set(rig, path, value.to_string().as_bytes()).await
    }

    pub(crate) async fn add_user(&self, rig: &Rig, user: MemberId) {
        let path = format!("auth/users/{user}");
        let body = json!({"user_id": user.to_string()});
        self.try_set_json(rig, &path, &body).await.expect(201);
    }

    /// Gives a right to `holder`: `users/{U}`, `tools/{T}` or `roles/{role}`.
    pub(crate) async fn try_grant(
        &self,
        rig: &Rig,
        holder: &str,
        name: &str,
        right: &Value,
    ) -> Answer {
        let path = format!("auth/{holder}/rights/{name}");
        self.try_set_json(rig, &path, right).await
    }

    pub(crate) async fn grant(&self, rig: &Rig, to: &Member, name: &str, op: &str, path: &str) {
        let right = json!({"op": op, "path": path});
        self.try_grant(rig, &to.holder(), name, &right)
            .await
            .expect(201);
    }

    /// `users/{U}` or `tools/{T}`.
    pub(crate) fn holder(&self) -> String {
        let folder = match self.id.kind() {
            reeeductio_proto::MemberKind::Tool => "tools",
            _ => "users",
        };
        format!("{folder}/{}", self.id)
    }

    pub(crate) async fn try_assign(&self, rig: &Rig, user: MemberId, role: &str) -> Answer {
        let path = format!("auth/users/{user}/roles/{role}");
        let body = json!({"user_id": user.to_string(), "role_id": role});
        self.try_set_json(rig, &path, &body).await
    }

    pub(crate) async fn put_data(&self, rig: &Rig, path: &str, data: &[u8], at: i64) -> Answer {
        let body = entry(self, path, data, at);
        self.call(rig, Method::PUT, &format!("data/{path}"), Some(body))
            .await
    }

    pub(crate) async fn put_blob(&self, rig: &Rig, id: &str, body: impl Into<Body>) -> Answer {
        rig.send(self.blob(Method::PUT, id, body)).await
    }

    /// A request with the member's token and any body.
    pub(crate) fn blob(&self, method: Method, id: &str, body: impl Into<Body>) -> Request<Body> {
        Request::builder()
            .method(method)
            .uri(self.path(&format!("blobs/{id}")))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .body(body.into())
            .unwrap()
    }
}
