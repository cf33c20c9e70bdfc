//! An engine over memory, and members that sign.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reeeductio_backend::memory::{MemoryBlobs, MemoryRecords};
use reeeductio_backend::{Clock as _, ManualClock, Messages as _, Runtime, SystemRng};
use reeeductio_core::{Draft, Identity, StateEntry, sign_entry, state_entry};
use reeeductio_engine::{
    Engine, EngineConfig, IssuedToken, LogKey, Ports, Refusal, Secret, SpaceMember,
};
use reeeductio_proto::api::DataBody;
use reeeductio_proto::{
    BlobId, Capability, ChainId, DataPath, ErrorCode, MemberId, Operation, Pattern, SpaceId,
    TopicId,
};

/// When every rig begins, Unix milliseconds.
pub(crate) const START: i64 = 1_760_000_000_000;

pub(crate) struct Rig {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) records: Arc<MemoryRecords>,
    pub(crate) blobs: Arc<MemoryBlobs>,
}

/// A member that has signed in.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) caller: SpaceMember,
    pub(crate) id: MemberId,
    pub(crate) keys: Identity,
    pub(crate) token: IssuedToken,
}

pub(crate) fn keys(seed: u8) -> Identity {
    Identity::from_seed(&[seed; 32])
}

/// The space of the key 1.
pub(crate) fn space() -> SpaceId {
    keys(1).space_id()
}

/// The code of a refusal.
#[track_caller]
pub(crate) fn code<T>(result: Result<T, Refusal>) -> ErrorCode {
    match result {
        Ok(_) => panic!("was not refused"),
        Err(refusal) => refusal.code(),
    }
}

impl Rig {
    pub(crate) fn start() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut EngineConfig)) -> Self {
        Self::on(Arc::default(), Arc::new(ManualClock::at(START)), change)
    }

    /// Another server, or the same one started again, on what this one has stored.
    pub(crate) fn again(&self) -> Self {
        self.beside(|_| {})
    }

    /// Two servers on one store, on which spaces must be registered in the space of the key 100.
    pub(crate) fn pair() -> [Self; 2] {
        let records = Arc::new(MemoryRecords::shared());
        let clock = Arc::new(ManualClock::at(START));
        let registered = |config: &mut EngineConfig| {
            config.auto_create_spaces = false;
            config.admin_space = Some(keys(100).space_id());
        };
        let second = Arc::new(records.beside());
        [
            Self::on(records, Arc::clone(&clock), registered),
            Self::on(second, clock, registered),
        ]
    }

    /// Two servers on one store, on which spaces need no registration.
    pub(crate) fn sharing() -> [Self; 2] {
        Self::sharing_with(|_| {})
    }

    /// Two servers on one store, with one configuration.
    pub(crate) fn sharing_with(change: impl Fn(&mut EngineConfig)) -> [Self; 2] {
        let records = Arc::new(MemoryRecords::shared());
        let clock = Arc::new(ManualClock::at(START));
        let second = Arc::new(records.beside());
        [records, second].map(|records| Self::on(records, Arc::clone(&clock), &change))
    }

    /// Another server on what this one has stored, or the same one started again, with another configuration.
    pub(crate) fn beside(&self, change: impl FnOnce(&mut EngineConfig)) -> Self {
        let records = Arc::new(self.records.beside());
        Self::on(records, Arc::clone(&self.clock), change)
    }

    fn on(
        records: Arc<MemoryRecords>,
        clock: Arc<ManualClock>,
        change: impl FnOnce(&mut EngineConfig),
    ) -> Self {
        let mut config = EngineConfig::new(
            Secret::from(vec![7; 32]),
            LogKey::new("test.example", &[8; 32]).unwrap(),
        );
        config.auto_create_spaces = true;
        change(&mut config);
        let blobs = Arc::new(MemoryBlobs::default());
        let engine = Engine::new(
            config,
            Ports {
                records: Arc::clone(&records) as Arc<_>,
                blobs: Arc::clone(&blobs) as Arc<_>,
                clock: Arc::clone(&clock) as Arc<_>,
                rng: Arc::new(SystemRng),
                runtime: Arc::new(Tokio),
            },
        );
        Self {
            engine: engine.unwrap(),
            clock,
            records,
            blobs,
        }
    }

    /// Another server on what this one has stored, on which spaces must be registered.
    pub(crate) fn registered(&self) -> Self {
        self.beside(|config| {
            config.auto_create_spaces = false;
            config.admin_space = Some(keys(100).space_id());
        })
    }

    /// Stores a blob of a member.
    pub(crate) async fn store_blob(&self, member: &Member, id: &BlobId, content: &[u8]) {
        let id = id.to_string();
        let mut upload = self
            .engine
            .upload_blob(&member.caller, &id, None)
            .await
            .unwrap();
        upload.write(Bytes::copy_from_slice(content)).await.unwrap();
        self.engine
            .finish_upload(&member.caller, upload)
            .await
            .unwrap();
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now()
    }

    /// The owner of the space, signed in.
    pub(crate) async fn owner(&self) -> Member {
        self.sign_in(keys(1).user_id(), 1).await.unwrap()
    }

    /// A user that the owner has added, signed in.
    pub(crate) async fn user(&self, owner: &Member, seed: u8) -> Member {
        let id = keys(seed).user_id();
        owner
            .set(self, &state_entry::user(id, None).unwrap())
            .await
            .unwrap();
        self.sign_in(id, seed).await.unwrap()
    }

    pub(crate) async fn sign_in(&self, id: MemberId, seed: u8) -> Result<Member, Refusal> {
        self.sign_in_to(space(), id, seed).await
    }

    pub(crate) async fn sign_in_to(
        &self,
        space: SpaceId,
        id: MemberId,
        seed: u8,
    ) -> Result<Member, Refusal> {
        let keys = keys(seed);
        let public_key = id.to_string();
        let challenge = self.engine.challenge(space, &public_key).await?.challenge;
        let signature = keys.sign(challenge.as_bytes()).to_string();
        let token = self
            .engine
            .verify(space, &public_key, &challenge, &signature)
            .await?;
        let caller = self.engine.authenticate(space, &token.token).await?;
        Ok(Member {
            caller,
            id,
            keys,
            token,
        })
    }
}

