//! Appending a message: to any topic, and by further rules to the topic `state` (wire.md 3 and 4.2).

use reeeductio_backend::{Append, AppendOutcome, Judged, ToolUse};
use reeeductio_proto::api::PostMessage;
use reeeductio_proto::{
    ChainId, ErrorCode, MemberKind, Message, MessageId, Operation, Position, PublicKey, Signature,
    StatePath, StateWrite, ToolLimits, TopicId, encoding, judge_admin_write, judge_state_write,
    registered_at,
};

use crate::admin::purge_unfinished;
use crate::caller::SpaceMember;
use crate::engine::{ATTEMPTS, Engine, contended};
use crate::heads::Claim;
use crate::messages::topic_action;
use crate::quota::{Kind, over_quota, quotas_of_message};
use crate::refusal::{Details, Refusal};

/// Longest `type` of a message, in bytes. State paths are checked by their own rule.
const MAX_TYPE: usize = 512;

/// A message whose hash is right; left to decide are its signature, the right to append it, and the chain.
struct Draft {
    message: Message,
    /// In the topic `state`: its path.
    path: Option<StatePath>,
    /// The published client hashes an empty `prev_hash` like none, and no chain starts with it.
    misses_head: bool,
}

/// Conditions under which a draft may be stored.
struct Admitted {
    judged: Judged,
    tool_use: Option<ToolUse>,
    /// The earliest `server_timestamp`, Unix milliseconds.
    at: i64,
}

impl Engine {
    /// Checks, appends, and answers with the message's position when it is durable.
    pub async fn append(
        &self,
        caller: &SpaceMember,
        topic: &TopicId,
        post: PostMessage,
    ) -> Result<Position, Refusal> {
        self.check_size(&post)?;
        let path = if topic.is_state() {
            Some(StatePath::parse(&post.kind).map_err(invalid_path)?)
        } else {
            check_type(&post.kind)?;
            self.authorize(caller, &topic_action(Operation::Create, topic))
                .await?;
            None
        };
        let draft = self.check_hash(caller, topic, path, post)?;
        // Before the signature, which costs the most: of writers on one topic all but one are refused here.
        let _claim = self.claim_head(caller, &draft).await?;
        check_signature(caller, &draft.message).await?;
        let quotas = quotas_of_message(
            caller,
            draft.path.as_ref(),
            &draft.message.data,
            self.config.limits.storage.messages,
        );
        for _ in 0..ATTEMPTS {
            let admitted = self.admit(caller, &draft).await?;
            let append = Append {
                space: caller.space_id(),
                message: Message {
                    server_timestamp: admitted.at,
                    ..draft.message.clone()
                },
                lane: None,
                judged: Some(admitted.judged),
                tool_use: admitted.tool_use,
                quotas,
            };
            match self.records.append(append).await? {
                AppendOutcome::JudgementMoved(moved) => caller.catch_up(moved).await?,
                AppendOutcome::HeadMoved(head) => return Err(head_moved(topic, head)),
                AppendOutcome::OverQuota(over) => return Err(over_quota(Kind::Message, over)),
                AppendOutcome::PurgeUnfinished => return Err(purge_unfinished()),
                AppendOutcome::Stored(committed) => {
                    return committed
                        .event
                        .message()
                        .map(|message| Position::from(&**message))
                        .ok_or_else(|| Refusal::new(ErrorCode::Internal, "stored no message"));
                }
                AppendOutcome::ToolUsedUp => return Err(tool_used_up()),
            }
        }
        Err(contended())
    }

    fn check_size(&self, post: &PostMessage) -> Result<(), Refusal> {
        let limit = self.config.limits.message_data;
        if post.data.len() > limit {
            return Err(Refusal::field(
                ErrorCode::MessageTooLarge,
                "data",
                format!(
                    "{} characters, at most {limit} are allowed. Put large content into a blob.",
                    post.data.len()
                ),
            ));
        }
        Ok(())
    }

    /// Takes what was posted apart, and compares its hash.
    fn check_hash(
        &self,
        caller: &SpaceMember,
        topic: &TopicId,
        path: Option<StatePath>,
        post: PostMessage,
    ) -> Result<Draft, Refusal> {
        encoding::check(&post.data)
            .map_err(|error| Refusal::field(ErrorCode::MessageInvalidData, "data", error))?;
        let mismatch = || {
            Refusal::field(
                ErrorCode::MessageHashMismatch,
                "message_hash",
                "not the hash of space, topic, type, prev_hash, data and sender. Compute it again from what is sent.",
            )
        };
        let prev_hash = match post.prev_hash.as_deref() {
            None | Some("") => None,
            Some(text) => Some(MessageId::parse(text).map_err(|error| {
                Refusal::field(ErrorCode::MessageInvalidPrevHash, "prev_hash", error)
            })?),
        };
        let message_hash = MessageId::parse(&post.message_hash).map_err(|_| mismatch())?;
        let signature = Signature::parse(&post.signature)
            .map_err(|error| Refusal::field(ErrorCode::SignatureUndecodable, "signature", error))?;
        let message = Message {
            message_hash,
            topic_id: topic.clone(),
            kind: post.kind,
            prev_hash,
            data: post.data,
            sender: caller.id,
            signature,
            server_timestamp: self.now(),
        };
        if message.compute_hash(&caller.space_id()) != message_hash {
            return Err(mismatch());
        }
        Ok(Draft {
            message,
            path,
            misses_head: post.prev_hash.as_deref() == Some(""),
        })
    }

