//! A space that an honest server has: what all cells are about.

use std::collections::HashMap;
use std::sync::Arc;

use reeeductio_client::store::{Change, Durability, Scan};
use reeeductio_client::{Content, Identity, MemoryStore, Range, Space, Store, VerifiedMessage};
use reeeductio_core::{Draft, sign_entry};
use reeeductio_proto::api::{DataBody, MessageBody};
use reeeductio_proto::{BlobId, MessageId, Operation, SpaceId};
use tokio::sync::OnceCell;

use super::Path;
use super::cell::Memory;
use super::liar::say;
use super::read::Found;
use super::telling::Telling;
use crate::history::body;
use crate::meddled::Meddled;
use crate::rig::{Rig, data_path, path, topic};

/// Messages of the topic `general`.
pub(super) const MESSAGES: usize = 7;
/// How many of them are stored before a live stream is opened; the others come over it.
pub(super) const BEFORE: usize = 5;
/// How far the clock of somebody who signs a data entry may be off, milliseconds.
const SKEW: i64 = 60_000;

pub(super) struct World {
    rig: Rig,
    pub(super) members: Members,
    pub(super) general: Vec<MessageBody>,
    pub(super) state: Vec<MessageBody>,
    /// The only message of another topic.
    pub(super) elsewhere: MessageBody,
    /// An earlier version of state entry `a`.
    pub(super) old_state: MessageBody,
    pub(super) data: DataBody,
    pub(super) old_data: DataBody,
    pub(super) other_data: DataBody,
    pub(super) blob: Vec<u8>,
    /// When the removed member was removed, Unix milliseconds.
    pub(super) removed_at: i64,
    /// Stores of handles that have seen everything there is, or what there is before a live stream is opened.
    stores: HashMap<bool, Arc<MemoryStore>>,
    truths: HashMap<Path, OnceCell<Found>>,
}

/// Identities that sign messages and entries.
pub(super) struct Members {
    pub(super) owner: Identity,
    /// May write everywhere, and helps the server.
    pub(super) colluding: Identity,
    /// Could write everywhere until it was removed; helps the server.
    pub(super) removed: Identity,
    /// May only read.
    pub(super) reader: Identity,
}

impl World {
    pub(super) async fn start() -> Self {
        let rig = Rig::start().await;
        let everywhere = [
            (Operation::Write, "topics/{any}"),
            (Operation::Write, "state/{any}"),
            (Operation::Write, "data/{any}"),
        ];
        let colluding = rig.user(2, &everywhere).await;
        let removed = rig.user(3, &everywhere).await;
        rig.user(4, &[(Operation::Read, "topics/{any}")]).await;
        let owner = &rig.owner;
        owner
            .topic(&topic("other"))
            .post(Content::Plain(b"elsewhere"), "n")
            .await
            .unwrap();
        owner
            .state()
            .set(&path("a"), Content::Plain(b"old"))
            .await
            .unwrap();
        owner
            .state()
            .set(&path("b"), Content::Plain(b"other"))
            .await
            .unwrap();
        let senders = [
            owner, &removed, &colluding, owner, &colluding, &colluding, &colluding,
        ];
        assert_eq!(senders.len(), MESSAGES);
        for (n, sender) in (0..).zip(senders) {
            sender
                .topic(&topic("general"))
                .post(Content::Plain(&[n]), "n")
                .await
                .unwrap();
        }
        let old_data = set_data(&rig, "one", b"old").await;
        let data = set_data(&rig, "one", b"new").await;
        let other_data = set_data(&rig, "two", b"other").await;
        let blob: Vec<u8> = (0..100).collect();
        owner.blobs().upload(blob.clone()).await.unwrap();
        let old_state = body(&owner.state().entry(&path("a")).await.unwrap());
        let removed_at = owner
            .members()
            .remove(&removed.member())
            .await
            .unwrap()
            .timestamp;
        colluding
            .state()
            .set(&path("a"), Content::Plain(b"new"))
            .await
            .unwrap();
        owner
            .state()
            .set(&path("c"), Content::Plain(b"last"))
            .await
            .unwrap();

        let list = async |name: &str| -> Vec<MessageBody> {
            let all = owner.topic(&topic(name)).history().all().await.unwrap();
            all.iter().map(|message| body(message)).collect()
        };
        let (general, state) = (list("general").await, list("state").await);
        let elsewhere = list("other").await.remove(0);
        assert!(general[MESSAGES - 1].server_timestamp + 1 < removed_at);
        let mut world = Self {
            members: Members::new(),
            general,
            state,
            elsewhere,
            old_state,
            data,
            old_data,
            other_data,
            blob,
            removed_at,
            rig,
            stores: HashMap::new(),
            truths: Path::ALL
                .iter()
                .map(|path| (*path, OnceCell::new()))
                .collect(),
        };
        world.fill_stores().await;
        world
    }

