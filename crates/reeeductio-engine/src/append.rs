//! Appending a message: to any topic, and by further rules to the topic `state` (wire.md 3 and 4.2), and in spaces
//! with a policy (spec/protocol.md).

use reeeductio_backend::{Append, AppendOutcome, Committed, Judged, Payload, Revision, ToolUse};
use reeeductio_proto::api::PostMessage;
use reeeductio_proto::{
    ErrorCode, ErrorKind, MemberKind, Message, Operation, Policy, Position, PublicKey, StateWrite,
    ToolLimits, TopicId, View, judge_state_write,
};

use crate::admin::purge_unfinished;
use crate::caller::SpaceMember;
use crate::draft::{Draft, Rules, read_type};
use crate::engine::{ATTEMPTS, Engine, contended};
use crate::heads::Claim;
use crate::messages::topic_action;
use crate::quota::{Kind, over_quota, quotas_of_message};
use crate::refusal::{Details, Refusal};
use crate::registrars::judge_registration;
use crate::sealed::{check_policy, lane_limit, no_target, revision_moved, space_not_empty};

/// A message that is stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Appended {
    /// The message, and its time.
    pub position: Position,
    /// In a space with a policy: the number of the event.
    pub number: Option<u64>,
}

/// Conditions under which a draft may be stored.
struct Admitted {
    judged: Judged,
    tool_use: Option<ToolUse>,
    revision: Option<Revision>,
    begins_tree: Option<[u8; 8]>,
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
    ) -> Result<Appended, Refusal> {
        self.check_size(&post)?;
        let rules = self.rules(caller).await?;
        let path = read_type(topic, &post.kind)?;
        if path.is_none() {
            self.authorize(caller, &topic_action(Operation::Create, topic))
                .await?;
        }
        let draft = Draft::read(caller, topic, path, post, rules, self.now())?;
        // Before the signature, which costs the most: of writers on one chain all but one are refused here.
        let _claim = match self.claim_head(caller, &draft).await {
            Ok(claim) => claim,
            Err(refusal) => return self.stored_before(caller, &draft, refusal).await,
        };
        check_signature(caller, &draft.message).await?;
        let quotas = quotas_of_message(caller, &draft, self.config.limits.storage.messages);
        for _ in 0..ATTEMPTS {
            let admitted = match self.admit(caller, &draft).await {
                Ok(admitted) => admitted,
                Err(refusal) => return self.stored_before(caller, &draft, refusal).await,
            };
            let append = Append {
                space: caller.space_id(),
                message: Message {
                    server_timestamp: admitted.at,
                    ..draft.message.clone()
                },
                lane: draft.lane(),
                payload: draft.sealed.as_ref().map(Payload::from),
                revision: admitted.revision,
                begins_tree: admitted.begins_tree,
                judged: Some(admitted.judged),
                tool_use: admitted.tool_use,
                quotas,
            };
            match self.records.append(append).await? {
                AppendOutcome::JudgementMoved(moved) => caller.catch_up(moved).await?,
                AppendOutcome::Stored(committed) => return appended(&committed),
                outcome => {
                    let refusal = refused(&draft.message, &outcome);
                    return self.stored_before(caller, &draft, refusal).await;
                }
            }
        }
        Err(contended())
    }

    /// A name for the history that begins now.
    pub(crate) fn new_incarnation(&self) -> Result<[u8; 8], Refusal> {
        let mut incarnation = [0; 8];
        self.rng.fill(&mut incarnation)?;
        Ok(incarnation)
    }

    /// The rules by which messages of the space are read.
    pub(crate) async fn rules(&self, caller: &SpaceMember) -> Result<Rules, Refusal> {
        let known = rules_of(&caller.space.authority().await?.view);
        // A policy is the first that is written in a space, so one without any state may have one at another server.
        if let Some(known) = known {
            return Ok(known);
        }
        if self.records.is_shared() {
            caller.space.catch_up().await?;
        }
        let known = rules_of(&caller.space.authority().await?.view);
        Ok(known.unwrap_or(Rules::Base))
    }

    /// The answer to a message that comes too late: its chain, its epoch or the message that it changes has moved on. In a space with a
    /// policy one that is stored already is no error: its answer was lost.
    pub(crate) async fn stored_before(
        &self,
        caller: &SpaceMember,
        draft: &Draft,
        refusal: Refusal,
    ) -> Result<Appended, Refusal> {
        let has_moved_on = refusal.code().kind() == ErrorKind::Conflict;
        if draft.rules == Rules::Base || !has_moved_on {
            return Err(refusal);
        }
        let message = &draft.message;
        let stored = self
            .records
            .entry(caller.space_id(), &message.topic_id, message.message_hash)
            .await?;
        stored
            .map(|entry| Appended {
                position: Position::from(&entry.message),
                number: Some(entry.leaf.number),
            })
            .ok_or(refusal)
    }

    pub(crate) fn check_size(&self, post: &PostMessage) -> Result<(), Refusal> {
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

    /// Claims the slot after the draft's `prev_hash`, or refuses the draft if the store has another head. The store
    /// compares again when it appends: the claim only saves checking signatures in vain.
    pub(crate) async fn claim_head<'a>(
        &self,
        caller: &'a SpaceMember,
        draft: &Draft,
    ) -> Result<Claim<'a>, Refusal> {
        let message = &draft.message;
        let (topic, prev_hash) = (&message.topic_id, message.prev_hash);
        let (heads, chain) = (caller.space.heads(), draft.chain());
        loop {
            if draft.misses_head || heads.have_passed(&chain, prev_hash) {
                let head = self.records.head(caller.space_id(), &chain).await?;
                if draft.misses_head || head.map(|head| head.hash) != prev_hash {
                    return Err(head_moved(topic, head));
                }
            }
            match heads.claim(&chain, prev_hash) {
                Ok(claim) => return Ok(claim),
                Err(free) => free.await,
            }
        }
    }

    /// Judges a draft by the view as it is now.
    async fn admit(&self, caller: &SpaceMember, draft: &Draft) -> Result<Admitted, Refusal> {
        if self.rules(caller).await? != draft.rules {
            // The space got its policy after this was read.
            return Err(contended());
        }
        let Some(path) = &draft.path else {
            let topic = &draft.message.topic_id;
            let judged = self
                .authorize_write(caller, &topic_action(Operation::Create, topic))
                .await?;
            let revision = match &draft.sealed {
                None => None,
                Some(sealed) => self.admit_sealed(caller, &draft.message, sealed).await?,
            };
            // A later view than the one judged by is fine: the store compares with the earlier.
            let authority = caller.space.authority().await?;
            return Ok(Admitted {
                judged,
                tool_use: tool_use(caller, authority.view.tool_limits(&caller.id).as_ref()),
                revision,
                begins_tree: None,
                at: self.now(),
            });
        };
        if let Some(sealed) = &draft.sealed {
            self.admit_sealed(caller, &draft.message, sealed).await?;
        }
        // The judgement below holds for the chain that ends in `prev_hash`. The store appends only if
        // the chain still ends there, so nothing can slip in between judging and writing. For that the
        // existing entry must be read after `prev_hash` was seen to be the head.
        let head = self.state_head(caller, &draft.message).await?;
        let existing = self.records.state_entry(caller.space_id(), path).await?;
        let write = StateWrite {
            path,
            data: &draft.message.data,
            existing: existing.map(|entry| entry.sender),
            prev: head,
        };
        // One time for the judgement and the entry: where the head is ahead of the clock, the store would
        // raise the entry's, and a view that applies it would judge by another time than this.
        let at = head.map_or(i64::MIN, |head| head.timestamp.saturating_add(1));
        let at = at.max(self.now());
        let mut admitted = {
            let authority = caller.space.authority().await?;
            let judged = caller.judged_by(&authority, self.now())?;
            judge_state_write(&authority.view, &caller.id, &write, at)?;
            check_policy(caller, path)?;
            Admitted {
                judged,
                tool_use: tool_use(caller, authority.view.tool_limits(&caller.id).as_ref()),
                revision: None,
                begins_tree: None,
                at,
            }
        };
        if let Some(new) = judge_registration(caller, path, write.data)? {
            self.check_purged(new).await?;
        }
        if draft.rules == Rules::Policy {
            self.check_shards(caller, path, &draft.message.data).await?;
        } else if draft.message.prev_hash.is_none() && path.as_str() == Policy::PATH {
            admitted.begins_tree = Some(self.new_incarnation()?);
        }
        Ok(admitted)
    }

    /// The head of the chain `state`, if the message builds on it.
    pub(crate) async fn state_head(
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

pub(crate) async fn check_signature(
    caller: &SpaceMember,
    message: &Message,
) -> Result<(), Refusal> {
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

/// Says why a message was not stored.
pub(crate) fn refused<T>(message: &Message, outcome: &AppendOutcome<T>) -> Refusal {
    match *outcome {
        AppendOutcome::HeadMoved(head) => head_moved(&message.topic_id, head),
        AppendOutcome::OverQuota(over) => over_quota(Kind::Message, over),
        AppendOutcome::PurgeUnfinished => purge_unfinished(),
        AppendOutcome::ToolUsedUp => tool_used_up(),
        AppendOutcome::LaneLimit => lane_limit(),
        AppendOutcome::NoTarget => no_target(),
        AppendOutcome::RevisionMoved(newest) => revision_moved(newest),
        AppendOutcome::SpaceNotEmpty => space_not_empty(),
        // The caller judges again, or has an answer.
        AppendOutcome::JudgementMoved(_) | AppendOutcome::Stored(_) => contended(),
    }
}

pub(crate) fn appended(committed: &Committed) -> Result<Appended, Refusal> {
    let message = committed.event.message();
    let message = message.ok_or_else(|| Refusal::new(ErrorCode::Internal, "stored no message"))?;
    Ok(Appended {
        position: Position::from(&**message),
        number: committed.leaf.map(|leaf| leaf.number),
    })
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

/// The rules that a view says; `None` if nothing was written below the paths that it reads.
fn rules_of(view: &View) -> Option<Rules> {
    match view.policy() {
        Some(_) => Some(Rules::Policy),
        None => (view.version() != 0).then_some(Rules::Base),
    }
}
