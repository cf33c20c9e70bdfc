//! The rig: a server on memory backends, a clock by hand, and clients that sign.

mod answer;
mod contract;
mod member;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response, header};
use ed25519_dalek::SigningKey;
use reeeductio_backend::memory::{MemoryBlobs, MemoryRecords};
use reeeductio_backend::{Blobs, Clock as _, ManualClock, SystemRng};
use reeeductio_engine::{Engine, EngineConfig, LogKey, Ports, Secret};
use reeeductio_proto::{MemberId, SpaceId};
use reeeductio_server::{Config, Disks, RunningServer, TokioRuntime};
use serde_json::{Value, json};
use tower::ServiceExt as _;

pub(crate) use answer::Answer;
pub(crate) use member::Member;
pub(crate) use wire::{Post, base64, blob_id, entry, from, request_to, sign};

/// When every rig begins, Unix milliseconds.
pub(crate) const START: i64 = 1_760_000_000_000;

/// A server in this process.
pub(crate) struct Rig {
    app: Router,
    pub(crate) clock: Arc<ManualClock>,
    /// The stored records, for tests that go behind the server's back.
    pub(crate) records: Arc<MemoryRecords>,
}

/// Settings that a test may choose before the server starts.
pub(crate) struct Plan {
    pub(crate) config: Config,
    pub(crate) engine: EngineConfig,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) records: Arc<MemoryRecords>,
    pub(crate) blobs: Arc<dyn Blobs>,
    /// The disks that the server is told about; nothing if not said.
    pub(crate) disks: Option<Disks>,
}

impl Plan {
    fn new() -> Self {
        let mut engine = EngineConfig::new(
            Secret::from(vec![7; 32]),
            LogKey::new("test.example", &[8; 32]).unwrap(),
        );
        engine.auto_create_spaces = true;
        let mut config = Config::default();
        config.logging.enable_access_log = false;
        config.limits.requests_per_second_per_member = 0.0;
        config.limits.requests_per_second_per_space = 0.0;
        "127.0.0.1".clone_into(&mut config.server.host);
        config.server.port = 0;
        Self {
            config,
            engine,
            clock: Arc::new(ManualClock::at(START)),
            records: Arc::new(MemoryRecords::default()),
            blobs: Arc::new(MemoryBlobs::default()),
            disks: None,
        }
    }

    fn engine(&self) -> Engine {
        Engine::new(
            self.engine.clone(),
            Ports {
                records: Arc::clone(&self.records) as Arc<_>,
                blobs: Arc::clone(&self.blobs),
                clock: Arc::clone(&self.clock) as Arc<_>,
                rng: Arc::new(SystemRng),
                runtime: Arc::new(TokioRuntime::current()),
            },
        )
        .unwrap()
    }
}

