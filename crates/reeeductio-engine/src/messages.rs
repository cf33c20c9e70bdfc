//! Messages: append, list, fetch one.

use std::sync::Arc;

use reeeductio_backend::{Append, AppendOutcome, Head, MessageRange, Order, ToolUse};
use reeeductio_proto::{
    Action, ErrorCode, MemberKind, Message, MessageId, Operation, PublicKey, Resource, Signature,
    TopicId, encoding,
};

use crate::caller::SpaceMember;
use crate::engine::Engine;
use crate::refusal::{Details, Refusal};

/// Longest `type` of a message, in bytes. State paths are checked by their own rule.
const MAX_TYPE: usize = 512;

/// A message as a client posts it: everything in its text form, nothing checked.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// `type`; for the topic `state`, the path.
    pub kind: String,
    /// `prev_hash`.
    pub prev_hash: Option<String>,
    /// Base64.
    pub data: String,
    /// The id the client computed.
    pub message_hash: String,
    /// Base64.
    pub signature: String,
}

/// A message that is durable.
#[derive(Clone, Copy, Debug)]
pub struct Appended {
    /// Its id.
    pub message_hash: MessageId,
    /// Unix milliseconds, strictly increasing in the topic.
    pub server_timestamp: i64,
}

/// Which messages to list (wire.md 3.5): both bounds inclusive; newest first if `from` is after `to`.
#[derive(Clone, Copy, Debug)]
pub struct PageRequest {
    /// Unix milliseconds.
    pub from: Option<i64>,
    /// Unix milliseconds.
    pub to: Option<i64>,
    /// 1 to 1000.
    pub limit: usize,
}

/// A page of messages.
#[derive(Clone, Debug)]
pub struct Page {
    /// In the order asked for.
    pub messages: Vec<Message>,
    /// Whether the range holds more.
    pub has_more: bool,
}

impl Engine {
    /// Checks, appends, and answers when the message is durable. Writes to the topic `state` go by the
    /// rules for state.
    pub async fn append(
        &self,
        caller: &SpaceMember,
        topic: &TopicId,
        new: NewMessage,
    ) -> Result<Appended, Refusal> {
        self.check_size(&new)?;
        if topic.is_state() {
            return self.append_state(caller, topic, new).await;
        }
        check_type(&new.kind)?;
        self.authorize(caller, &topic_action(Operation::Create, topic))
            .await?;
        let (message, tool_use) = self.check_message(caller, topic, new).await?;
        self.store(caller, message, tool_use).await
    }

    /// Lists a topic. Every member may list `state`.
    pub async fn messages(
        &self,
        caller: &SpaceMember,
        topic: &TopicId,
        request: PageRequest,
    ) -> Result<Page, Refusal> {
        if !topic.is_state() {
            self.authorize(caller, &topic_action(Operation::Read, topic))
                .await?;
        }
        let (from, to) = (
            request.from.unwrap_or(i64::MIN),
            request.to.unwrap_or(i64::MAX),
        );
        let range = if request.from.is_some() && request.to.is_some() && from > to {
            MessageRange {
                from: to,
                to: from,
                order: Order::NewestFirst,
                limit: request.limit + 1,
            }
        } else {
            MessageRange {
                from,
                to,
                order: Order::OldestFirst,
                limit: request.limit + 1,
            }
        };
        let mut messages = self
            .records
            .messages(caller.space_id(), topic, range)
            .await?;
        let has_more = messages.len() > request.limit;
        messages.truncate(request.limit);
        Ok(Page { messages, has_more })
    }

    /// One message by its id; text that is no id is an id that is not there.
    pub async fn message(
        &self,
        caller: &SpaceMember,
        topic: &TopicId,
        hash: &str,
    ) -> Result<Arc<Message>, Refusal> {
        if !topic.is_state() {
            self.authorize(caller, &topic_action(Operation::Read, topic))
                .await?;
        }
        let found = match MessageId::parse(hash) {
            Ok(hash) => self.records.message(caller.space_id(), topic, hash).await?,
            Err(_) => None,
        };
        found.ok_or_else(|| {
            Refusal::new(
                ErrorCode::MessageNotFound,
                format!("There is no such message in topic {topic}."),
            )
        })
    }

    fn check_size(&self, new: &NewMessage) -> Result<(), Refusal> {
        let limit = self.config.limits.message_data;
        if new.data.len() > limit {
            return Err(Refusal::new(
                ErrorCode::MessageTooLarge,
                format!(
                    "data: {} characters, at most {limit} are allowed. Put large content into a blob.",
                    new.data.len()
                ),
            ));
        }
        Ok(())
    }

