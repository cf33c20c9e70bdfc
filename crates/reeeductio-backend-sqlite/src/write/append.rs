//! Appending a message.

use std::sync::Arc;

use reeeductio_backend::{Append, AppendOutcome, BackendError, Committed, Head};
use reeeductio_proto::{SpaceId, TopicId};
use rusqlite::params;

use super::Batch;
use crate::read;
use crate::row::{seal_head, seal_message};

impl Batch<'_> {
    pub(crate) fn append(&mut self, append: Append) -> Result<AppendOutcome, BackendError> {
        let Append {
            space,
            mut message,
            tool_use,
        } = append;
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
            message.server_timestamp = message.server_timestamp.max(head.timestamp + 1);
        }
        let number = event.cast_signed();
        self.execute(
            "INSERT INTO messages (space_id, topic_id, server_timestamp, message_hash, type, prev_hash, data, sender, signature, event, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                space.as_bytes(),
                message.topic_id.as_str(),
                message.server_timestamp,
                message.message_hash.hash(),
                message.kind,
                message.prev_hash.as_ref().map(|hash| hash.hash().as_slice()),
                message.data,
                message.sender.to_bytes(),
                message.signature.to_bytes(),
                number,
                seal_message(&space, &message, number),
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
            message: Arc::new(message),
        };
        self.committed.push(committed.clone());
        Ok(AppendOutcome::Stored(committed))
    }

    fn head(&mut self, key: &(SpaceId, TopicId)) -> Result<Option<Head>, BackendError> {
        if let Some(head) = self.cache.head(key) {
            return Ok(head);
        }
        let head = read::head(self.connection(), &key.0, key.1.as_str())?;
        self.cache.set_head(key.clone(), head);
        Ok(head)
    }

    fn set_head(&mut self, key: (SpaceId, TopicId), head: Head) -> Result<(), BackendError> {
        self.execute(
            "INSERT INTO heads (space_id, topic_id, message_hash, server_timestamp, checksum) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (space_id, topic_id) DO UPDATE SET message_hash = ?3, server_timestamp = ?4, checksum = ?5",
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
        read::last_event(self.connection(), space)
    }
}
