//! Sealing messages when they are sent, and sending them once.

use reeeductio_core::log::{LogError, LogRecord};
use reeeductio_core::{Draft, MessageContent, MessageHead, MessagePlace, SEALED, seal_message};
use reeeductio_proto::api::{MessageCreated, PostMessage};
use reeeductio_proto::{ErrorCode, MessageId, Position, Target, TargetChange, encoding};

use super::PolicyError;
use super::lane::{OwnLane, SignedMessage};
use super::requests::id;
use super::topic::{NewMessage, NextChange, PolicyTopic};
use crate::argument;
use crate::error::ClientError;
use crate::platform::random;
use crate::space::retry::Persistence;

/// How often a message is sealed again: each time somebody has begun an epoch, or the lane was found to be another's.
const ATTEMPTS: u32 = 16;

/// The place of a message that the server has stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Posted {
    /// The message's id and its `server_timestamp`.
    pub position: Position,
    /// The number of the event.
    pub number: u64,
}

/// A message that is to be sealed.
#[derive(Clone, Copy)]
pub(super) struct ToSeal<'a> {
    pub(super) message: &'a NewMessage,
    pub(super) client_id: [u8; 16],
    /// The message that it changes.
    pub(super) change: Option<(MessageId, TargetChange)>,
}

/// The outcome of sending a message.
enum Delivery {
    Stored(Posted),
    /// The server's lane has another head than this installation's.
    LaneMoved,
    /// The state has grown: an epoch has begun, or the lane has named newer authority.
    StateMoved(ClientError),
}

