//! Handles on a space with a policy of a server in this process.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use reeeductio_client::transport::Transport;
use reeeductio_client::{
    ClientError, Identity, MemoryStore, NewMember, NewMessage, NewSpace, PolicySpace, Posted,
    Space, SpaceBuilder, Store, TopicId, TopicItem,
};
use reeeductio_core::state_entry;
use reeeductio_proto::{Capability, Operation};
use reeeductio_testkit::{Member, TestServer};

use crate::meddled::Meddled;

/// Fails the test when what should happen does not.
pub(crate) async fn soon<T>(event: impl Future<Output = T>) -> T {
    let event = tokio::time::timeout(Duration::from_secs(20), event).await;
    event.expect("nothing happened")
}

pub(crate) fn keys(seed: u8) -> Identity {
    Identity::from_seed(&[seed; 32])
}

/// A server and the owner of a space with a policy on it.
pub(crate) struct Rig {
    pub(crate) server: TestServer,
    pub(crate) owner: PolicySpace,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        Self::start_with(NewSpace::default()).await
    }

    pub(crate) async fn start_with(new: NewSpace) -> Self {
        let server = TestServer::start().await;
        let builder = Space::builder(&server.url());
        let owner = PolicySpace::create(builder, keys(1), new).await.unwrap();
        Self { server, owner }
    }

    pub(crate) fn builder(&self) -> SpaceBuilder {
        Space::builder(&self.server.url())
    }

    /// A builder over a network that can be meddled with.
    pub(crate) fn meddled(&self) -> (SpaceBuilder, Arc<Meddled>) {
        let network = Arc::new(Meddled::to(&self.server));
        let builder = self.builder();
        let builder = builder.transport(Arc::clone(&network) as Arc<dyn Transport>);
        (builder, network)
    }

    /// Has the owner admit a user with its encryption key.
    pub(crate) async fn admit(&self, seed: u8, role: &str) {
        admit(&self.owner, seed, role).await.unwrap();
    }

    /// A handle for the member of a seed.
    pub(crate) async fn open(
        &self,
        seed: u8,
        builder: SpaceBuilder,
    ) -> Result<PolicySpace, ClientError> {
        let keys = keys(seed);
        PolicySpace::open(builder, self.owner.id(), keys.user_id(), keys).await
    }

    /// An editor with its own handle.
    pub(crate) async fn editor(&self, seed: u8) -> PolicySpace {
        self.admit(seed, "editor").await;
        self.open(seed, self.builder()).await.unwrap()
    }

    /// A handle for the member of a seed that remembers in `store`.
    pub(crate) async fn kept(&self, seed: u8, store: &Arc<MemoryStore>) -> PolicySpace {
        let store = Arc::clone(store) as Arc<dyn Store>;
        self.open(seed, self.builder().store(store)).await.unwrap()
    }
}

/// Admits the user of a seed, with its encryption key.
pub(crate) async fn admit(by: &PolicySpace, seed: u8, role: &str) -> Result<(), ClientError> {
    let user = keys(seed);
    let key = user.decryption_key(0).encryption_key().unwrap();
    let signature = user.sign_encryption_key(&by.id(), &user.user_id(), &key);
    let new = NewMember {
        user: user.user_id(),
        role: role.to_owned(),
        key: Some((key, signature)),
    };
    by.members().admit(&new).await
}

/// Makes the role `scribe`: it reads and writes, and begins no epochs.
pub(crate) async fn add_scribes(owner: &Member) {
    let rights = [
        (Operation::Read, "topics/{any}"),
        (Operation::Read, "state/{...}"),
        (Operation::Read, "blobs/{any}"),
        (Operation::Create, "topics/{any}"),
    ];
    let mut entries = vec![state_entry::role("scribe", None).unwrap()];
    for (index, (op, path)) in rights.into_iter().enumerate() {
        let right = Capability::new(op, path).unwrap();
        let right = state_entry::right_of_role("scribe", &format!("r{index}"), &right);
        entries.push(right.unwrap());
    }
    for entry in entries {
        let set = owner.set_bytes(entry.path.as_str(), entry.value.as_bytes());
        assert_eq!(set.await.status, 201);
    }
}

pub(crate) fn topic() -> TopicId {
    TopicId::parse("general").unwrap()
}

pub(crate) fn text(text: &str) -> NewMessage {
    NewMessage::new("text/plain", text.as_bytes().to_vec())
}

pub(crate) async fn post(space: &PolicySpace, body: &str) -> Result<Posted, ClientError> {
    soon(space.topic(&topic()).post(&text(body))).await
}

/// Bodies of the items; what is none is shown in brackets.
pub(crate) fn bodies(items: &[TopicItem]) -> Vec<String> {
    let body = |item: &TopicItem| match item.body() {
        Some(body) => String::from_utf8(body.to_vec()).unwrap(),
        None => match item {
            TopicItem::Message(message) => format!("[{:?}]", message.shown),
            TopicItem::Refused(refused) => format!("[{}]", refused.reason.code()),
            other => format!("[{other:?}]"),
        },
    };
    items.iter().map(body).collect()
}

/// All of the topic that this handle has not read.
pub(crate) async fn unread(space: &PolicySpace) -> Vec<TopicItem> {
    let mut items = Vec::new();
    loop {
        let page = soon(space.topic(&topic()).unread()).await.unwrap();
        items.extend(page.items);
        if !page.has_more {
            return items;
        }
    }
}

/// All of the topic, oldest first, read backwards.
pub(crate) async fn history(space: &PolicySpace) -> Vec<TopicItem> {
    let mut items = Vec::new();
    let mut history = space.topic(&topic()).history();
    while let Some(page) = soon(history.next_page()).await.unwrap() {
        items.extend(page.items);
    }
    items.reverse();
    items
}
