//! Reading messages and state.

use std::sync::Arc;

use reeeductio_backend::{MessageRange, Order, PageLimit};
use reeeductio_proto::{
    Action, ErrorCode, Message, MessageId, Operation, Resource, StatePath, TopicId,
};

use crate::caller::SpaceMember;
use crate::draft::invalid_path;
use crate::engine::Engine;
use crate::refusal::Refusal;

/// Which messages to list (wire.md 3.5): both bounds inclusive; newest first if `from` is after `to`.
#[derive(Clone, Copy, Debug)]
pub struct PageRequest {
    /// Unix milliseconds.
    pub from: Option<i64>,
    /// Unix milliseconds.
    pub to: Option<i64>,
    /// 1 to 1000.
    pub limit: usize,
    /// Size of the tree that the caller has verified, in a space with a policy: a page proves that its tree begins with that one.
    pub verified: Option<u64>,
}

impl PageRequest {
    /// The range of messages it asks for, of at most so many bytes.
    pub(crate) fn range(&self, bytes: usize) -> MessageRange {
        let (from, to) = (self.from.unwrap_or(i64::MIN), self.to.unwrap_or(i64::MAX));
        let backwards = self.from.is_some() && self.to.is_some() && from > to;
        let (from, to, order) = if backwards {
            (to, from, Order::NewestFirst)
        } else {
            (from, to, Order::OldestFirst)
        };
        MessageRange {
            from,
            to,
            order,
            limit: PageLimit {
                count: self.limit,
                bytes,
            },
        }
    }
}

/// A page of messages, in the order asked for. It is cut short where it would hold more than
/// [`Limits::page_bytes`](crate::Limits::page_bytes).
pub type MessagePage = reeeductio_backend::Page<Message>;

impl Engine {
    /// Lists a topic. Every member may list `state`.
    pub async fn messages(
        &self,
        caller: &SpaceMember,
        topic: &TopicId,
        request: PageRequest,
    ) -> Result<MessagePage, Refusal> {
        self.authorize_reading(caller, topic).await?;
        let range = request.range(self.config.limits.page_bytes);
        let space = caller.space_id();
        Ok(self.records.messages(space, topic, range).await?)
    }

    /// One message by its id; text that is no id is an id that is not there.
    pub async fn message(
        &self,
        caller: &SpaceMember,
        topic: &TopicId,
        hash: &str,
    ) -> Result<Arc<Message>, Refusal> {
        self.authorize_reading(caller, topic).await?;
        let found = match MessageId::parse(hash) {
            Ok(hash) => self.records.message(caller.space_id(), topic, hash).await?,
            Err(_) => None,
        };
        found.ok_or_else(|| not_found(topic))
    }

    /// The newest entry at a state path, tombstones included.
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
    ) -> Result<MessagePage, Refusal> {
        self.messages(caller, &TopicId::state(), request).await
    }

    pub(crate) async fn authorize_reading(
        &self,
        caller: &SpaceMember,
        topic: &TopicId,
    ) -> Result<(), Refusal> {
        if topic.is_state() {
            return Ok(());
        }
        self.authorize(caller, &topic_action(Operation::Read, topic))
            .await
    }
}

pub(crate) fn not_found(topic: &TopicId) -> Refusal {
    Refusal::new(
        ErrorCode::MessageNotFound,
        format!("There is no such message in topic {topic}."),
    )
}

pub(crate) fn topic_action(op: Operation, topic: &TopicId) -> Action<'_> {
    Action {
        op,
        resource: Resource::Topic(topic),
        owner: None,
    }
}
