//! A user of an app whose steps are taken one by one.

use reeeductio_client::{
    ClientError, Identity, MemberId, NewMember, PolicySpace, Space, SpaceId, TopicId, random,
};
use reeeductio_core::JoinRequest;
use reeeductio_core::app::{ANSWER, ASK, AnswerNote, AskNote, ChannelContent};

use crate::rig::{Rig, soon};

/// A user of an app, without a name and a password. It does nothing by itself.
pub(crate) struct Person {
    pub(crate) keys: Identity,
    /// The app's space, as the user sees it.
    pub(crate) app: PolicySpace,
    url: String,
    now: u64,
}

impl Person {
    /// A new user, whom the owner of the app admits.
    pub(crate) async fn new(rig: &Rig) -> Self {
        let keys = Identity::from_seed(&random().unwrap());
        let (app, user) = (rig.app.id(), keys.user_id());
        let key = keys.decryption_key(0).encryption_key().unwrap();
        let signature = keys.sign_encryption_key(&app, &user, &key);
        let new = NewMember {
            user,
            role: "user".to_owned(),
            key: Some((key, signature)),
        };
        rig.app.space().members().admit(&new).await.unwrap();
        let url = rig.server.url();
        let space = PolicySpace::open(Space::builder(&url), app, user, keys.clone());
        Self {
            app: space.await.unwrap(),
            keys,
            url,
            now: u64::try_from(rig.server.now()).unwrap(),
        }
    }

    pub(crate) fn id(&self) -> MemberId {
        self.keys.user_id()
    }

    /// A new request to join a channel.
    pub(crate) fn request(&self, channel: SpaceId) -> JoinRequest {
        JoinRequest::new(channel, &self.keys, 0, self.now, random().unwrap()).unwrap()
    }

    /// Leaves a request in somebody's inbox.
    pub(crate) async fn ask(&self, to: MemberId, request: &JoinRequest) {
        let note = AskNote {
            request: request.clone(),
        };
        self.leave(to, ASK, &note.to_bytes()).await.unwrap();
    }

    /// Leaves a note in somebody's inbox.
    pub(crate) async fn leave(
        &self,
        to: MemberId,
        content_type: &str,
        body: &[u8],
    ) -> Result<(), ClientError> {
        let inbox = self.app.inbox();
        let item = inbox.seal(to, content_type, body, None).await?;
        inbox.leave(&item).await.map(drop)
    }

    /// The codes of the answers in the user's inbox, by the one who was asked; empty for a user that was let in.
    pub(crate) async fn answers(&self, by: MemberId, request: &JoinRequest) -> Vec<String> {
        let mut codes = Vec::new();
        let mut items = self.app.inbox().items();
        while let Some(page) = items.next_page().await.unwrap() {
            for item in page {
                let content = item.content.unwrap();
                assert_eq!((item.sender, content.content_type.as_str()), (by, ANSWER));
                let answer = AnswerNote::parse(&content.body).unwrap();
                if answer.request == request.hash() {
                    assert_eq!(answer.channel, request.space());
                    codes.push(answer.refused.unwrap_or_default());
                }
            }
        }
        codes
    }

    /// Opens a channel, as a member of it.
    pub(crate) async fn open(&self, channel: SpaceId) -> Result<PolicySpace, ClientError> {
        let builder = Space::builder(&self.url);
        PolicySpace::open(builder, channel, self.id(), self.keys.clone()).await
    }

    /// The payloads of a channel's messages as this user reads them; what cannot be read is in brackets.
    pub(crate) async fn read(&self, channel: SpaceId) -> Vec<String> {
        read(&self.open(channel).await.unwrap()).await
    }
}

/// The payloads of a channel's messages as a member reads them, oldest first.
pub(crate) async fn read(space: &PolicySpace) -> Vec<String> {
    let topic = space.topic(&TopicId::parse("messages").unwrap());
    let (mut read, mut history) = (Vec::new(), topic.history());
    while let Some(page) = soon(history.next_page()).await.unwrap() {
        read.extend(page.items.iter().map(|item| match item.body() {
            Some(body) => {
                let content = ChannelContent::parse(body).unwrap();
                String::from_utf8(content.payload.to_vec()).unwrap()
            }
            None => match item.message() {
                Some(message) => format!("[{:?}]", message.shown),
                None => "[refused]".to_owned(),
            },
        }));
    }
    read.reverse();
    read
}
