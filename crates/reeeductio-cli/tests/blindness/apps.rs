//! Everything that users of an app do, with secrets that are random in each run.

use std::time::Duration;

use reeeductio_client::{
    App, Channel, ChannelEvent, ChannelOptions, Client, Identity, Keeper, NewApp, NewChannelLink,
    NewPost, PasswordLogin, Space, StatePath, random,
};
use reeeductio_core::app::ChannelProfile;
use reeeductio_testkit::Member;

use crate::life::fresh;
use crate::secrets::{Named, of_identity, of_space};

/// An app that was used, and what of it the server must not know.
#[derive(Default)]
pub(crate) struct UsedApp {
    /// Texts that nobody but members may read.
    pub(crate) texts: Vec<(String, String)>,
    /// Bytes that nobody but members may have.
    pub(crate) secrets: Named,
}

impl UsedApp {
    fn text(&mut self, name: &str) -> String {
        let text = fresh();
        self.texts.push((name.to_owned(), text.clone()));
        text
    }

    fn post(&mut self, name: &str) -> NewPost {
        let [body, subject, kind] = ["body", "subject", "content type"].map(|part| {
            let text = fresh();
            self.texts.push((format!("{part} of {name}"), text.clone()));
            text
        });
        let post = NewPost::json(&body).unwrap();
        post.with_subject(&subject).with_content_type(&kind)
    }

    /// A user that signs up on one device and logs in on another.
    async fn user(&mut self, app: &App, key: &str, url: &str, name: &str) -> Client {
        let password = self.text(&format!("password of {name}"));
        let client = || Client::builder(url, key).unwrap().open().unwrap();
        client().auth().register(name, &password).await.unwrap();
        let second = client();
        second.auth().login(name, &password).await.unwrap();
        let new = self.text(&format!("second password of {name}"));
        second
            .auth()
            .change_password(&password, &new)
            .await
            .unwrap();
        let login = PasswordLogin::log_in(app.id(), name, &new, url)
            .await
            .unwrap();
        let identity = login.secrets.identity;
        self.keep(name, &app_member(url, app, &identity).await, &identity);
        second
    }

    fn keep(&mut self, name: &str, member: &Member, identity: &Identity) {
        self.secrets.extend(of_identity(name, member, identity));
    }

    /// The secrets of a channel, which derive from its creator's.
    async fn keep_channel(&mut self, url: &str, name: &str, channel: &Channel, creator: &Identity) {
        let path = StatePath::parse("channel/profile").unwrap();
        let profile = channel.space().state().get(&path).await.unwrap().unwrap();
        let profile = ChannelProfile::read(channel.id(), &profile.sender, &profile.value);
        let owner = creator.space_key(&profile.unwrap().salt);
        let raw = Member::sign_in_owner(url, *owner.seed()).await;
        self.keep(&format!("the channel {name}"), &raw, &owner);
        let secrets = of_space(&raw, &["messages"]).await;
        let named = secrets.into_iter();
        self.secrets
            .extend(named.map(|(what, secret)| (format!("{name}: {what}"), secret)));
    }
}

async fn app_member(url: &str, app: &App, identity: &Identity) -> Member {
    Member::sign_in(url, app.id(), identity.user_id(), identity.clone()).await
}

/// Lives the life of an app on the server at `url`.
pub(crate) async fn live(url: &str) -> UsedApp {
    let mut used = UsedApp::default();
    let builder = || Space::builder(url);
    let owner = Identity::from_seed(&random().unwrap());
    let (app, key) = App::create(builder(), owner.clone(), &NewApp::named("Chat"))
        .await
        .unwrap();
    let raw = Member::sign_in_owner(url, *owner.seed()).await;
    used.keep("the owner of the app", &raw, &owner);
    used.keep("the app key", &raw, &key.tool());

    let keeper = Identity::from_seed(&random().unwrap());
    let public = keeper.decryption_key(0).encryption_key().unwrap();
    let signature = keeper.sign_encryption_key(&app.id(), &keeper.user_id(), &public);
    app.set_keeper(keeper.user_id(), (public, signature))
        .await
        .unwrap();
    used.keep("the keeper", &raw, &keeper);
    let keeps = Keeper::open(builder(), app.id(), keeper, None)
        .await
        .unwrap();

    let text = key.expose();
    let ada = used.user(&app, &text, url, "ada").await;
    let bob = used.user(&app, &text, url, "bob").await;
    let eve = used.user(&app, &text, url, "eve").await;
    let general = ada
        .channels()
        .create("general", ChannelOptions::default())
        .await
        .unwrap();
    keeps.pass().await.unwrap();
    let channels = bob.channels();
    let (joined, passed) = tokio::join!(
        channels.join("general", Duration::from_secs(30)),
        pass_until_asked(&keeps),
    );
    assert_eq!(passed, 1);
    let joined = joined.unwrap();
    let mut heard = joined.events().await.unwrap();
    let talking = general.events().await.unwrap();
    let handle = general.send(&used.post("the message")).await.unwrap();
    general.edit(handle, &used.post("the edit")).await.unwrap();
    let deleted = general.send(&used.post("the deleted one")).await.unwrap();
    general.delete(deleted).await.unwrap();
    general
        .signal(None, &used.post("the signal"))
        .await
        .unwrap();
    while !matches!(
        heard.next().await.unwrap().unwrap(),
        ChannelEvent::Signal(_)
    ) {}
    general.history(None, 50).await.unwrap();

    let name = used.text("the name of the private channel");
    let options = ChannelOptions {
        is_private: true,
        ..ChannelOptions::default()
    };
    let private = ada.channels().create(&name, options).await.unwrap();
    private
        .send(&used.post("the private message"))
        .await
        .unwrap();
    assert!(bob.channels().resolve(&name).await.unwrap().is_some());
    let link = private
        .create_link(&NewChannelLink::default())
        .await
        .unwrap();
    let token = link.token.unwrap();
    let secret = token.split('.').nth(2).unwrap().to_owned();
    used.texts.push((
        "the secret of the link, as it is written".to_owned(),
        secret,
    ));
    eve.channels().join_by_link(&token, None).await.unwrap();
    private.remove("eve").await.unwrap();
    private.send(&used.post("the last message")).await.unwrap();
    drop((heard, talking));

    let last = &used
        .texts
        .iter()
        .find(|(name, _)| name == "second password of ada")
        .unwrap()
        .1;
    let login = PasswordLogin::log_in(app.id(), "ada", last, url)
        .await
        .unwrap();
    let identity = login.secrets.identity;
    used.keep_channel(url, "general", &general, &identity).await;
    used.keep_channel(url, "private", &private, &identity).await;
    let secrets = of_space(&raw, &[]).await;
    let named = secrets.into_iter();
    used.secrets
        .extend(named.map(|(what, secret)| (format!("the app: {what}"), secret)));
    used
}

/// Does the keeper's work until it has let somebody in.
async fn pass_until_asked(keeper: &Keeper) -> u64 {
    let mut stream = keeper.connect().await.unwrap();
    loop {
        let event = stream.next().await.unwrap().unwrap();
        if Keeper::is_due(&event) {
            let pass = keeper.pass().await.unwrap();
            if pass.admitted > 0 {
                return pass.admitted;
            }
        }
    }
}
