//! A channel, as a member of it sees it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use reeeductio_core::app::{Admission, ChannelProfile, invitation};
use reeeductio_proto::{ErrorCode, MemberId, MessageId, SpaceId, Subject, TopicId};

use super::content::NewPost;
use super::handles::Handles;
use super::history::{ChannelPage, Walks};
use super::signed_in::SignedIn;
use super::{ChannelEvents, directory};
use crate::error::ClientError;
use crate::policy_space::{PolicySpace, PolicyTopic, SignalSender};

/// The topic of a channel's messages. All subjects share it, so that a handle is one message's, and the history is one.
const TOPIC: &str = "messages";

/// A channel, as a member of it sees it. Clones share everything.
#[derive(Clone)]
pub struct Channel {
    shared: Arc<Shared>,
}

/// A channel that is open as long as somebody else holds it.
#[derive(Debug)]
pub(super) struct OpenChannel(Weak<Shared>);

impl OpenChannel {
    pub(super) fn get(&self) -> Option<Channel> {
        let shared = self.0.upgrade()?;
        Some(Channel { shared })
    }
}

struct Shared {
    signed_in: Arc<SignedIn>,
    space: PolicySpace,
    topic: PolicyTopic,
    handles: Handles,
    walks: Walks,
    /// Sends signals while events are heard.
    signals: Mutex<Option<SignalSender>>,
}

impl Channel {
    pub(super) fn new(signed_in: Arc<SignedIn>, space: PolicySpace) -> Result<Self, ClientError> {
        let topic = TopicId::parse(TOPIC);
        let topic = topic.map_err(|error| ClientError::argument("topic", error))?;
        Ok(Self {
            shared: Arc::new(Shared {
                topic: space.topic(&topic),
                handles: Handles::default(),
                walks: Walks::default(),
                signals: Mutex::default(),
                signed_in,
                space,
            }),
        })
    }

    /// The same, not held.
    pub(super) fn let_go(&self) -> OpenChannel {
        OpenChannel(Arc::downgrade(&self.shared))
    }

    /// The id of its space.
    pub fn id(&self) -> SpaceId {
        self.shared.space.id()
    }

    /// The user that acts.
    pub fn user(&self) -> MemberId {
        self.shared.space.member()
    }

    /// Its space, for what is not offered here.
    pub fn space(&self) -> &PolicySpace {
        &self.shared.space
    }

    /// Posts a message. Returns its handle once it is on the server's disk.
    pub async fn send(&self, post: &NewPost) -> Result<i64, ClientError> {
        self.check()?;
        let posted = self.topic().post(&post.message()?).await?;
        self.handles().note(posted.position);
        Ok(posted.position.timestamp)
    }

    /// Replaces the content of a message. Its author may.
    pub async fn edit(&self, handle: i64, post: &NewPost) -> Result<(), ClientError> {
        self.check()?;
        let id = self.message_at(handle).await?;
        self.topic().edit(&id, &post.message()?).await.map(drop)
    }

    /// Deletes a message for good. Its author and the channel's owner may. One that is deleted already is no error for its author.
    pub async fn delete(&self, handle: i64) -> Result<(), ClientError> {
        self.check()?;
        let id = self.message_at(handle).await?;
        self.topic().delete(&id).await.map(drop)
    }

    /// The messages before a handle, oldest first: at most `limit`, 1 to 200, the newest ones of all if `before` is `None`.
    pub async fn history(
        &self,
        before: Option<i64>,
        limit: usize,
    ) -> Result<ChannelPage, ClientError> {
        self.check()?;
        self.shared.walks.page(self, before, limit).await
    }

    /// Hears what happens in the channel from now on. With a local store it goes on where the last run was. One part of a program hears them: while it
    /// does, calling this again is refused.
    pub async fn events(&self) -> Result<ChannelEvents, ClientError> {
        self.check()?;
        ChannelEvents::open(self.clone()).await
    }

    /// Sends a signal to those who are connected now, or to one of them: at most 16,000 bytes, never stored. The server sees neither subject nor content. Fails if
    /// nobody hears the [`events`](Self::events) of this handle, which have the connection.
    pub async fn signal(&self, to: Option<MemberId>, signal: &NewPost) -> Result<(), ClientError> {
        self.check()?;
        let (subject, body) = (signals()?, signal.body()?);
        let sender = self.signals().clone();
        let sender = sender
            .ok_or_else(|| ClientError::Interrupted("the channel is not connected".to_owned()))?;
        sender.send(&subject, to, &body).await.map(drop)
    }

