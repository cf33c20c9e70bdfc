//! Several messages for the topic `state` as one step: all are stored, or none (spec/protocol.md, "Commands").

use reeeductio_backend::{AppendAll, AppendOutcome, Judged, NewMessage, Payload, ToolUse};
use reeeductio_proto::api::PostMessage;
use reeeductio_proto::{
    Applied, ErrorCode, Message, Policy, StateWrite, TopicId, View, is_authority, judge_state_write,
};

use crate::append::{Appended, appended, check_signature, refused, tool_use};
use crate::caller::SpaceMember;
use crate::draft::{Draft, Rules, read_type};
use crate::engine::{ATTEMPTS, Engine, contended};
use crate::quota::quotas_of_command;
use crate::refusal::Refusal;
use crate::registrars::judge_registration;
use crate::sealed::{check_epoch, check_policy};

/// Most messages of a command.
pub const COMMAND_MESSAGES: usize = AppendAll::MOST;
/// Most bytes of a command, in the base64 of its messages.
pub const COMMAND_BYTES: usize = 1 << 20;

/// Conditions under which the messages of a command may be stored.
struct Admitted {
    messages: Vec<Message>,
    judged: Judged,
    tool_use: Option<ToolUse>,
    begins_tree: Option<[u8; 8]>,
}

impl Engine {
    /// Checks and appends messages to `state`; answers in their order when all are durable.
    pub async fn command(
        &self,
        caller: &SpaceMember,
        posts: Vec<PostMessage>,
    ) -> Result<Vec<Appended>, Refusal> {
        check_length(&posts)?;
        let drafts = self.read_command(caller, posts).await?;
        let Some(first) = drafts.first() else {
            return Err(empty());
        };
        let _claim = match self.claim_head(caller, first).await {
            Ok(claim) => claim,
            Err(refusal) => return self.carried_out_before(caller, &drafts, refusal).await,
        };
        for draft in &drafts {
            check_signature(caller, &draft.message).await?;
        }
        for _ in 0..ATTEMPTS {
            let admitted = match self.admit_command(caller, &drafts).await {
                Ok(admitted) => admitted,
                Err(refusal) => return self.carried_out_before(caller, &drafts, refusal).await,
            };
            let append = AppendAll {
                space: caller.space_id(),
                messages: admitted
                    .messages
                    .into_iter()
                    .zip(&drafts)
                    .map(|(message, draft)| NewMessage {
                        message,
                        payload: draft.sealed.as_ref().map(Payload::from),
                    })
                    .collect(),
                lane: None,
                begins_tree: admitted.begins_tree,
                judged: Some(admitted.judged),
                tool_use: admitted.tool_use,
                quotas: quotas_of_command(caller, &drafts, self.config.limits.storage.messages),
            };
            match self.records.append_all(append).await? {
                AppendOutcome::JudgementMoved(moved) => caller.catch_up(moved).await?,
                AppendOutcome::Stored(committed) => {
                    return committed.iter().map(appended).collect();
                }
                outcome => {
                    let refusal = refused(&first.message, &outcome);
                    return self.carried_out_before(caller, &drafts, refusal).await;
                }
            }
        }
        Err(contended())
    }

    /// Takes the messages apart. Only in a space with a policy, or one that the first message gives its policy.
    async fn read_command(
        &self,
        caller: &SpaceMember,
        posts: Vec<PostMessage>,
    ) -> Result<Vec<Draft>, Refusal> {
        let begins = posts
            .first()
            .is_some_and(|first| first.prev_hash.is_none() && first.kind == Policy::PATH);
        if !begins && self.rules(caller).await? == Rules::Base {
            return Err(Refusal::new(
                ErrorCode::SpaceNoPolicy,
                "This space has no policy: its state is written one message at a time.",
            ));
        }
        let (state, now) = (TopicId::state(), self.now());
        let mut drafts: Vec<Draft> = Vec::with_capacity(posts.len());
        for (index, post) in posts.into_iter().enumerate() {
            self.check_size(&post)?;
            let path = read_type(&state, &post.kind)?;
            let draft = Draft::read(caller, &state, path, post, Rules::Policy, now)?;
            if let Some(before) = drafts.last()
                && draft.message.prev_hash != Some(before.message.message_hash)
            {
                return Err(Refusal::field(
                    ErrorCode::MessageInvalidPrevHash,
                    "prev_hash",
                    format!("of message {index}: must be the message before it in the command"),
                ));
            }
            drafts.push(draft);
        }
        Ok(drafts)
    }

