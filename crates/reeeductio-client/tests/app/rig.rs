//! An app on a server in this process.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use reeeductio_client::{
    App, Channel, Client, Identity, Keeper, Key, MemberSecrets, MemoryStore, NewApp, NewMember,
    PasswordLogin, PolicySpace, Space, StatePath, Store, Stretching, random,
};
use reeeductio_core::app::{AppKey, Asks, ChannelEntry, DirectoryName};
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
        let (app, key) = App::create(builder, keys(1), &NewApp::named("Chat"))
            .await
            .unwrap();
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
        builder
            .store(Arc::clone(store) as Arc<dyn Store>)
            .open()
            .unwrap()
    }

    /// The app's keeper, of a seed. It does nothing yet.
    pub(crate) async fn keeper(&self, seed: u8) -> Keeper {
        let identity = keys(seed);
        let key = identity.decryption_key(0).encryption_key().unwrap();
        let user = identity.user_id();
        let signature = identity.sign_encryption_key(&self.app.id(), &user, &key);
        self.app.set_keeper(user, (key, signature)).await.unwrap();
        let builder = Space::builder(&self.server.url());
        Keeper::open(builder, self.app.id(), identity, None)
            .await
            .unwrap()
    }

    /// Has somebody sign up as far as the password.
    pub(crate) async fn sign_up_without_name(&self, name: &str) {
        let key = AppKey::parse(&self.key).unwrap();
        let (tool, user) = (key.tool(), Identity::from_seed(&random().unwrap()));
        let (app, member) = (key.app(), user.user_id());
        let builder = || Space::builder(&self.server.url());
        let visitor = PolicySpace::open(builder(), app, tool.tool_id(), tool)
            .await
            .unwrap();
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

/// An app with a keeper that runs.
pub(crate) struct KeptApp {
    pub(crate) rig: Rig,
    pub(crate) keeper: Keeper,
    running: tokio::task::JoinHandle<()>,
}

impl KeptApp {
    pub(crate) async fn start() -> Self {
        let rig = Rig::start().await;
        let keeper = rig.keeper(50).await;
        let running = tokio::spawn(keep(keeper.clone()));
        Self {
            rig,
            keeper,
            running,
        }
    }

    pub(crate) async fn user(&self, name: &str) -> Client {
        self.rig.user(name).await
    }

    /// Has a user reserve a name, as one does that is cut short then.
    pub(crate) async fn reserve(&self, client: &Client, name: &str) {
        let (username, url) = (client.user().unwrap().username, self.rig.server.url());
        let login = PasswordLogin::log_in(self.rig.app.id(), &username, PASSWORD, &url).await;
        let identity = login.unwrap().secrets.identity;
        let (app, member) = (self.rig.app.id(), identity.user_id());
        let at = DirectoryName::Channel(name.to_owned());
        let entry = ChannelEntry::new(app, &at, &identity, [9; 16], Asks::Keeper).unwrap();
        let entry = entry.entry(&at).unwrap();
        let builder = Space::builder(&self.rig.server.url());
        let space = PolicySpace::open(builder, app, member, identity)
            .await
            .unwrap();
        let state = space.state();
        let written = state.create(&entry.path, entry.value.as_bytes()).await;
        written.unwrap();
    }

    /// Waits until the keeper holds the key of a channel.
    pub(crate) async fn settled(&self, channel: &Channel) {
        let mut events = channel.events().await.unwrap();
        let tool = self.keeper.tool();
        soon(async {
            loop {
                let key = format!("keyring/0/{tool}");
                let key = StatePath::parse(&key).unwrap();
                if channel.space().state().get(&key).await.unwrap().is_some() {
                    return;
                }
                events.next().await.unwrap().unwrap();
            }
        })
        .await;
    }
}

impl Drop for KeptApp {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// Does the keeper's work whenever there is some.
pub(crate) async fn keep(keeper: Keeper) {
    let mut stream = keeper.connect().await.unwrap();
    while let Some(event) = stream.next().await {
        if event.is_ok_and(|event| Keeper::is_due(&event)) {
            keeper.pass().await.unwrap();
        }
    }
}

/// Fails the test when what should happen does not.
pub(crate) async fn soon<T>(event: impl Future<Output = T>) -> T {
    let event = tokio::time::timeout(Duration::from_secs(20), event).await;
    event.expect("nothing happened")
}