    /// Lets a user of the app be let in by the keeper, where it asks. Members that may write may.
    pub async fn invite(&self, user: &str) -> Result<(), ClientError> {
        self.check()?;
        let user = self.signed_in().directory().user(user).await?;
        let entry = invitation(user.id)?;
        let state = self.space().state();
        let written = state.create(&entry.path, entry.value.as_bytes()).await;
        match written {
            // Somebody else has invited the user before.
            Err(error) if super::is_there(&error) => Ok(()),
            other => other,
        }
    }

    /// Lets in a user that has asked, with a role, by a person's decision.
    pub async fn admit(&self, user: &str, role: &str) -> Result<(), ClientError> {
        self.check()?;
        let user = self.signed_in().directory().user(user).await?;
        let mail = self.signed_in().mail().await?;
        let asked = mail.asked(self.id(), user.id);
        let asked = asked.ok_or_else(|| {
            ClientError::argument("user", "has not asked to be let into this channel")
        })?;
        let beside = Admission::of(&asked.request).entry(user.id)?;
        let members = self.space().members();
        let admitted = members.admit_asking(&asked.request, role, &[beside]).await;
        if let Err(error) = admitted
            && !self.space().with_view(|view| view.knows(&user.id))
        {
            return Err(error);
        }
        mail.answer(&asked, None).await
    }

    /// Refuses a user that has asked.
    pub async fn refuse(&self, user: &str) -> Result<(), ClientError> {
        self.check()?;
        let user = self.signed_in().directory().user(user).await?;
        let mail = self.signed_in().mail().await?;
        match mail.asked(self.id(), user.id) {
            None => Ok(()),
            Some(asked) => mail.answer(&asked, Some("channel.refused")).await,
        }
    }

    /// Begins an epoch: what is posted from now on has another key.
    pub async fn rotate(&self) -> Result<u32, ClientError> {
        self.check()?;
        self.space().members().rotate().await?;
        self.tend_keeper_later().await;
        Ok(self.space().with_view(|view| {
            let newest = view.newest_epoch();
            newest.map_or(0, |newest| newest.entry.number)
        }))
    }

    /// Removes a member: it reads nothing that is posted from now on, and every invite link ends.
    pub async fn remove(&self, user: &str) -> Result<(), ClientError> {
        self.check()?;
        let user = self.member_named(user).await?;
        self.space().members().remove(user).await?;
        self.tend_keeper_later().await;
        Ok(())
    }

    /// Leaves the channel.
    pub async fn leave(&self) -> Result<(), ClientError> {
        self.check()?;
        self.space().members().leave().await?;
        self.signed_in().forget(self.id());
        Ok(())
    }

    /// The profile that the channel's owner has written.
    pub(super) async fn profile(&self) -> Result<Option<ChannelProfile>, ClientError> {
        // It is of the space's beginning, and is not replaced.
        let path = ChannelProfile::path()?;
        let value = self.space().state().get_as_read(&path).await?;
        let value = value.map(|value| ChannelProfile::read(self.id(), &value.sender, &value.value));
        Ok(value.transpose()?)
    }

    /// A member by its id or name, also one that has left the app.
    pub(super) async fn member_named(&self, user: &str) -> Result<MemberId, ClientError> {
        match MemberId::parse(user) {
            Ok(id) => Ok(id),
            Err(_) => Ok(self.directory().ever_named(user).await?.id),
        }
    }

    /// The message of a handle.
    async fn message_at(&self, handle: i64) -> Result<MessageId, ClientError> {
        if let Some(id) = self.handles().id_of(handle) {
            return Ok(id);
        }
        let id = self.topic().id_at(handle).await?;
        id.ok_or_else(|| ClientError::Invalid {
            code: ErrorCode::MessageNotFound,
            field: "handle",
            message: "there is no such message".to_owned(),
        })
    }

    /// Refuses to go on for a user that has logged out.
    pub(super) fn check(&self) -> Result<(), ClientError> {
        self.shared.signed_in.check()
    }

    pub(super) fn topic(&self) -> &PolicyTopic {
        &self.shared.topic
    }

    pub(super) fn handles(&self) -> &Handles {
        &self.shared.handles
    }

    pub(super) fn signed_in(&self) -> &Arc<SignedIn> {
        &self.shared.signed_in
    }

    pub(super) fn directory(&self) -> &directory::Directory {
        self.shared.signed_in.directory()
    }

    pub(super) fn signals(&self) -> std::sync::MutexGuard<'_, Option<SignalSender>> {
        let signals = self.shared.signals.lock();
        signals.unwrap_or_else(PoisonError::into_inner)
    }
}

/// The subject of a channel's signals on the wire. Their own is sealed.
pub(super) fn signals() -> Result<Subject, ClientError> {
    Subject::parse("channel").map_err(|error| ClientError::argument("subject", error))
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel")
            .field("id", &self.id())
            .field("user", &self.user())
            .finish_non_exhaustive()
    }
}