impl PolicyTopic {
    pub(super) async fn send_sealed(&self, draft: &ToSeal<'_>) -> Result<Posted, ClientError> {
        let _turn = self.space.shared.lane_turns.of(&self.id).await;
        let mut lane = self.space.own_lane(&self.id).await?;
        self.settle_pending(&mut lane).await?;
        if let Some(posted) = lane.answer(&draft.client_id) {
            return Ok(posted);
        }
        // After what was in doubt: that may be this very change.
        let target = match draft.change {
            Some(change) => match self.next_change(change).await? {
                NextChange::Made(posted) => return Ok(posted),
                NextChange::Target(target) => Some(target),
            },
            None => None,
        };
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let (message, records, epoch) = self.seal(&lane, draft, target).await?;
            lane.pending = Some(message.clone());
            // Before it is sent: the next run asks again with the same bytes.
            let kept = self.space.keep_lane(&self.id, &lane, records, Some(epoch));
            kept.await?;
            self.space.with(|known| known.roots.note_sent(epoch));
            match self.deliver(&mut lane, &message, false).await? {
                Delivery::Stored(posted) => return Ok(posted),
                Delivery::LaneMoved => self.another_lane(&mut lane).await?,
                Delivery::StateMoved(error) => {
                    last = Some(error);
                    self.space.follow_state().await?;
                    // The server may have been restored.
                    lane = self.space.own_lane(&self.id).await?;
                }
            }
        }
        Err(last.unwrap_or_else(|| ClientError::Conflict {
            topic: self.id.to_string(),
            attempts: ATTEMPTS,
        }))
    }

    /// Finds out about the message whose answer never came: it is sent once more, with the same bytes, unless an epoch has begun since.
    async fn settle_pending(&self, lane: &mut OwnLane) -> Result<(), ClientError> {
        let Some(pending) = lane.pending.clone() else {
            return Ok(());
        };
        if self.is_superseded(&pending).await? {
            // Those who were removed since could read it, and it may never have been sent.
            return match self.find_superseded(&pending).await? {
                Some(posted) => self.note_stored(lane, &pending, posted).await.map(drop),
                None => self.drop_pending(lane).await,
            };
        }
        match self.deliver(lane, &pending, true).await {
            Ok(Delivery::Stored(_)) => Ok(()),
            Ok(Delivery::LaneMoved) => self.another_lane(lane).await,
            // It is not stored. A program that still wants it posts it again, and it is sealed anew then.
            Ok(Delivery::StateMoved(_)) => self.drop_pending(lane).await,
            // The refusal is of that message, and not of the next one.
            Err(_) if lane.pending.is_none() => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn drop_pending(&self, lane: &mut OwnLane) -> Result<(), ClientError> {
        lane.pending = None;
        let kept = self.space.keep_lane(&self.id, lane, Vec::new(), None);
        kept.await
    }

    /// Goes on in the lane that another process has gone on with in the same store, or else begins a new one: the head is not this
    /// store's, so the store was lost or cloned.
    async fn another_lane(&self, lane: &mut OwnLane) -> Result<(), ClientError> {
        if self.take_kept(lane).await? {
            return Ok(());
        }
        let is_lost = match lane.head {
            Some(head) => self.is_lost(&head).await?,
            None => false,
        };
        if is_lost {
            // If the server was restored this tells it, and another lane begins.
            self.space.log().checkpoint().await?;
            if self.take_kept(lane).await? {
                return Ok(());
            }
        }
        lane.renew()?;
        self.keep(lane).await?;
        if is_lost {
            // Told once: the next message begins the new lane.
            let what = "the topic, which lacks a message that was acknowledged,";
            return Err(LogError::RolledBack(what).into());
        }
        Ok(())
    }

    /// Goes on with the lane as it is kept, if that is another one by now.
    async fn take_kept(&self, lane: &mut OwnLane) -> Result<bool, ClientError> {
        let kept = self.space.own_lane(&self.id).await?;
        if (kept.id, kept.head) == (lane.id, lane.head) {
            return Ok(false);
        }
        *lane = kept;
        lane.pending = None;
        self.keep(lane).await?;
        Ok(true)
    }

    /// Returns whether the server has no more a message that it had acknowledged, believed or not.
    async fn is_lost(&self, acknowledged: &MessageId) -> Result<bool, ClientError> {
        match self.find(acknowledged).await {
            Ok(_) => Ok(false),
            Err(absent) if absent.is_not_found() => Ok(true),
            // A member that may not read cannot know.
            Err(refused) if refused.status() == Some(403) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn keep(&self, lane: &OwnLane) -> Result<(), ClientError> {
        let kept = self.space.keep_lane(&self.id, lane, Vec::new(), None);
        kept.await
    }

    /// Seals and signs a message at the end of the lane, under the epoch that is to be sent under.
    async fn seal(
        &self,
        lane: &OwnLane,
        draft: &ToSeal<'_>,
        target: Option<Target>,
    ) -> Result<(SignedMessage, Vec<LogRecord>, u32), ClientError> {
        if let Some(expires) = draft.message.expires {
            let now = self.space.base().source().now().await?;
            argument::end("expires", i64::try_from(expires).unwrap_or(i64::MAX), now)?;
        }
        let number = self.space.sending_epoch().await?;
        let (space, salt) = (&self.space, random()?);
        let (seen, records, authority, epoch) = space.with(|known| {
            let (seen, record) = known.log.name_seen().unzip();
            let authority = known.state.view().newest_authority();
            let authority = authority.map_or([0; 32], |position| *position.hash.hash());
            let epoch = known.roots.get(number).map(|epoch| epoch.topic(&self.id));
            // The answer that brought the checkpoint may not be kept yet. A server that shows a smaller one later has gone back.
            let newest = known.log.checkpoint_record();
            let records: Vec<LogRecord> = newest.into_iter().chain(record).collect();
            (seen, records, authority, epoch)
        });
        let epoch = epoch.ok_or(PolicyError::KeyMissing { epoch: number })?;
        let content = MessageContent {
            seen,
            content_type: draft.message.content_type.clone(),
            client_id: draft.client_id,
            body: draft.message.body.clone(),
        };
        let head = MessageHead {
            lane: lane.id,
            authority,
            salt,
            expires: draft.message.expires,
            target,
        };
        let (space_id, member) = (space.id(), space.member());
        let place = MessagePlace {
            space: &space_id,
            topic: &self.id,
            kind: SEALED,
            sender: &member,
        };
        let (header, payload) = seal_message(&epoch, place, head, &content)?;
        let signed = Draft {
            space: &space_id,
            topic: &self.id,
            kind: SEALED,
            prev_hash: lane.head,
            data: &header.to_bytes(),
        };
        let (id, body) = signed.sign(&member, space.identity());
        let body = PostMessage {
            payload: Some(encoding::encode(&payload)),
            ..body
        };
        let message = SignedMessage {
            client_id: draft.client_id,
            id,
            body,
        };
        Ok((message, records, number))
    }

    /// Sends a message until it is decided whether it is stored. `in_doubt` says that it was sent before.
    async fn deliver(
        &self,
        lane: &mut OwnLane,
        message: &SignedMessage,
        in_doubt: bool,
    ) -> Result<Delivery, ClientError> {
        let mut persistence = Persistence::new(self.space.base().jitter());
        let error = loop {
            match self.space.append(&self.id, &message.body).await {
                Ok(created) => return self.stored(lane, message, &created).await,
                Err(error) if persistence.is_worth_it(&error).await => {}
                Err(error) => break error,
            }
        };
        if error.refusal().is_none() {
            // It is kept, and asked for before the next message is sent.
            return Err(error);
        }
        if in_doubt || persistence.in_doubt() {
            // Whatever this answer says, an earlier one may have been lost. The message must be found before it is sealed again, or
            // it would be posted twice.
            if let Some(posted) = self.find_stored(message).await? {
                return self.note_stored(lane, message, posted).await;
            }
        }
        match error.code() {
            Some(ErrorCode::ChainConflict) => Ok(Delivery::LaneMoved),
            Some(
                ErrorCode::EpochSuperseded
                | ErrorCode::AuthorityOlder
                | ErrorCode::AuthorityUnknown,
            ) => Ok(Delivery::StateMoved(error)),
            _ => {
                if error.status().is_some_and(is_decided) {
                    // It is not stored, and never will be as it is.
                    self.drop_pending(lane).await?;
                }
                Err(error)
            }
        }
    }

    async fn stored(
        &self,
        lane: &mut OwnLane,
        message: &SignedMessage,
        created: &MessageCreated,
    ) -> Result<Delivery, ClientError> {
        let hash = id("message_hash", &created.message_hash)?;
        let Some(number) = created.n.filter(|_| hash == message.id) else {
            return Err(ClientError::Answer(format!(
                "posted message {}, and the server stored {hash}",
                message.id
            )));
        };
        let posted = Posted {
            position: Position {
                hash,
                timestamp: created.server_timestamp,
            },
            number,
        };
        self.note_stored(lane, message, posted).await
    }

    async fn note_stored(
        &self,
        lane: &mut OwnLane,
        message: &SignedMessage,
        posted: Posted,
    ) -> Result<Delivery, ClientError> {
        lane.stored(message.client_id, posted);
        // If this fails the store still has the message as one that was sent: it is asked for again.
        let kept = self.space.keep_lane(&self.id, lane, Vec::new(), None);
        let _kept = kept.await;
        Ok(Delivery::Stored(posted))
    }
}

/// Returns whether a refusal with this status says that nothing was stored. A server that fails, or takes too long, may have stored it.
fn is_decided(status: u16) -> bool {
    status < 500 && status != 408
}