impl Rig {
    /// A server on which every space exists.
    pub(crate) fn start() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Plan)) -> Self {
        let mut plan = Plan::new();
        change(&mut plan);
        let engine = plan.engine();
        Self {
            app: match plan.disks {
                Some(disks) => reeeductio_server::app_on(plan.config, engine, disks),
                None => reeeductio_server::app(plan.config, engine),
            },
            clock: plan.clock,
            records: plan.records,
        }
    }

    /// The answer as it begins, its body still to be read.
    pub(crate) async fn response(&self, request: Request<Body>) -> Response<Body> {
        self.app.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answer = Answer::read(self.response(request).await).await;
        contract::check(&method, &path, &answer);
        answer
    }

    /// The server's time.
    pub(crate) fn now(&self) -> i64 {
        self.clock.now()
    }

    /// A request without a token.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.send(wire::request(method, path, None, body.as_ref()))
            .await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    /// The owner of the space of this key, signed in.
    pub(crate) async fn owner(&self, seed: u8) -> Member {
        let key = key(seed);
        let public = key.verifying_key().to_bytes();
        let space = SpaceId::from_public_key(public);
        self.sign_in(space, seed, MemberId::user(public)).await
    }

    /// Signs in by challenge and answer.
    pub(crate) async fn sign_in(&self, space: SpaceId, seed: u8, id: MemberId) -> Member {
        let answer = self.try_sign_in(space, seed, id).await;
        let token = answer.expect(200)["token"].as_str().unwrap().to_owned();
        Member {
            space,
            id,
            key: key(seed),
            token,
        }
    }

    pub(crate) async fn try_sign_in(&self, space: SpaceId, seed: u8, id: MemberId) -> Answer {
        let challenge = self.challenge(space, id).await;
        self.answer_challenge(space, seed, id, &challenge).await
    }

    pub(crate) async fn challenge(&self, space: SpaceId, id: MemberId) -> String {
        let asked = json!({"public_key": id.to_string()});
        let answer = self
            .post(&format!("/spaces/{space}/auth/challenge"), asked)
            .await;
        answer.expect(200)["challenge"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn answer_challenge(
        &self,
        space: SpaceId,
        seed: u8,
        id: MemberId,
        challenge: &str,
    ) -> Answer {
        let body = json!({
            "public_key": id.to_string(),
            "challenge": challenge,
            "signature": sign(&key(seed), challenge.as_bytes()),
        });
        self.post(&format!("/spaces/{space}/auth/verify"), body)
            .await
    }

    /// A user that the owner has added, signed in.
    pub(crate) async fn user(&self, owner: &Member, seed: u8) -> Member {
        let id = user_id(seed);
        owner.add_user(self, id).await;
        self.sign_in(owner.space, seed, id).await
    }

    /// A tool that the owner has added, signed in. `body` is its definition.
    pub(crate) async fn tool(&self, owner: &Member, seed: u8, body: Value) -> Member {
        let id = tool_id(seed);
        let path = format!("auth/tools/{id}");
        owner.set(self, &path, body.to_string().as_bytes()).await;
        self.sign_in(owner.space, seed, id).await
    }
}

/// A server on a port of its own, for what needs a connection.
pub(crate) struct Bound {
    pub(crate) rig: Rig,
    pub(crate) server: RunningServer,
}

impl Bound {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// The rig beside it speaks to the same engine's ports, so what it writes is seen on the connection.
    pub(crate) async fn with(change: impl FnOnce(&mut Plan)) -> Self {
        let mut plan = Plan::new();
        change(&mut plan);
        let engine = plan.engine();
        let server = reeeductio_server::serve_engine(plan.config, engine)
            .await
            .unwrap();
        let rig = Rig {
            app: server.router(),
            clock: plan.clock,
            records: plan.records,
        };
        Self { rig, server }
    }

    /// Comes back once a line of `/metrics` has a value.
    pub(crate) async fn until(&self, name: &str, value: i64) {
        // Far more often than it takes, so that a test that fails also ends.
        for _ in 0..200_000 {
            if self.metric(name).await == value {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("{name} is not {value} but {}", self.metric(name).await);
    }

    /// The value of a line of `/metrics`, 0 while there is none.
    pub(crate) async fn metric(&self, name: &str) -> i64 {
        let answer = self.rig.get("/metrics").await;
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
            .map_or(0, |value| value.parse().unwrap())
    }
}

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub(crate) fn user_id(seed: u8) -> MemberId {
    MemberId::user(key(seed).verifying_key().to_bytes())
}

pub(crate) fn tool_id(seed: u8) -> MemberId {
    MemberId::tool(key(seed).verifying_key().to_bytes())
}

/// A request with any body and headers of the test's choice.
pub(crate) fn raw(method: Method, path: &str, body: impl Into<Body>) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.into())
        .unwrap()
}

pub(crate) fn key_space(seed: u8) -> SpaceId {
    SpaceId::from_public_key(key(seed).verifying_key().to_bytes())
}

/// An id of the right form that nothing has.
pub(crate) fn message_id(bytes: &[u8]) -> String {
    reeeductio_proto::MessageId::of(bytes).to_string()
}

/// The same id with a version in its header that does not exist.
pub(crate) fn other_version(id: &str) -> String {
    let standard = id.replace('-', "+").replace('_', "/");
    let mut bytes = reeeductio_proto::encoding::decode(&standard).unwrap();
    bytes[0] |= 1;
    base64(&bytes).replace('+', "-").replace('/', "_")
}
