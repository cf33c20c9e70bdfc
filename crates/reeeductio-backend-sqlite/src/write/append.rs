//! Appending a message.

use std::sync::Arc;

use reeeductio_backend::{
    Append, AppendOutcome, BackendError, Committed, Judged, Quotas, Tally, ToolUse, registers,
};
use reeeductio_proto::{ChainId, Event, Lane, Message, Position, SpaceId, TopicId, registered_at};
use rusqlite::params;

use super::cache::KnownTopic;
use super::{Batch, Stored};
use crate::read;
use crate::row::{checksum_of_head, checksum_of_message, lane_key};
use crate::statements::Sql;

/// An [`Append`] whose message can be shared with those who receive it.
pub(crate) struct SharedAppend {
    pub(crate) space: SpaceId,
    pub(crate) message: Arc<Message>,
    pub(crate) lane: Option<Lane>,
    pub(crate) judged: Option<Judged>,
    pub(crate) tool_use: Option<ToolUse>,
    pub(crate) quotas: Quotas,
}

impl From<Append> for SharedAppend {
    fn from(append: Append) -> Self {
        Self {
            space: append.space,
            message: Arc::new(append.message),
            lane: append.lane,
            judged: append.judged,
            tool_use: append.tool_use,
            quotas: append.quotas,
        }
    }
}

impl Batch<'_> {
    pub(crate) fn append(
        &mut self,
        append: &mut SharedAppend,
    ) -> Result<AppendOutcome, BackendError> {
        let SharedAppend {
            space,
            message,
            lane,
            judged,
            tool_use,
            quotas,
        } = append;
        let (space, judged, tool_use) = (*space, *judged, *tool_use);
        let chain = ChainId {
            topic: message.topic_id.clone(),
            lane: *lane,
        };
        if let Some(moved) = self.judgement_moved(&space, judged)? {
            return Ok(AppendOutcome::JudgementMoved(moved));
        }
        let head = self.head(&space, &chain)?;
        if head.map(|head| head.hash) != message.prev_hash {
            return Ok(AppendOutcome::HeadMoved(head));
        }
        if let Some(registered) = registers(message)
            && read::spaces::is_purging(self.database, &registered)?
        {
            return Ok(AppendOutcome::PurgeUnfinished);
        }
        if !self.tool_may(&space, tool_use)? {
            return Ok(AppendOutcome::ToolUsedUp);
        }
        let tally = Tally::message(message);
        if let Err(over) = self.check_messages(&space, &message.sender, tally, quotas)? {
            return Ok(AppendOutcome::OverQuota(over));
        }
        let newest = self.topic(&space, &message.topic_id)?.newest;
        if let Some(newest) = newest {
            let message = Arc::make_mut(message);
            message.server_timestamp = message.server_timestamp.max(newest + 1);
        }
        let number = self.space(&space)?.event + 1;
        let event = number.cast_signed();
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
                checksum_of_message(&space, message, lane.as_ref(), event),
                lane.as_ref().map(|lane| lane.id.as_slice()),
            ],
        )?;
        let position = Position::from(&**message);
        let is_state = message.topic_id.is_state();
        let is_auth = is_state && message.kind.starts_with("auth/");
        if is_state && let Some(registered) = registered_at(&message.kind) {
            // This may be the admin space.
            self.cache.forget_registration(&space, &registered);
        }
        self.set_head(&space, &chain, position)?;
        let known = self.space(&space)?;
        known.event = number;
        known.change = 0;
        if is_auth {
            known.authority = Some(position);
        }
        self.count_message(&space, &message.sender, tally)?;
        self.count_tool_use(&space, tool_use)?;
        let committed = Committed {
            space,
            event: Event::of_message(number, Arc::clone(message)),
        };
        self.newest.forget_topic(&space, &message.topic_id);
        self.stored.push(Stored {
            committed: committed.clone(),
            before: newest,
            is_purged: false,
        });
        Ok(AppendOutcome::Stored(committed))
    }

    fn topic(&mut self, space: &SpaceId, topic: &TopicId) -> Result<&mut KnownTopic, BackendError> {
        let key = (*space, topic.clone());
        if self.cache.topic(&key).is_none() {
            let newest = read::messages::newest_timestamp(self.database, space, topic)?;
            let known = KnownTopic {
                newest,
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
            return Ok(*head);
        }
        let head = read::messages::head(self.database, space, chain)?;
        let known = self.topic(space, &chain.topic)?;
        known.heads.insert(chain.lane, head);
        Ok(head)
    }

    fn set_head(
        &mut self,
        space: &SpaceId,
        chain: &ChainId,
        head: Position,
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
        known.newest = Some(head.timestamp);
        known.heads.insert(chain.lane, Some(head));
        Ok(())
    }
}
