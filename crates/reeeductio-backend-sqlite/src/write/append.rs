//! Appending messages.

use std::sync::Arc;

use reeeductio_backend::{
    Append, AppendAll, AppendOutcome, BackendError, Committed, Judged, Leaf, MOST_LANES, Payload,
    Quotas, Revised, Revision, Tally, ToolUse, registers,
};
use reeeductio_proto::tree::TreeHash;
use reeeductio_proto::{
    ChainId, Event, Lane, Message, Position, SpaceId, TopicId, is_authority, registered_at,
};
use rusqlite::params;

use super::cache::{KnownTopic, NewestMessage, room};
use super::{Batch, Stored};
use crate::read;
use crate::row::{checksum_of_head, checksum_of_message, lane_key};
use crate::statements::Sql;

/// An [`Append`] or [`AppendAll`] whose messages can be shared with those who receive them.
pub(crate) struct SharedAppend {
    pub(crate) space: SpaceId,
    pub(crate) messages: Vec<SharedMessage>,
    pub(crate) chain: ChainId,
    pub(crate) revision: Option<Revision>,
    pub(crate) begins_tree: Option<[u8; 8]>,
    pub(crate) judged: Option<Judged>,
    pub(crate) tool_use: Option<ToolUse>,
    pub(crate) quotas: Quotas,
}

pub(crate) struct SharedMessage {
    message: Arc<Message>,
    payload: Option<Payload>,
}

impl SharedMessage {
    fn tally(&self) -> Tally {
        let payload = self.payload.as_ref().map(|payload| &*payload.bytes);
        Tally::message(&self.message, payload)
    }
}

impl From<Append> for SharedAppend {
    fn from(append: Append) -> Self {
        Self {
            space: append.space,
            chain: append.chain(),
            messages: vec![SharedMessage {
                message: Arc::new(append.message),
                payload: append.payload,
            }],
            revision: append.revision,
            begins_tree: append.begins_tree,
            judged: append.judged,
            tool_use: append.tool_use,
            quotas: append.quotas,
        }
    }
}

impl TryFrom<AppendAll> for SharedAppend {
    type Error = BackendError;

    fn try_from(append: AppendAll) -> Result<Self, BackendError> {
        append.check()?;
        let topic = append
            .messages
            .first()
            .map_or_else(TopicId::state, |first| first.message.topic_id.clone());
        let messages = append.messages.into_iter().map(|new| SharedMessage {
            message: Arc::new(new.message),
            payload: new.payload,
        });
        Ok(Self {
            space: append.space,
            messages: messages.collect(),
            chain: ChainId {
                topic,
                lane: append.lane,
            },
            revision: None,
            begins_tree: append.begins_tree,
            judged: append.judged,
            tool_use: append.tool_use,
            quotas: append.quotas,
        })
    }
}