    /// Has handles with stores see everything.
    async fn fill_stores(&mut self) {
        for path in [Path::History, Path::Live] {
            let store = Arc::new(MemoryStore::default());
            let (space, network) = self.rig.restarted(&store);
            say(&network, &Telling::honest(self).before(path), path);
            for path in [path, Path::State, Path::Data] {
                self.see(&space, path).await;
            }
            self.stores.insert(path.is_live(), store);
        }
    }

    /// A handle that knows what `memory` says, but has not read anything.
    pub(super) async fn handle(&self, path: Path, memory: Memory) -> (Space, Arc<Meddled>) {
        match memory {
            Memory::None | Memory::Seen => self.rig.meddled(),
            Memory::SeenAndKept => self.rig.restarted(&Arc::default()),
            Memory::Kept => {
                let store = copy(&self.stores[&path.is_live()]).await;
                self.rig.restarted(&Arc::new(store))
            }
        }
    }

    /// Reads all of what a path is a way to read.
    pub(super) async fn see(&self, space: &Space, kind: Path) {
        match kind {
            Path::State | Path::StateHistory | Path::StateList => {
                space.state().entry(&path("a")).await.unwrap();
                space.state().page(Range::first(1000)).await.unwrap();
            }
            kind if kind.is_data() => drop(space.data().entry(&data_path("one")).await.unwrap()),
            Path::Blob => drop(
                space
                    .blobs()
                    .download(&self.blob_id())
                    .await
                    .unwrap()
                    .bytes()
                    .await
                    .unwrap(),
            ),
            _ => {
                let read: Vec<VerifiedMessage> = space
                    .topic(&topic("general"))
                    .history()
                    .all()
                    .await
                    .unwrap();
                assert_eq!(read.len(), if kind.is_live() { BEFORE } else { MESSAGES });
            }
        }
    }

    /// Returns the cell for what a new handle finds with an honest server; empty until that is known.
    pub(super) fn truth(&self, path: Path) -> &OnceCell<Found> {
        &self.truths[&path]
    }

    pub(super) fn blob_id(&self) -> BlobId {
        BlobId::of(&self.blob)
    }

    fn id(&self) -> SpaceId {
        self.rig.owner.id()
    }

    /// A message in the place of `like`, behind `prev`.
    pub(super) fn signed(
        &self,
        sender: &Identity,
        like: &MessageBody,
        prev: Option<&MessageBody>,
        time: i64,
    ) -> MessageBody {
        let draft = Draft {
            space: &self.id(),
            topic: &topic(&like.topic_id),
            kind: &like.kind,
            prev_hash: prev.map(|prev| MessageId::parse(&prev.message_hash).unwrap()),
            data: b"forged",
        };
        body(&draft.message(&sender.user_id(), sender, time))
    }

    /// The data entry `one`, written by somebody at a time.
    pub(super) fn signed_data(&self, signer: &Identity, time: i64) -> DataBody {
        sign_entry(
            &self.id(),
            &data_path("one"),
            b"forged",
            time,
            &signer.user_id(),
            signer,
        )
    }

    /// The first time at which the removed member's data entries count no more.
    pub(super) fn long_removed(&self) -> i64 {
        self.removed_at + SKEW + 1
    }
}

impl Members {
    fn new() -> Self {
        let member = |seed| Identity::from_seed(&[seed; 32]);
        Self {
            owner: member(1),
            colluding: member(2),
            removed: member(3),
            reader: member(4),
        }
    }
}

async fn set_data(rig: &Rig, at: &str, value: &[u8]) -> DataBody {
    let at = data_path(at);
    rig.owner
        .data()
        .set(&at, Content::Plain(value))
        .await
        .unwrap();
    DataBody::from(&rig.owner.data().entry(&at).await.unwrap())
}

async fn copy(store: &MemoryStore) -> MemoryStore {
    let all = Scan {
        from: vec![0],
        to: vec![u8::MAX; 16],
        limit: usize::MAX,
        bytes: usize::MAX,
        reverse: false,
    };
    let pairs = store.scan(all).await.unwrap().pairs.into_iter();
    let changes = pairs.map(|(key, value)| Change::Put { key, value });
    let copy = MemoryStore::default();
    copy.commit(changes.collect(), Durability::Process)
        .await
        .unwrap();
    copy
}
