//! Everything that members do in a space with a policy, with secrets that are random in each run.

use reeeductio_client::{
    AnchoredLink, Identity, MessageId, NewLink, NewMember, NewMessage, NewSpace, PolicySpace,
    Posted, Space, SpaceId, TopicId, TopicItem, now, random,
};
use reeeductio_testkit::Member;

use crate::needles::hex;
use crate::secrets::{Named, of_identity, of_space};

/// The topic of the messages.
pub(crate) const TOPIC: &str = "general";

/// A space whose members have done everything, and what of it the server must not know.
pub(crate) struct Life {
    url: String,
    pub(crate) space: SpaceId,
    /// The message that was edited, which the server knows.
    pub(crate) edited: MessageId,
    pub(crate) owner: Identity,
    pub(crate) ada: Identity,
    /// Texts that nobody but members may read.
    pub(crate) texts: Vec<(String, String)>,
    /// Bytes that nobody but members may have.
    pub(crate) secrets: Named,
}

/// 48 hexadecimal digits that nobody has written before.
pub(crate) fn fresh() -> String {
    hex(&random::<24>().unwrap())
}

fn identity() -> Identity {
    Identity::from_seed(&random().unwrap())
}

impl Life {
    /// A text that only members may read.
    pub(crate) fn text(&mut self, name: &str) -> String {
        let text = fresh();
        self.texts.push((name.to_owned(), text.clone()));
        text
    }

    fn message_of(&mut self, name: &str, body: String) -> NewMessage {
        let kind = self.text(&format!("content type of {name}"));
        let client_id = random().unwrap();
        self.secrets
            .push((format!("client id of {name}"), Vec::from(client_id)));
        NewMessage::new(&kind, body.into_bytes()).with_client_id(client_id)
    }

    fn message(&mut self, name: &str) -> NewMessage {
        let body = self.text(&format!("body of {name}"));
        self.message_of(name, body)
    }

    async fn post(&mut self, by: &PolicySpace, name: &str) -> Posted {
        let message = self.message(name);
        by.topic(&topic()).post(&message).await.unwrap()
    }

    /// Takes note of an identity's secrets.
    fn keep(&mut self, name: &str, owner: &Member, identity: &Identity) {
        self.secrets.extend(of_identity(name, owner, identity));
    }

    async fn open(&self, identity: &Identity) -> PolicySpace {
        let builder = Space::builder(&self.url);
        let member = identity.user_id();
        let opened = PolicySpace::open(builder, self.space, member, identity.clone());
        opened.await.unwrap()
    }

    /// A link that lets in one guest, and the guest.
    async fn join(
        &mut self,
        owner: &PolicySpace,
        raw: &Member,
        name: &str,
        password: Option<&str>,
    ) -> PolicySpace {
        let terms = NewLink {
            role: "editor".to_owned(),
            uses: 1,
            expires_at: now() + 3_600_000,
            password: password.map(str::to_owned),
            page: None,
        };
        let link = owner.links().create(&terms).await.unwrap();
        let link = AnchoredLink::parse(link.expose()).unwrap();
        let name = format!("the link {name}");
        let secret = link.secret();
        self.secrets
            .push((format!("secret of {name}"), secret.expose().to_vec()));
        let tool = secret.tool(&self.space, password).unwrap();
        self.keep(&format!("the tool of {name}"), raw, &tool);
        let guest = identity();
        self.keep(&format!("the guest of {name}"), raw, &guest);
        let builder = Space::builder(&self.url);
        let joined = PolicySpace::redeem(builder, &link, password, guest);
        joined.await.unwrap()
    }
}

pub(crate) fn topic() -> TopicId {
    TopicId::parse(TOPIC).unwrap()
}

async fn admit(owner: &PolicySpace, user: &Identity) {
    let key = user.decryption_key(0).encryption_key().unwrap();
    let signature = user.sign_encryption_key(&owner.id(), &user.user_id(), &key);
    let new = NewMember {
        user: user.user_id(),
        role: "editor".to_owned(),
        key: Some((key, signature)),
    };
    owner.members().admit(&new).await.unwrap();
}

