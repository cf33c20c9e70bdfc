//! Appending a message.

use std::sync::Arc;

use reeeductio_backend::{AppendOutcome, BackendError, Committed, Head, ToolUse};
use reeeductio_proto::{Message, SpaceId, TopicId};
use rusqlite::params;

use super::Batch;
use crate::read;
use crate::row::{seal_head, seal_message};
use crate::statements::Sql;

impl Batch<'_> {
    pub(crate) fn append(
        &mut self,
        space: SpaceId,
        message: &mut Arc<Message>,
        tool_use: Option<ToolUse>,
    ) -> Result<AppendOutcome, BackendError> {
        let key = (space, message.topic_id.clone());
        let head = self.head(&key)?;
        if head.map(|head| head.hash) != message.prev_hash {
            return Ok(AppendOutcome::HeadMoved(head));
        }
        if !self.tool_may(&space, tool_use)? {
            return Ok(AppendOutcome::ToolUsedUp);
        }
        let event = self.event(&space)? + 1;
        if let Some(head) = head {
            let message = Arc::make_mut(message);
            message.server_timestamp = message.server_timestamp.max(head.timestamp + 1);
        }
        let number = event.cast_signed();
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
                number,
                seal_message(&space, message, number),
            ],
        )?;
        self.set_head(
            key,
            Head {
                hash: message.message_hash,
                timestamp: message.server_timestamp,
            },
        )?;
        self.cache.set_event(space, event);
        self.count_tool_use(&space, tool_use)?;
        let committed = Committed {
            space,
            event,
            message: Arc::clone(message),
        };
        self.committed.push(committed.clone());
        Ok(AppendOutcome::Stored(committed))
    }

    fn head(&mut self, key: &(SpaceId, TopicId)) -> Result<Option<Head>, BackendError> {
        if let Some(head) = self.cache.head(key) {
            return Ok(head);
        }
        let head = read::head(self.database, &key.0, key.1.as_str())?;
        self.cache.set_head(key.clone(), head);
        Ok(head)
    }

    fn set_head(&mut self, key: (SpaceId, TopicId), head: Head) -> Result<(), BackendError> {
        self.execute(
            Sql::SET_HEAD,
            params![
                key.0.as_bytes(),
                key.1.as_str(),
                head.hash.hash(),
                head.timestamp,
                seal_head(&key.0, key.1.as_str(), &head),
            ],
        )?;
        self.cache.set_head(key, Some(head));
        Ok(())
    }

    fn event(&mut self, space: &SpaceId) -> Result<u64, BackendError> {
        if let Some(event) = self.cache.event(space) {
            return Ok(event);
        }
        read::last_event(self.database, space)
    }
}
