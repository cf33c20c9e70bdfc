//! A topic of a space with a policy.

use std::fmt;

use reeeductio_core::check_content;
use reeeductio_core::log::Standing;
use reeeductio_proto::{ErrorCode, MessageId, Target, TargetChange, TopicId};
use zeroize::Zeroizing;

use super::posting::{Posted, ToSeal};
use super::reading::TopicHistory;
use super::{PolicySpace, TopicLive, TopicPage};
use crate::error::ClientError;
use crate::platform::random;

/// A topic of a space with a policy. Clones share everything.
#[derive(Clone, Debug)]
pub struct PolicyTopic {
    pub(super) space: PolicySpace,
    pub(super) id: TopicId,
}

/// A message before it is sealed.
#[derive(Clone, Eq, PartialEq)]
pub struct NewMessage {
    /// The application's word for the body: at most 128 bytes without control characters. The server does not see it.
    pub content_type: String,
    /// The bytes: at most 65,452 together with those of the content type.
    pub body: Zeroizing<Vec<u8>>,
    /// Names the draft: one that is posted again with the same id is not posted twice, whatever its body. Random if it is `None`.
    pub client_id: Option<[u8; 16]>,
    /// When the server is to remove the payload, Unix milliseconds.
    pub expires: Option<u64>,
}

impl NewMessage {
    /// A message that does not expire.
    pub fn new(content_type: &str, body: Vec<u8>) -> Self {
        Self {
            content_type: content_type.to_owned(),
            body: body.into(),
            client_id: None,
            expires: None,
        }
    }

    /// Names the draft, for a program that keeps it until it is posted. Another body with the same id is not posted: the place of the first
    /// message is returned.
    #[must_use]
    pub fn with_client_id(self, client_id: [u8; 16]) -> Self {
        Self {
            client_id: Some(client_id),
            ..self
        }
    }

    /// Has the server remove the payload at a time, Unix milliseconds.
    #[must_use]
    pub fn expiring(self, at: u64) -> Self {
        Self {
            expires: Some(at),
            ..self
        }
    }
}

impl PolicyTopic {
    /// The topic's id.
    pub fn id(&self) -> &TopicId {
        &self.id
    }

    /// Posts a message at the end of this installation's lane, sealed under the newest epoch.
    ///
    /// An answer that was lost is asked for again, so the message is stored once. After an error of the network call it again with the
    /// same [`client_id`](NewMessage::client_id).
    ///
    /// If a member was removed or has left since the newest epoch began, a new one begins first; a member that may not begin one gets
    /// `keyring.waiting`. That a member has left is known only once this handle has read it: [`refresh`](PolicySpace::refresh) reads it
    /// once, [`connect`](PolicySpace::connect) always.
    pub async fn post(&self, message: &NewMessage) -> Result<Posted, ClientError> {
        self.send(message, None).await
    }

    /// Replaces a message that was posted before. Its author may, and others with the right to `modify` the topic's messages, where
    /// the space's settings say so. Fails with `revision.conflict` if somebody else was faster, and with `message.not_found` if it was deleted.
    pub async fn edit(&self, message: &MessageId, by: &NewMessage) -> Result<Posted, ClientError> {
        let change = (*message, TargetChange::Edit);
        self.send(by, Some(change)).await
    }

    /// Deletes a message that was posted before, as [`edit`](Self::edit) changes it. One that this member has deleted already is no
    /// error: an answer may have been lost.
    pub async fn delete(&self, message: &MessageId) -> Result<Posted, ClientError> {
        let change = (*message, TargetChange::Delete);
        self.send(&NewMessage::new("", Vec::new()), Some(change))
            .await
    }

    /// The id of the message that was received at a time, Unix milliseconds; `None` if there is none, or it changes another one.
    pub(crate) async fn id_at(&self, timestamp: i64) -> Result<Option<MessageId>, ClientError> {
        let Some(id) = self.space.id_at(&self.id, timestamp).await? else {
            return Ok(None);
        };
        let message = self.read_one(&id).await?;
        let is_it = message.message().server_timestamp == timestamp && message.target().is_none();
        Ok(is_it.then_some(id))
    }

    /// Returns whether the topic was read before, so that [`unread`](Self::unread) goes on from there.
    pub(crate) fn was_begun(&self) -> bool {
        self.space.with(|known| known.log.tail(&self.id).is_some())
    }

    /// Returns whether a message was read already.
    pub(crate) fn was_read(&self, timestamp: i64) -> bool {
        let tail = self.space.with(|known| known.log.tail(&self.id));
        tail.is_some_and(|tail| timestamp <= tail.timestamp)
    }

    /// The messages of the topic, newest first.
    pub fn history(&self) -> TopicHistory {
        TopicHistory::new(self.clone())
    }

    /// The messages after those that this installation has read, oldest first, and from the first one on if it has read none; an
    /// empty page at the end. With a local store this goes on where the last run was.
    ///
    /// A page counts as read when it is returned, and is returned once; later its messages are in the [`history`](Self::history). This member's own
    /// messages come too, and so does each edit and delete, as an item with a [`target`](super::TopicMessage::target). Messages that waited for
    /// a key come first, once it is there; after a restart the history alone shows them.
    pub async fn unread(&self) -> Result<TopicPage, ClientError> {
        self.read_after().await
    }

    /// [`unread`](Self::unread) messages, and those that are stored from now on. Both go on from one place in the topic: use one of them.
    pub async fn live(&self) -> Result<TopicLive, ClientError> {
        TopicLive::open(self.clone()).await
    }

    /// Refuses the topic of the state, which is taken in and not read as messages.
    pub(super) fn check_is_read(&self) -> Result<(), ClientError> {
        if self.id.is_state() {
            let problem = "is the state, which holds no messages; its members and links are listed by `members()` and `links()`";
            return Err(ClientError::argument("topic", problem));
        }
        Ok(())
    }

    async fn send(
        &self,
        message: &NewMessage,
        change: Option<(MessageId, TargetChange)>,
    ) -> Result<Posted, ClientError> {
        if self.id.is_state() {
            return Err(ClientError::argument(
                "topic",
                "is the state; its entries are written by commands",
            ));
        }
        check_content(&message.content_type, message.body.len())?;
        let client_id = match message.client_id {
            Some(client_id) => client_id,
            None => random()?,
        };
        self.send_sealed(&ToSeal {
            message,
            client_id,
            change,
        })
        .await
    }

    /// The next change of a message; the delete itself of one that is to be deleted, and was by this member.
    pub(super) async fn next_change(
        &self,
        (id, change): (MessageId, TargetChange),
    ) -> Result<NextChange, ClientError> {
        let message = self.read_one(&id).await?;
        let standing = self
            .space
            .with(|known| known.log.revisions().standing(&message));
        let revision = match standing {
            Standing::Posted => 1,
            Standing::Edited { revision, .. } => revision.saturating_add(1),
            Standing::Deleted { by } => {
                if change == TargetChange::Delete {
                    let delete = self.read_one(&by).await?;
                    if delete.message().sender == self.space.member() {
                        return Ok(NextChange::Made(Posted {
                            position: delete.message().position(),
                            number: delete.number(),
                        }));
                    }
                }
                return Err(ClientError::Invalid {
                    code: ErrorCode::MessageNotFound,
                    field: "message",
                    message: "was deleted".to_owned(),
                });
            }
        };
        Ok(NextChange::Target(Target {
            change,
            message: *id.hash(),
            revision,
        }))
    }
}

/// The next change of a message.
pub(super) enum NextChange {
    /// It was made before.
    Made(Posted),
    Target(Target),
}

impl fmt::Debug for NewMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewMessage")
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