    /// Hash and signature; what is left to decide is the chain.
    pub(crate) async fn check_message(
        &self,
        caller: &SpaceMember,
        topic: &TopicId,
        new: NewMessage,
    ) -> Result<(Message, Option<ToolUse>), Refusal> {
        encoding::check(&new.data).map_err(|error| {
            Refusal::new(ErrorCode::MessageInvalidData, format!("data: {error}"))
        })?;
        let mismatch = || {
            Refusal::new(
                ErrorCode::MessageHashMismatch,
                "message_hash: not the hash of space, topic, type, prev_hash, data and sender. Compute it again from what is sent.",
            )
        };
        let prev_hash = match new.prev_hash.as_deref() {
            // The published client hashes an empty prev_hash like none, and no chain starts with it.
            None | Some("") => None,
            Some(text) => Some(MessageId::parse(text).map_err(|error| {
                Refusal::new(
                    ErrorCode::MessageInvalidPrevHash,
                    format!("prev_hash: {error}"),
                )
            })?),
        };
        let message_hash = MessageId::parse(&new.message_hash).map_err(|_| mismatch())?;
        let signature = Signature::parse(&new.signature).map_err(|error| {
            Refusal::new(
                ErrorCode::SignatureUndecodable,
                format!("signature: {error}"),
            )
        })?;
        let message = Message {
            message_hash,
            topic_id: topic.clone(),
            kind: new.kind,
            prev_hash,
            data: new.data,
            sender: caller.id,
            signature,
            server_timestamp: self.now(),
        };
        if message.compute_hash(&caller.space_id()) != message_hash {
            return Err(mismatch());
        }
        let (key, limits) = {
            let authority = caller.space.authority(self.records.as_ref()).await?;
            (
                authority.view.public_key(&caller.id),
                authority.view.tool_limits(&caller.id),
            )
        };
        let key = key.map_or_else(|| PublicKey::parse(caller.id.public_key()), Ok);
        key.and_then(|key| key.verify(&message_hash.to_bytes(), &message.signature))
            .map_err(|_| {
                Refusal::new(
                    ErrorCode::MessageBadSignature,
                    "signature: does not match. Sign the 33 bytes of message_hash with the sender's key.",
                )
            })?;
        if new.prev_hash.as_deref() == Some("") {
            return Err(self.conflict(caller, topic).await?);
        }
        Ok((message, tool_use(caller, limits.as_ref())))
    }

    pub(crate) async fn store(
        &self,
        caller: &SpaceMember,
        message: Message,
        tool_use: Option<ToolUse>,
    ) -> Result<Appended, Refusal> {
        let topic = message.topic_id.clone();
        let append = Append {
            space: caller.space_id(),
            message,
            tool_use,
        };
        match self.records.append(append).await? {
            AppendOutcome::Stored(committed) => Ok(Appended {
                message_hash: committed.message.message_hash,
                server_timestamp: committed.message.server_timestamp,
            }),
            AppendOutcome::HeadMoved(head) => Err(head_moved(&topic, head)),
            AppendOutcome::ToolUsedUp => Err(tool_used_up()),
        }
    }

    pub(crate) async fn conflict(
        &self,
        caller: &SpaceMember,
        topic: &TopicId,
    ) -> Result<Refusal, Refusal> {
        let head = self.records.head(caller.space_id(), topic).await?;
        Ok(head_moved(topic, head))
    }
}

/// The use a tool's write counts as; nobody else's writes are counted.
pub(crate) fn tool_use(
    caller: &SpaceMember,
    limits: Option<&reeeductio_proto::ToolLimits>,
) -> Option<ToolUse> {
    (caller.id.kind() == MemberKind::Tool).then(|| ToolUse {
        tool: caller.id,
        limit: limits.and_then(|limits| limits.use_limit),
    })
}

pub(crate) fn tool_used_up() -> Refusal {
    Refusal::new(
        ErrorCode::ToolUseLimit,
        "The tool has used up its use_limit. Make a new tool.",
    )
}

pub(crate) fn head_moved(topic: &TopicId, head: Option<Head>) -> Refusal {
    let expected = head.map_or_else(|| "null".to_owned(), |head| head.hash.to_string());
    Refusal::new(
        ErrorCode::ChainConflict,
        format!(
            "prev_hash: the head of topic {topic} is {expected}. Sign again on top of it and retry."
        ),
    )
    .with(Details::Head(head))
}

/// Hash preimages join fields by `|`; a type that holds one could be read two ways.
fn check_type(kind: &str) -> Result<(), Refusal> {
    let reason = if kind.len() > MAX_TYPE {
        format!("at most {MAX_TYPE} bytes are allowed")
    } else if kind.contains(|c: char| c == '|' || c.is_control()) {
        "control characters and | are not allowed".to_owned()
    } else {
        return Ok(());
    };
    Err(Refusal::new(
        ErrorCode::MessageInvalidType,
        format!("type: {reason}"),
    ))
}

fn topic_action(op: Operation, topic: &TopicId) -> Action<'_> {
    Action {
        op,
        resource: Resource::Topic(topic),
        owner: None,
    }
}
