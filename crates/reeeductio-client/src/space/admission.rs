//! Letting a guest in, by a handle for the tool of an invitation (`spec/invite-link.md`).

use reeeductio_core::{StateEntry, state_entry};
use reeeductio_proto::{
    Action, ErrorCode, MemberId, MessageId, Operation, Resource, TopicId, Verdict, View, judge,
};

use super::posting::longest_pause;
use super::rights::refusal;
use super::{Content, Place, Space};
use crate::error::{ClientError, Refusal};

/// Entries that letting one guest in takes: the user and the role.
pub(super) const ENTRIES_PER_GUEST: u64 = 2;
/// Attempts to write the entries before others have moved the head of the state.
const ATTEMPTS: u32 = 64;

impl Space {
    /// Defines `guest` as a user and assigns `role` to it. Steps that an earlier attempt has taken are not taken again.
    ///
    /// If the second step would be refused, the first is refused already. No guest takes a place that another needs to
    /// complete its own admission.
    pub(super) async fn admit(&self, guest: MemberId, role: &str) -> Result<(), ClientError> {
        self.admit_as_tool(guest, role)
            .await
            .map_err(in_words_of_an_invitation)
    }

    async fn admit_as_tool(&self, guest: MemberId, role: &str) -> Result<(), ClientError> {
        for attempt in 0..ATTEMPTS {
            let Some((entry, head)) = self.next_entry(guest, role).await? else {
                return Ok(());
            };
            let (path, content) = (&entry.path, Content::Plain(entry.value.as_bytes()));
            // Only after the state that the decision rests on.
            match self.state().set_at(path, content, Place::After(head)).await {
                Err(error) if error.status() == Some(409) => {
                    self.inner.jitter.pause(longest_pause(attempt)).await;
                }
                other => drop(other?),
            }
        }
        Err(ClientError::Conflict {
            topic: TopicId::state().to_string(),
            attempts: ATTEMPTS,
        })
    }

    /// The entry that is to be written next, and the head of the state that was read; `None` if the guest has the role.
    async fn next_entry(
        &self,
        guest: MemberId,
        role: &str,
    ) -> Result<Option<(StateEntry, Option<MessageId>)>, ClientError> {
        self.follow_state().await?;
        let now = self.source().now().await?;
        let user = state_entry::user(guest, None)?;
        let grant = state_entry::role_grant(guest, role, None)?;
        self.with_replica(|replica| {
            let (view, head) = (replica.state().view(), replica.state().head());
            let written = |entry: &StateEntry| {
                let entry = view.entry(&entry.path);
                entry.is_some_and(|entry| !entry.deleted)
            };
            let (is_user, has_role) = (written(&user), written(&grant));
            if is_user && has_role {
                return Ok(None);
            }
            self.check_role(view, &grant, now)?;
            if !is_user {
                self.check_place(view)?;
            }
            let next = if is_user { grant } else { user };
            Ok(Some((next, head.map(|head| head.hash))))
        })
    }

    /// Refuses if the tool may not write the grant: the role was removed, or defined again, since the invitation was made.
    fn check_role(&self, view: &View, grant: &StateEntry, now: i64) -> Result<(), ClientError> {
        let action = Action {
            op: Operation::Create,
            resource: Resource::State(&grant.path),
            owner: None,
        };
        match judge(view, &self.member(), &action, now) {
            Verdict::Allow => Ok(()),
            Verdict::Refuse(refused) => Err(refusal(refused.code(), refused.to_string())),
        }
    }

    /// Refuses if as many guests have begun to join as the tool's uses suffice for.
    fn check_place(&self, view: &View) -> Result<(), ClientError> {
        let tool = self.member();
        let limits = view.tool_limits(&tool);
        let Some(uses) = limits.and_then(|limits| limits.use_limit) else {
            return Ok(());
        };
        let mut taken: u64 = 0;
        for member in view.members() {
            let entry = view.entry(&state_entry::member_path(*member)?);
            taken += u64::from(entry.is_some_and(|entry| entry.sender == tool));
        }
        if taken >= uses / ENTRIES_PER_GUEST {
            return Err(refusal(ErrorCode::ToolUseLimit, String::new()));
        }
        Ok(())
    }
}

/// Says it to a guest, who knows an invitation and no tool.
fn in_words_of_an_invitation(error: ClientError) -> ClientError {
    let words = match error.code() {
        Some(ErrorCode::MemberUnknown) => {
            "the invitation has expired, was taken back or is for another space; ask for a new one"
        }
        Some(ErrorCode::PermissionDenied) => {
            "the invitation does not give this role to this member any more; ask for a new one"
        }
        Some(ErrorCode::ToolUseLimit) => {
            "the invitation is used up: as many guests have joined as it is for; ask for a new one"
        }
        _ => return error,
    };
    match error {
        ClientError::Refused(refusal) => Box::new(Refusal {
            message: words.to_owned(),
            ..*refusal
        })
        .into(),
        other => other,
    }
}
