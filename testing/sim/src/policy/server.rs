//! Servers with histories of their own: the product's routes over the engine, without a socket.

use std::sync::Arc;

use axum::Router;
use axum::body::Body as HttpBody;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use reeeductio_backend::memory::{MemoryBlobs, MemoryRecords};
use reeeductio_backend::{Entry, MessageRange, Messages as _, Order, PageLimit, Trees as _};
use reeeductio_client::Identity;
use reeeductio_core::Draft;
use reeeductio_engine::{Engine, EngineConfig, LogKey, Ports, Secret};
use reeeductio_proto::api::PostMessage;
use reeeductio_proto::{SpaceId, TopicId};
use reeeductio_server::Config;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::dice::Dice;
use crate::replicas::clock::VirtualClock;

/// The space of a run is the one of the first member's key.
pub(super) struct Server {
    pub(super) records: Arc<MemoryRecords>,
    blobs: MemoryBlobs,
    clock: Arc<VirtualClock>,
    dice: Arc<Dice>,
    router: Router,
}

/// A request as it travels.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) method: &'static str,
    /// From `/spaces` on, with the query.
    pub(super) path: String,
    pub(super) bearer: Option<String>,
    pub(super) from: Option<u64>,
    pub(super) is_json: bool,
    pub(super) body: Bytes,
}

/// The answer to it.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: Option<String>,
    pub(super) body: Vec<u8>,
}

impl Server {
    pub(super) fn start(clock: &Arc<VirtualClock>, dice: &Arc<Dice>) -> Self {
        let blobs = MemoryBlobs::new(Arc::clone(clock) as Arc<_>);
        Self::with(MemoryRecords::default(), blobs, clock, dice)
    }

    /// A server that begins with what this one has, and goes its own way. It signs with the same key.
    pub(super) fn copied(&self) -> Self {
        let records = self.records.copied();
        Self::with(records, self.blobs.clone(), &self.clock, &self.dice)
    }

    /// The same server, started again.
    pub(super) fn restarted(&self) -> Self {
        let records = self.records.beside();
        Self::with(records, self.blobs.clone(), &self.clock, &self.dice)
    }

    fn with(
        records: MemoryRecords,
        blobs: MemoryBlobs,
        clock: &Arc<VirtualClock>,
        dice: &Arc<Dice>,
    ) -> Self {
        let records = Arc::new(records);
        let mut engine = EngineConfig::new(
            Secret::from(vec![7; 32]),
            LogKey::new("test.example", &[8; 32]).unwrap(),
        );
        engine.auto_create_spaces = true;
        let ports = Ports {
            records: Arc::clone(&records) as Arc<_>,
            blobs: Arc::new(blobs.clone()),
            clock: Arc::clone(clock) as Arc<_>,
            rng: Arc::clone(dice) as Arc<_>,
            runtime: Arc::clone(clock) as Arc<_>,
        };
        let mut config = Config::default();
        config.logging.enable_access_log = false;
        config.limits.requests_per_second_per_member = 0.0;
        config.limits.requests_per_second_per_space = 0.0;
        Self {
            router: reeeductio_server::app(config, Engine::new(engine, ports).unwrap()),
            records,
            blobs,
            clock: Arc::clone(clock),
            dice: Arc::clone(dice),
        }
    }

    pub(super) async fn answer(&self, sent: Sent) -> Answer {
        let mut request = http::Request::builder().method(sent.method).uri(&sent.path);
        if let Some(bearer) = &sent.bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        if let Some(from) = sent.from {
            request = request.header("range", format!("bytes={from}-"));
        }
        let kind = if sent.is_json {
            "application/json"
        } else {
            "application/octet-stream"
        };
        let request = request
            .header("content-type", kind)
            .header("content-length", sent.body.len())
            .body(HttpBody::from(sent.body))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let content_type = head.headers.get("content-type");
        Answer {
            status: head.status.as_u16(),
            content_type: content_type.map(|value| value.to_str().unwrap().to_owned()),
            body: body.collect().await.unwrap().to_bytes().to_vec(),
        }
    }

    async fn json(&self, method: &'static str, path: String, token: &str, body: Value) -> Value {
        let sent = Sent {
            method,
            path,
            bearer: (!token.is_empty()).then(|| token.to_owned()),
            from: None,
            is_json: true,
            body: body.to_string().into(),
        };
        let answer = self.answer(sent).await;
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// A token of the space's owner.
    pub(super) async fn owner_token(&self, owner: &Identity) -> String {
        let (base, id) = (format!("/spaces/{}", owner.space_id()), owner.user_id());
        let body = json!({"public_key": id.to_string()});
        let path = format!("{base}/auth/challenge");
        let asked = self.json("POST", path, "", body).await;
        let challenge = asked["challenge"].as_str().unwrap();
        let signature = owner.sign(challenge.as_bytes()).to_string();
        let body = json!({
            "public_key": id.to_string(), "challenge": challenge, "signature": signature
        });
        let path = format!("{base}/auth/verify");
        let issued = self.json("POST", path, "", body).await;
        issued["token"].as_str().unwrap().to_owned()
    }

    /// The signed checkpoint of a size.
    pub(super) async fn note(&self, owner: &Identity, size: u64) -> String {
        let token = self.owner_token(owner).await;
        let path = format!("/spaces/{}/checkpoint?size={size}", owner.space_id());
        let answer = self.json("GET", path, &token, Value::Null).await;
        answer["checkpoint"].as_str().unwrap().to_owned()
    }

    /// Writes an entry of the state as the owner.
    pub(super) async fn set(&self, owner: &Identity, kind: &str, value: &Value) {
        let value = value.to_string();
        let space = owner.space_id();
        let token = self.owner_token(owner).await;
        let head = self.topic(space, &TopicId::state()).await;
        let draft = Draft {
            space: &space,
            topic: &TopicId::state(),
            kind,
            prev_hash: head.last().map(|entry| entry.message.message_hash),
            data: value.as_bytes(),
        };
        let message = draft.message(&owner.user_id(), owner, 0);
        let body = serde_json::to_value(PostMessage::from(&message)).unwrap();
        let path = format!("/spaces/{space}/topics/state/messages");
        let stored = self.json("POST", path, &token, body).await;
        assert!(stored["n"].is_u64(), "{stored}");
    }

    /// All that is stored of a topic, oldest first.
    pub(super) async fn topic(&self, space: SpaceId, topic: &TopicId) -> Vec<Entry> {
        let range = MessageRange {
            from: i64::MIN,
            to: i64::MAX,
            order: Order::OldestFirst,
            limit: PageLimit {
                count: usize::MAX,
                bytes: usize::MAX,
            },
        };
        let page = self.records.entries(space, topic, range).await;
        page.unwrap().items
    }

    /// The number of events.
    pub(super) async fn size(&self, space: SpaceId) -> u64 {
        let tree = self.records.tree(space).await.unwrap();
        tree.map_or(0, |tree| tree.size)
    }
}
