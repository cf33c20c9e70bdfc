//! Handles on spaces of a server in this process.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use reeeductio_client::transport::Transport;
use reeeductio_client::{
    Capability, Content, Identity, Key, MemberKind, MemoryStore, Space, SpaceBuilder, Store,
};
use reeeductio_proto::{DataPath, MemberId, Operation, SpaceId, StatePath, TopicId};
use reeeductio_testkit::TestServer;

use crate::meddled::Meddled;

/// The space's root in all tests.
pub(crate) fn root() -> Key {
    Key::new([9; 32])
}

pub(crate) fn topic(text: &str) -> TopicId {
    TopicId::parse(text).unwrap()
}

pub(crate) fn path(text: &str) -> StatePath {
    StatePath::parse(text).unwrap()
}

pub(crate) fn data_path(text: &str) -> DataPath {
    DataPath::parse(text).unwrap()
}

/// Fails the test when what should happen does not.
pub(crate) async fn soon<T>(event: impl Future<Output = T>) -> T {
    let event = tokio::time::timeout(Duration::from_secs(10), event).await;
    event.expect("nothing happened")
}

/// A server and the owner of a space on it.
pub(crate) struct Rig {
    pub(crate) server: TestServer,
    pub(crate) owner: Space,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        let server = TestServer::start().await;
        let owner = owner(&server, 1);
        Self { server, owner }
    }

    /// A handle for another member of the owner's space.
    pub(crate) fn member(&self, id: MemberId, keys: Identity) -> Space {
        Space::builder(&self.server.url())
            .open(self.owner.id(), id, keys, &root())
            .unwrap()
    }

    /// A user who may do these things.
    pub(crate) async fn user(&self, seed: u8, rights: &[(Operation, &str)]) -> Space {
        let keys = Identity::from_seed(&[seed; 32]);
        let id = keys.user_id();
        self.owner.members().add_user(&id, None).await.unwrap();
        for (index, (op, pattern)) in rights.iter().enumerate() {
            let name = format!("cap_{index}");
            self.owner
                .members()
                .grant_to_member(&id, &name, &Capability::new(*op, pattern).unwrap())
                .await
                .unwrap();
        }
        self.member(id, keys)
    }

    /// A second handle for the owner, whose network is meddled with.
    /// Lets all tools expire.
    pub(crate) async fn expire_tools(&self) {
        for tool in self.owner.members().list(MemberKind::Tool).await.unwrap() {
            let entry = path(&format!("auth/tools/{tool}"));
            let body = Content::Plain(br#"{"expires_at": 1}"#);
            self.owner.state().set(&entry, body).await.unwrap();
        }
    }

    pub(crate) fn meddled(&self) -> (Space, Arc<Meddled>) {
        self.meddled_with(|builder| builder)
    }

    /// Another that remembers in `store`, as if the program had been started again.
    pub(crate) fn restarted(&self, store: &Arc<MemoryStore>) -> (Space, Arc<Meddled>) {
        self.meddled_with(|builder| builder.store(Arc::clone(store) as Arc<dyn Store>))
    }

    fn meddled_with(
        &self,
        options: impl FnOnce(SpaceBuilder) -> SpaceBuilder,
    ) -> (Space, Arc<Meddled>) {
        let network = Arc::new(Meddled::to(&self.server));
        let keys = Identity::from_seed(&[1; 32]);
        let builder = options(Space::builder(&self.server.url()))
            .transport(Arc::clone(&network) as Arc<dyn Transport>);
        let space = builder.open(self.owner.id(), keys.user_id(), keys, &root());
        (space.unwrap(), network)
    }
}

/// The owner of a space of its own.
pub(crate) fn owner(server: &TestServer, seed: u8) -> Space {
    let keys = Identity::from_seed(&[seed; 32]);
    let id: SpaceId = keys.space_id();
    Space::builder(&server.url())
        .open(id, keys.user_id(), keys, &root())
        .unwrap()
}
