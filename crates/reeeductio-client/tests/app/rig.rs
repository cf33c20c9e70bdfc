//! An app on a server in this process.

use std::sync::Arc;

use reeeductio_client::{
    App, Client, Identity, Key, MemberSecrets, MemoryStore, NewApp, NewMember, PolicySpace, Space,
    Store, Stretching, random,
};
use reeeductio_core::app::AppKey;
use reeeductio_testkit::TestServer;

pub(crate) const PASSWORD: &str = "seven tall giraffes by the lake";

pub(crate) fn keys(seed: u8) -> Identity {
    Identity::from_seed(&[seed; 32])
}

pub(crate) struct Rig {
    pub(crate) server: TestServer,
    pub(crate) app: App,
    /// The app key.
    pub(crate) key: String,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        let server = TestServer::start().await;
        let builder = Space::builder(&server.url());
        let (app, key) = App::create(builder, keys(1), &NewApp::named("Chat")).await.unwrap();
        let key = key.expose().to_string();
        Self { server, app, key }
    }

    /// A client on a new device.
    pub(crate) fn client(&self) -> Client {
        let builder = Client::builder(&self.server.url(), &self.key).unwrap();
        builder.open().unwrap()
    }

    /// A client on a device whose store lasts.
    pub(crate) fn client_with(&self, store: &Arc<MemoryStore>) -> Client {
        let builder = Client::builder(&self.server.url(), &self.key).unwrap();
        builder.store(Arc::clone(store) as Arc<dyn Store>).open().unwrap()
    }

    /// Has somebody sign up as far as the password.
    pub(crate) async fn sign_up_without_name(&self, name: &str) {
        let key = AppKey::parse(&self.key).unwrap();
        let (tool, user) = (key.tool(), Identity::from_seed(&random().unwrap()));
        let (app, member) = (key.app(), user.user_id());
        let builder = || Space::builder(&self.server.url());
        let visitor = PolicySpace::open(builder(), app, tool.tool_id(), tool).await.unwrap();
        let public = user.decryption_key(0).encryption_key().unwrap();
        let signature = user.sign_encryption_key(&app, &member, &public);
        let new = NewMember {
            user: member,
            role: "user".to_owned(),
            key: Some((public, signature)),
        };
        visitor.members().admit(&new).await.unwrap();
        let root = Key::new(*user.seed());
        let secrets = MemberSecrets {
            identity: user.clone(),
            symmetric_root: root.clone(),
            user_key: None,
        };
        let space = builder().open(app, member, user, &root).unwrap();
        let passwords = space.passwords();
        let registered =
            passwords.register_for(name, PASSWORD, member, &secrets, Stretching::default());
        registered.await.unwrap();
    }

    /// A client of a new user.
    pub(crate) async fn user(&self, name: &str) -> Client {
        let client = self.client();
        client.auth().register(name, PASSWORD).await.unwrap();
        client
    }
}
