//! State: the topic `state`, where a message's type is the path and its data the value.

use std::sync::Arc;

use reeeductio_proto::{
    Action, ErrorCode, Message, Operation, Resource, StatePath, StateWrite, TopicId,
    judge_admin_write, judge_state_write,
};

use crate::caller::SpaceMember;
use crate::engine::Engine;
use crate::messages::{Appended, NewMessage, Page, PageRequest, head_moved};
use crate::refusal::Refusal;

impl Engine {
    /// Appends to the state topic (wire.md 4.2).
    pub(crate) async fn append_state(
        &self,
        caller: &SpaceMember,
        topic: &TopicId,
        new: NewMessage,
    ) -> Result<Appended, Refusal> {
        let path = StatePath::parse(&new.kind).map_err(invalid_path)?;
        let (message, tool_use) = self.check_message(caller, topic, new).await?;
        // The judgement below holds for the chain that ends in `prev_hash`. The store appends only if
        // the chain still ends there, so nothing can slip in between judging and writing. For that the
        // existing entry must be read after `prev_hash` was seen to be the head.
        self.check_state_head(caller, &message).await?;
        let existing = self
            .records
            .state_entry(caller.space_id(), &path)
            .await?
            .map(|entry| entry.sender);
        {
            let write = StateWrite {
                path: &path,
                data: &message.data,
                existing,
            };
            let authority = caller.space.authority(self.records.as_ref()).await?;
            judge_state_write(&authority.view, &caller.id, &write, self.now())
                .map_err(|refusal| Refusal::new(refusal.code(), refusal.to_string()))?;
        }
        if self.config.admin_space == Some(caller.space_id()) {
            judge_admin_write(&path, &message.data, &caller.id)
                .map_err(|refusal| Refusal::new(refusal.code(), refusal.to_string()))?;
        }
        self.store(caller, message, tool_use).await
    }

    /// The newest entry at a path, tombstones included.
    pub async fn state(&self, caller: &SpaceMember, path: &str) -> Result<Arc<Message>, Refusal> {
        let path = StatePath::parse(path).map_err(invalid_path)?;
        let entry = self.records.state_entry(caller.space_id(), &path).await?;
        self.authorize(
            caller,
            &Action {
                op: Operation::Read,
                resource: Resource::State(&path),
                owner: entry.as_ref().map(|entry| entry.sender),
            },
        )
        .await?;
        entry.ok_or_else(|| {
            Refusal::new(
                ErrorCode::StateNotFound,
                format!("Nothing was ever set at state path {path}."),
            )
        })
    }

    /// The history of all state; every member may read it.
    pub async fn state_history(
        &self,
        caller: &SpaceMember,
        request: PageRequest,
    ) -> Result<Page, Refusal> {
        self.messages(caller, &TopicId::state(), request).await
    }

    async fn check_state_head(
        &self,
        caller: &SpaceMember,
        message: &Message,
    ) -> Result<(), Refusal> {
        let authority = caller.space.authority(self.records.as_ref()).await?;
        let head = authority.head;
        if head.map(|head| head.hash) == message.prev_hash {
            Ok(())
        } else {
            Err(head_moved(&message.topic_id, head))
        }
    }
}

fn invalid_path(error: reeeductio_proto::PathError) -> Refusal {
    Refusal::new(ErrorCode::StateInvalidPath, format!("path: {error}"))
}