    /// Judges each message by the view after those before it.
    async fn admit_command(
        &self,
        caller: &SpaceMember,
        drafts: &[Draft],
    ) -> Result<Admitted, Refusal> {
        let first = drafts.first().ok_or_else(empty)?;
        // As for one message: the entries are read after the head was seen to be the one that is built on.
        let prev = self.state_head(caller, &first.message).await?;
        let mut entries = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let path = draft.state_path()?;
            let entry = self.records.state_entry(caller.space_id(), path).await?;
            entries.push(entry.map(|entry| entry.sender));
        }
        let (mut view, judged, tool_use) = {
            let authority = caller.space.authority().await?;
            let limits = authority.view.tool_limits(&caller.id);
            (
                authority.view.clone(),
                caller.judged_by(&authority, self.now())?,
                tool_use(caller, limits.as_ref()),
            )
        };
        let begins = view.policy().is_none();
        let mut at = prev
            .map_or(i64::MIN, |head| head.timestamp.saturating_add(1))
            .max(self.now());
        let mut messages: Vec<Message> = Vec::with_capacity(drafts.len());
        for (draft, stored) in drafts.iter().zip(entries) {
            let path = draft.state_path()?;
            let earlier = messages
                .iter()
                .rev()
                .find(|message| message.kind == path.as_str());
            let write = StateWrite {
                path,
                data: &draft.message.data,
                existing: earlier.map(|message| message.sender).or(stored),
                prev,
            };
            judge_state_write(&view, &caller.id, &write, at)?;
            check_policy(caller, path)?;
            if let Some(sealed) = &draft.sealed {
                check_epoch(&view, &sealed.header)?;
                let named = &sealed.header.authority;
                if !messages
                    .iter()
                    .any(|message| message.message_hash.hash() == named)
                {
                    self.check_state_authority(caller, &sealed.header).await?;
                }
            }
            let message = Message {
                server_timestamp: at,
                ..draft.message.clone()
            };
            take_in(&mut view, &message)?;
            at = at.saturating_add(1);
            messages.push(message);
        }
        // Last, so that nobody learns of blobs by entries that it may not write.
        for draft in drafts {
            let path = draft.state_path()?;
            self.check_shards(caller, path, &draft.message.data).await?;
            if let Some(new) = judge_registration(caller, path, &draft.message.data)? {
                self.check_purged(new).await?;
            }
        }
        Ok(Admitted {
            messages,
            judged,
            tool_use,
            begins_tree: begins.then(|| self.new_incarnation()).transpose()?,
        })
    }

    /// The answer to a command that the store refuses: one that is stored already is no error, its answer was lost.
    async fn carried_out_before(
        &self,
        caller: &SpaceMember,
        drafts: &[Draft],
        refusal: Refusal,
    ) -> Result<Vec<Appended>, Refusal> {
        let mut stored = Vec::with_capacity(drafts.len());
        for draft in drafts {
            stored.push(self.stored_before(caller, draft, refusal.clone()).await?);
        }
        Ok(stored)
    }
}

/// Applies a message that was judged, for the next one to be judged by.
fn take_in(view: &mut View, message: &Message) -> Result<(), Refusal> {
    if !is_authority(&message.kind) {
        return Ok(());
    }
    match view.apply(message) {
        Applied::Ignored(refusal) => Err(refusal.into()),
        Applied::Changed | Applied::Unrelated => Ok(()),
    }
}

fn check_length(posts: &[PostMessage]) -> Result<(), Refusal> {
    if posts.is_empty() {
        return Err(empty());
    }
    let bytes = posts
        .iter()
        .map(|post| {
            post.data.len() + post.kind.len() + post.payload.as_ref().map_or(0, String::len)
        })
        .sum::<usize>();
    if posts.len() > COMMAND_MESSAGES || bytes > COMMAND_BYTES {
        return Err(Refusal::field(
            ErrorCode::RequestTooLarge,
            "messages",
            format!(
                "{} messages with {bytes} characters; a command has at most {COMMAND_MESSAGES}, and {COMMAND_BYTES}.",
                posts.len()
            ),
        ));
    }
    Ok(())
}

fn empty() -> Refusal {
    Refusal::field(
        ErrorCode::RequestInvalid,
        "messages",
        "is empty. A command has at least one message.",
    )
}