impl Batch<'_> {
    pub(crate) fn append(
        &mut self,
        append: &mut SharedAppend,
    ) -> Result<AppendOutcome<Vec<Committed>>, BackendError> {
        if let Some(refused) = self.refusal(append)? {
            return Ok(refused);
        }
        let space = append.space;
        if let Some(incarnation) = append.begins_tree {
            self.begin_tree(&space, incarnation)?;
        }
        if let Some(revision) = append.revision
            && let Some(new) = append.messages.first()
        {
            self.revise(&space, &new.message, revision)?;
        }
        let mut stored = Vec::with_capacity(append.messages.len());
        for new in &mut append.messages {
            stored.push(self.store(&space, &append.chain, new)?);
        }
        self.count_tool_use(&space, append.tool_use, stored.len() as u64)?;
        Ok(AppendOutcome::Stored(stored))
    }

    /// Why messages cannot be appended, in the order of [`AppendOutcome`].
    fn refusal(
        &mut self,
        append: &SharedAppend,
    ) -> Result<Option<AppendOutcome<Vec<Committed>>>, BackendError> {
        let SharedAppend {
            space,
            messages,
            chain,
            quotas,
            ..
        } = append;
        let Some(SharedMessage { message: first, .. }) = messages.first() else {
            return Err(BackendError::unavailable("append", "there is no message"));
        };
        if let Some(moved) = self.judgement_moved(space, append.judged)? {
            return Ok(Some(AppendOutcome::JudgementMoved(moved)));
        }
        if append.begins_tree.is_some() && !self.is_empty(space)? {
            return Ok(Some(AppendOutcome::SpaceNotEmpty));
        }
        if let Some(revision) = &append.revision {
            let (topic, target) = (&chain.topic, &revision.target);
            let database = self.database;
            let is_there = read::payloads::place(database, space, topic, target)?.is_some();
            if !is_there || read::payloads::is_revision(database, space, topic, target)? {
                return Ok(Some(AppendOutcome::NoTarget));
            }
            let newest = read::payloads::revised(database, space, topic, target)?;
            if !Revised::admits(newest.as_ref(), revision) {
                return Ok(Some(AppendOutcome::RevisionMoved(newest)));
            }
        }
        let head = self.head(space, chain)?;
        if head.map(|head| head.hash) != first.prev_hash {
            return Ok(Some(AppendOutcome::HeadMoved(head)));
        }
        if let Some(lane) = &chain.lane
            && head.is_none()
        {
            let (topic, member) = (&chain.topic, &lane.member);
            let lanes = read::messages::lanes(self.database, space, topic, member, MOST_LANES)?;
            if lanes >= MOST_LANES {
                return Ok(Some(AppendOutcome::LaneLimit));
            }
        }
        let registered = messages.iter().filter_map(|new| registers(&new.message));
        for space in registered.chain(append.begins_tree.map(|_| *space)) {
            if read::spaces::is_purging(self.database, &space)? {
                return Ok(Some(AppendOutcome::PurgeUnfinished));
            }
        }
        if !self.tool_may(space, append.tool_use, messages.len() as u64)? {
            return Ok(Some(AppendOutcome::ToolUsedUp));
        }
        let tallies = messages.iter().map(SharedMessage::tally);
        let added = tallies.fold(Tally::default(), Tally::plus);
        let allowed = self.check_messages(space, &first.sender, added, quotas)?;
        Ok(allowed.err().map(AppendOutcome::OverQuota))
    }

    /// Returns whether a space has no messages and no data, not even removed ones.
    fn is_empty(&mut self, space: &SpaceId) -> Result<bool, BackendError> {
        Ok(self.space(space)?.event == 0
            && !read::spaces::has_topics(self.database, space)?
            && read::data::is_empty(self.database, space)?)
    }

    /// Stores a message that may be stored.
    fn store(
        &mut self,
        space: &SpaceId,
        chain: &ChainId,
        new: &mut SharedMessage,
    ) -> Result<Committed, BackendError> {
        let tally = new.tally();
        let newest = self.topic(space, &chain.topic)?.newest;
        let before = newest.map(|newest| newest.position.timestamp);
        if let Some(before) = before {
            let message = Arc::make_mut(&mut new.message);
            message.server_timestamp = message.server_timestamp.max(before + 1);
        }
        let message = &new.message;
        let number = self.space(space)?.event + 1;
        let leaf = self.next_leaf(space)?;
        self.insert_message(space, message, chain.lane.as_ref(), number, leaf.as_ref())?;
        let payload = new.payload.as_ref();
        if let Some(payload) = payload {
            self.store_payload(space, message, number, payload)?;
        }
        if chain.topic.is_state()
            && let Some(registered) = registered_at(&message.kind)
        {
            // This may be a space that registers others.
            self.cache.forget_registration(space, &registered);
        }
        let hash = match &leaf {
            Some(leaf) => Some(self.add_message_leaf(space, chain, message, leaf)?),
            None => None,
        };
        let position = Position::from(&**message);
        self.set_head(space, chain, position, leaf.zip(hash))?;
        let known = self.space(space)?;
        known.event = number;
        known.change = 0;
        if chain.topic.is_state() && is_authority(&message.kind) {
            known.authority = Some(position);
        }
        self.count_message(space, &message.sender, tally)?;
        let committed = Committed {
            space: *space,
            event: Event::of_message(number, Arc::clone(message)),
            lane: chain.lane,
            leaf,
            payload: payload.map(|payload| Arc::clone(&payload.bytes)),
        };
        self.newest.forget_topic(space, &chain.topic);
        self.stored.push(Stored {
            committed: committed.clone(),
            before,
            is_purged: false,
        });
        Ok(committed)
    }

    fn insert_message(
        &mut self,
        space: &SpaceId,
        message: &Message,
        lane: Option<&Lane>,
        number: u64,
        leaf: Option<&Leaf>,
    ) -> Result<(), BackendError> {
        let event = number.cast_signed();
        let state = leaf.and_then(|leaf| leaf.state.as_ref());
        self.execute(
            Sql::INSERT_MESSAGE,
            params![
                space.as_bytes(),
                message.topic_id.as_str(),
                message.server_timestamp,
                message.message_hash.hash(),
                message.kind,
                message
                    .prev_hash
                    .as_ref()
                    .map(|hash| hash.hash().as_slice()),
                message.data,
                message.sender.to_bytes(),
                message.signature.to_bytes(),
                event,
                checksum_of_message(space, message, lane, event, leaf),
                lane.map(|lane| lane.id.as_slice()),
                leaf.map(|leaf| leaf.number.cast_signed()),
                state.map(|state| state.hash().as_slice()),
            ],
        )?;
        Ok(())
    }

    pub(super) fn topic(
        &mut self,
        space: &SpaceId,
        topic: &TopicId,
    ) -> Result<&mut KnownTopic, BackendError> {
        let key = (*space, topic.clone());
        if self.cache.topic(&key).is_none() {
            let newest = read::messages::newest_of_topic(self.database, space, topic)?;
            let known = KnownTopic {
                newest: newest.map(|newest| NewestMessage {
                    position: newest.position,
                    leaf: newest.leaf,
                    hash: None,
                }),
                ..KnownTopic::default()
            };
            return Ok(self.cache.set_topic(key, known));
        }
        self.cache
            .topic(&key)
            .ok_or_else(|| BackendError::unavailable("append", "a topic was forgotten"))
    }

    fn head(&mut self, space: &SpaceId, chain: &ChainId) -> Result<Option<Position>, BackendError> {
        let known = self.topic(space, &chain.topic)?;
        if let Some(head) = known.heads.get(&chain.lane) {
            return Ok(Some(*head));
        }
        let head = read::messages::head(self.database, space, chain)?;
        // Lanes that were never begun are not remembered: there are as many as a member makes up.
        if let Some(head) = head {
            self.remember_head(space, chain, head)?;
        }
        Ok(head)
    }

    fn remember_head(
        &mut self,
        space: &SpaceId,
        chain: &ChainId,
        head: Position,
    ) -> Result<(), BackendError> {
        let heads = &mut self.topic(space, &chain.topic)?.heads;
        room(heads);
        heads.insert(chain.lane, head);
        Ok(())
    }

    /// How many heads of a topic are in memory.
    #[cfg(test)]
    pub(crate) fn known_heads(
        &mut self,
        space: &SpaceId,
        topic: &TopicId,
    ) -> Result<usize, BackendError> {
        Ok(self.topic(space, topic)?.heads.len())
    }

    fn set_head(
        &mut self,
        space: &SpaceId,
        chain: &ChainId,
        head: Position,
        leaf: Option<(Leaf, TreeHash)>,
    ) -> Result<(), BackendError> {
        self.execute(
            Sql::SET_HEAD,
            params![
                space.as_bytes(),
                chain.topic.as_str(),
                chain.lane.as_ref().map(lane_key).unwrap_or_default(),
                head.hash.hash(),
                head.timestamp,
                checksum_of_head(space, chain, &head),
            ],
        )?;
        let known = self.topic(space, &chain.topic)?;
        known.newest = Some(NewestMessage {
            position: head,
            leaf: leaf.map(|(leaf, _)| leaf.number),
            hash: leaf.map(|(_, hash)| hash),
        });
        self.remember_head(space, chain, head)
    }
}