    /// Claims the slot after the draft's `prev_hash`, or refuses the draft if the store has another head. The store
    /// compares again when it appends: the claim only saves checking signatures in vain.
    async fn claim_head<'a>(
        &self,
        caller: &'a SpaceMember,
        draft: &Draft,
    ) -> Result<Claim<'a>, Refusal> {
        let message = &draft.message;
        let (topic, prev_hash) = (&message.topic_id, message.prev_hash);
        let heads = caller.space.heads();
        loop {
            if draft.misses_head || heads.have_passed(topic, prev_hash) {
                let chain = ChainId::shared(topic.clone());
                let head = self.records.head(caller.space_id(), &chain).await?;
                if draft.misses_head || head.map(|head| head.hash) != prev_hash {
                    return Err(head_moved(topic, head));
                }
            }
            match heads.claim(topic, prev_hash) {
                Ok(claim) => return Ok(claim),
                Err(free) => free.await,
            }
        }
    }

    /// Judges a draft by the view as it is now.
    async fn admit(&self, caller: &SpaceMember, draft: &Draft) -> Result<Admitted, Refusal> {
        let Some(path) = &draft.path else {
            let topic = &draft.message.topic_id;
            let judged = self
                .authorize_write(caller, &topic_action(Operation::Create, topic))
                .await?;
            // A later view than the one judged by is fine: the store compares with the earlier.
            let authority = caller.space.authority().await?;
            return Ok(Admitted {
                judged,
                tool_use: tool_use(caller, authority.view.tool_limits(&caller.id).as_ref()),
                at: self.now(),
            });
        };
        // The judgement below holds for the chain that ends in `prev_hash`. The store appends only if
        // the chain still ends there, so nothing can slip in between judging and writing. For that the
        // existing entry must be read after `prev_hash` was seen to be the head.
        let head = self.state_head(caller, &draft.message).await?;
        let existing = self.records.state_entry(caller.space_id(), path).await?;
        let write = StateWrite {
            path,
            data: &draft.message.data,
            existing: existing.map(|entry| entry.sender),
        };
        // One time for the judgement and the entry: where the head is ahead of the clock, the store would
        // raise the entry's, and a view that applies it would judge by another time than this.
        let at = head.map_or(i64::MIN, |head| head.timestamp.saturating_add(1));
        let at = at.max(self.now());
        let (admitted, new) = {
            let authority = caller.space.authority().await?;
            let judged = caller.judged_by(&authority, self.now())?;
            judge_state_write(&authority.view, &caller.id, &write, at)?;
            let mut new = None;
            if caller.space.is_admin() {
                judge_admin_write(path, write.data, &caller.id)?;
                new = registered_at(path.as_str())
                    .filter(|_| !write.data.is_empty())
                    .filter(|space| authority.registrations.get(space).is_none());
            }
            let admitted = Admitted {
                judged,
                tool_use: tool_use(caller, authority.view.tool_limits(&caller.id).as_ref()),
                at,
            };
            (admitted, new)
        };
        if let Some(space) = new {
            self.check_purged(space).await?;
        }
        Ok(admitted)
    }

    /// The head of the chain `state`, if the message builds on it.
    async fn state_head(
        &self,
        caller: &SpaceMember,
        message: &Message,
    ) -> Result<Option<Position>, Refusal> {
        let fits = |head: Option<Position>| head.map(|head| head.hash) == message.prev_hash;
        let head = caller.space.authority().await?.head;
        if fits(head) {
            return Ok(head);
        }
        // Another process may have moved it.
        if self.records.is_shared() {
            caller.space.catch_up().await?;
        }
        let head = caller.space.authority().await?.head;
        if fits(head) {
            return Ok(head);
        }
        Err(head_moved(&message.topic_id, head))
    }
}

async fn check_signature(caller: &SpaceMember, message: &Message) -> Result<(), Refusal> {
    let key = {
        let authority = caller.space.authority().await?;
        authority.view.public_key(&caller.id)
    };
    key.map_or_else(|| PublicKey::parse(caller.id.public_key()), Ok)
        .and_then(|key| key.verify(&message.message_hash.to_bytes(), &message.signature))
        .map_err(|_| {
            Refusal::field(
                ErrorCode::MessageBadSignature,
                "signature",
                "does not match. Sign the 33 bytes of message_hash with the sender's key.",
            )
        })
}

/// The use a tool's write counts as; nobody else's writes are counted.
pub(crate) fn tool_use(caller: &SpaceMember, limits: Option<&ToolLimits>) -> Option<ToolUse> {
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

fn head_moved(topic: &TopicId, head: Option<Position>) -> Refusal {
    let expected = head.map_or_else(|| "null".to_owned(), |head| head.hash.to_string());
    Refusal::field(
        ErrorCode::ChainConflict,
        "prev_hash",
        format!("the head of topic {topic} is {expected}. Sign again on top of it and retry."),
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
    Err(Refusal::field(
        ErrorCode::MessageInvalidType,
        "type",
        reason,
    ))
}

pub(crate) fn invalid_path(error: reeeductio_proto::PathError) -> Refusal {
    Refusal::field(ErrorCode::StateInvalidPath, "path", error)
}
