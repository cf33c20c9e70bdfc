//! Members: each is a task that acts at random on either server.

use std::sync::Arc;

use reeeductio_backend::Clock as _;
use reeeductio_core::{Draft, Identity};
use reeeductio_engine::{Details, Engine, PageRequest, Refusal, SpaceMember};
use reeeductio_proto::{ErrorCode, MemberId, MessageId, SpaceId, TopicId};

use crate::history::Entry;
use crate::world::World;

/// A member, or the owner, that acts.
pub(crate) struct Actor {
    pub(crate) world: Arc<World>,
    pub(crate) keys: Identity,
    pub(crate) id: MemberId,
    /// Tokens, one per server: each is signed in at on first use. With each, how many events there were when it
    /// was issued.
    pub(crate) tokens: [Option<(String, u64)>; 2],
}

impl Actor {
    pub(crate) fn new(world: &Arc<World>, number: u8) -> Self {
        let keys = Identity::from_seed(&[number; 32]);
        Self {
            world: Arc::clone(world),
            id: keys.user_id(),
            keys,
            tokens: [None, None],
        }
    }

    fn space(&self) -> SpaceId {
        self.world.space
    }

    fn engine(&self, server: usize) -> Arc<Engine> {
        Arc::clone(&self.world.engines()[server])
    }

    /// Signs in if need be, and authenticates one request.
    pub(crate) async fn caller(&mut self, server: usize) -> Result<SpaceMember, Refusal> {
        let engine = self.engine(server);
        if self.tokens[server].is_none() {
            let id = self.id.to_string();
            let challenge = engine.challenge(self.space(), &id).await?.challenge;
            let signature = self.keys.sign(challenge.as_bytes()).to_string();
            let issued = engine
                .verify(self.space(), &id, &challenge, &signature)
                .await?;
            self.tokens[server] = Some((issued.token, self.world.history.events()));
        }
        let (token, _) = self.tokens[server].clone().unwrap();
        let caller = engine.authenticate(self.space(), &token).await;
        if caller.is_err() {
            self.tokens[server] = None;
        }
        caller
    }

    /// Posts until it succeeds or is refused for good.
    pub(crate) async fn post(&mut self, topic: &TopicId, kind: &str, data: &[u8]) -> Option<()> {
        let space = self.space();
        let mut prev_hash: Option<MessageId> = None;
        for _ in 0..20 {
            let server = self.world.executor.dice.below(2);
            let caller = match self.caller(server).await {
                Ok(caller) => caller,
                Err(refusal) if refusal.code() == ErrorCode::TokenRevoked => continue,
                Err(_) => return None,
            };
            let (_, signed_in) = self.tokens[server].clone().unwrap();
            let draft = Draft {
                space: &space,
                topic,
                kind,
                prev_hash,
                data,
            };
            let (_, body) = draft.sign(&self.id, &self.keys);
            match self.engine(server).append(&caller, topic, body).await {
                Ok(stored) => {
                    let event = self.world.event_of(stored.position.hash);
                    let acknowledged = Entry::Acknowledged { event, signed_in };
                    self.world.history.note(acknowledged);
                    return Some(());
                }
                Err(refusal) if refusal.code() == ErrorCode::ChainConflict => {
                    let Some(Details::Head(head)) = refusal.details() else {
                        panic!("a conflict names the head");
                    };
                    prev_hash = head.map(|head| head.hash);
                }
                Err(refusal) if refusal.code() == ErrorCode::ServerBusy => {}
                // Ended while the request was on its way.
                Err(refusal) if refusal.code() == ErrorCode::TokenRevoked => {
                    self.tokens[server] = None;
                }
                Err(_) => return None,
            }
        }
        None
    }

    /// Does something that any member may do.
    pub(crate) async fn act(&mut self) {
        let dice = Arc::clone(&self.world.executor.dice);
        let server = dice.below(2);
        let topics = ["general", "random"].map(|name| TopicId::parse(name).unwrap());
        match dice.below(5) {
            0 | 1 => {
                let topic = &topics[dice.below(2)];
                let text = dice.next().to_le_bytes();
                let _refused = self.post(topic, "chat.text", &text).await;
            }
            2 => {
                let Ok(caller) = self.caller(server).await else {
                    return;
                };
                let path = ["a", "b"][dice.below(2)];
                if dice.chance(30) {
                    let _refused = self.engine(server).delete_data(&caller, path).await;
                    return;
                }
                let _refused = self.put(server, &caller, path).await;
            }
            _ => self.read(server).await,
        }
    }

    async fn put(&self, server: usize, caller: &SpaceMember, path: &str) -> Result<i64, Refusal> {
        let signed_at = self.world.executor.clock.now();
        let data_path = reeeductio_proto::DataPath::parse(path).unwrap();
        let body = reeeductio_core::sign_entry(
            &self.space(),
            &data_path,
            b"value",
            signed_at,
            &self.id,
            &self.keys,
        );
        self.engine(server).put_data(caller, path, body).await
    }

    /// Reads, and notes if it could long after it was removed.
    async fn read(&mut self, server: usize) {
        // The removal that every server must know of by the time the read begins.
        let removed = self.world.removed_at(&self.id);
        let began = self.world.executor.clock.monotonic();
        let Ok(caller) = self.caller(server).await else {
            return;
        };
        let request = PageRequest {
            from: None,
            to: None,
            limit: 10,
            verified: None,
        };
        let topic = TopicId::parse("general").unwrap();
        let page = self.engine(server).messages(&caller, &topic, request).await;
        if let (Ok(_), Some(at)) = (page, removed)
            && self.world.removed_at(&self.id) == Some(at)
        {
            let late = began - at;
            self.world
                .history
                .note(Entry::ReadAfterRemoval(self.id, late));
        }
    }
}