impl Member {
    /// Writes state behind the newest.
    pub(crate) async fn set(&self, rig: &Rig, entry: &StateEntry) -> Result<(), Refusal> {
        self.post(rig, "state", entry.path.as_str(), entry.value.as_bytes())
            .await
    }

    /// Posts behind the newest message of a topic.
    pub(crate) async fn post(
        &self,
        rig: &Rig,
        topic: &str,
        kind: &str,
        data: &[u8],
    ) -> Result<(), Refusal> {
        let space = self.caller.space_id();
        let topic = TopicId::parse(topic).unwrap();
        let chain = ChainId::shared(topic.clone());
        let head = rig.records.head(space, &chain).await.unwrap();
        let draft = Draft {
            space: &space,
            topic: &topic,
            kind,
            prev_hash: head.map(|head| head.hash),
            data,
        };
        let (_, body) = draft.sign(&self.id, &self.keys);
        rig.engine
            .append(&self.caller, &topic, body)
            .await
            .map(drop)
    }

    /// Gives a member a right.
    pub(crate) async fn grant(&self, rig: &Rig, to: &Self, op: Operation, path: &str) {
        let right = Capability {
            op,
            path: Pattern::parse(path).unwrap(),
            must_be_owner: false,
            expires_at: None,
        };
        let name = format!("cap_{}", op.as_str());
        let entry = state_entry::right_of_member(to.id, &name, &right).unwrap();
        self.set(rig, &entry).await.unwrap();
    }

    /// An entry that this member signs.
    pub(crate) fn entry(&self, path: &str, value: &[u8], signed_at: i64) -> DataBody {
        let path = DataPath::parse(path).unwrap();
        let space = self.caller.space_id();
        sign_entry(&space, &path, value, signed_at, &self.id, &self.keys)
    }

    pub(crate) async fn put(&self, rig: &Rig, path: &str, value: &[u8]) -> Result<i64, Refusal> {
        rig.clock.advance(1);
        let entry = self.entry(path, value, rig.now());
        rig.engine.put_data(&self.caller, path, entry).await
    }
}

/// The runtime of the tests.
struct Tokio;

impl Runtime for Tokio {
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>) {
        tokio::spawn(task);
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration))
    }
}