/// How many messages a reader opens, of all that are not edits and deletes.
async fn readable(reader: &PolicySpace) -> usize {
    let mut history = reader.topic(&topic()).history();
    let mut readable = 0;
    while let Some(page) = history.next_page().await.unwrap() {
        let own = page.items.iter().filter_map(TopicItem::message);
        let own = own.filter(|message| message.target.is_none());
        readable += own.filter(|message| message.body().is_some()).count();
    }
    readable
}

/// Lives through everything on the server at `url`.
pub(crate) async fn live(url: &str) -> Life {
    let (owner_keys, ada_keys, bob_keys) = (identity(), identity(), identity());
    let mut life = Life {
        url: url.to_owned(),
        space: owner_keys.space_id(),
        edited: MessageId::from_hash([0; 32]),
        owner: owner_keys.clone(),
        ada: ada_keys.clone(),
        texts: Vec::new(),
        secrets: Vec::new(),
    };
    let builder = Space::builder(url);
    let made = PolicySpace::create(builder, owner_keys.clone(), NewSpace::default());
    let owner = made.await.unwrap();
    let raw = Member::sign_in(url, owner.id(), owner.member(), owner_keys.clone()).await;
    for (name, keys) in [
        ("owner", &owner_keys),
        ("ada", &ada_keys),
        ("bob", &bob_keys),
    ] {
        life.keep(name, &raw, keys);
    }
    for user in [&ada_keys, &bob_keys] {
        admit(&owner, user).await;
    }
    let ada = life.open(&ada_keys).await;
    let general = owner.topic(&topic());
    let mut stream = ada.topic(&topic()).live().await.unwrap();

    // Edited, answered, deleted; one of many pages.
    let first = life.post(&owner, "the first message").await;
    let heard = stream.next().await.unwrap().unwrap();
    assert!(heard.body().is_some(), "{heard:?}");
    life.edited = first.position.hash;
    let edit = life.message("the edit");
    general.edit(&life.edited, &edit).await.unwrap();
    let reply = life.text("reply");
    let reply = format!("in reply to {}: {reply}", life.edited);
    let reply = life.message_of("the reply", reply);
    ada.topic(&topic()).post(&reply).await.unwrap();
    let deleted = life.post(&ada, "the deleted message").await;
    { ada.topic(&topic()) }
        .delete(&deleted.position.hash)
        .await
        .unwrap();
    let part = life.text("body of the long message");
    let long = life.message_of("the long message", part.repeat(1_000));
    general.post(&long).await.unwrap();
    let expiring = life.message("the message that expires");
    let soon = u64::try_from(now() + 3_600_000).unwrap();
    general.post(&expiring.expiring(soon)).await.unwrap();

    owner.members().rotate().await.unwrap();
    life.post(&owner, "the message after a rotation").await;
    owner.members().remove(bob_keys.user_id()).await.unwrap();
    life.post(&ada, "the message after a removal").await;
    let password = life.text("password of a link");
    for (name, password) in [("with a password", Some(&*password)), ("without one", None)] {
        let guest = life.join(&owner, &raw, name, password).await;
        life.post(&guest, &format!("the message of the guest {name}"))
            .await;
    }
    let content = life.text("content of a blob");
    let blob = owner.blobs().upload_sealed(content.as_bytes()).await;
    let (_, key) = blob.unwrap();
    life.secrets
        .push(("key of a blob".to_owned(), key.expose().to_vec()));

    for reader in [&owner, &ada] {
        // All eight but the deleted one.
        assert_eq!(readable(reader).await, 8);
        reader.log().checkpoint().await.unwrap();
        reader.log().compare_seen().await.unwrap();
    }
    ada.members().publish_key().await.unwrap();
    life
}

impl Life {
    /// The owner, who speaks raw HTTP.
    pub(crate) async fn raw_owner(&self) -> Member {
        let (keys, id) = (self.owner.clone(), self.owner.user_id());
        Member::sign_in(&self.url, self.space, id, keys).await
    }

    /// Ada, who speaks raw HTTP.
    pub(crate) async fn raw_ada(&self) -> Member {
        let (keys, id) = (self.ada.clone(), self.ada.user_id());
        Member::sign_in(&self.url, self.space, id, keys).await
    }

    /// Adds the keys of all epochs and messages.
    pub(crate) async fn derive(&mut self) {
        let owner = self.raw_owner().await;
        self.secrets
            .extend(of_space(&owner, &[TOPIC, "state"]).await);
    }
}
