//! Which spaces there are on the server, and what they hold.

use reeeductio_backend::{Operator, Usage};
use reeeductio_proto::{
    Action, ErrorCode, MemberId, Operation, Pattern, Resource, SpaceId, StatePath, Verdict,
    judge_all, registration_path,
};

use crate::caller::SpaceMember;
use crate::engine::Engine;
use crate::refusal::Refusal;

/// The registrations of all spaces.
const ALL: &str = "state/spaces/{any}";

/// Status of a space, as the operator sees it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SpaceStatus {
    /// The space.
    pub space: SpaceId,
    /// Whether it is registered in the admin space.
    pub registered: bool,
    /// Whether members can use it: it is registered, there or by an app, it registers others itself, or the server serves every space.
    pub served: bool,
    /// Usage of the space, or of the member that was asked for.
    pub usage: Usage,
}

/// The judgement of an act of the operator on a space.
pub(super) struct Judgement {
    pub(super) operator: Operator,
    /// Whether the admin space has an entry for the space, be it a tombstone.
    pub(super) was_registered: bool,
}

/// A part of the list of spaces.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SpacePage {
    /// Sorted by id.
    pub items: Vec<SpaceStatus>,
    /// Whether the list goes on after them.
    pub has_more: bool,
}

impl Engine {
    /// Spaces after `after` that are registered, by an app or here, or hold anything, at most `limit`. For the owner of the admin space,
    /// and for its members who may `read` `state/spaces/{any}` there.
    pub async fn list_spaces(
        &self,
        caller: &SpaceMember,
        after: Option<SpaceId>,
        limit: usize,
    ) -> Result<SpacePage, Refusal> {
        self.check_operator(caller)?;
        let beyond = limit.saturating_add(1);
        {
            let authority = caller.space.authority().await?;
            let all = Pattern::parse(ALL)
                .map_err(|error| Refusal::new(ErrorCode::Internal, error.to_string()))?;
            let verdict = judge_all(
                &authority.view,
                &caller.id,
                Operation::Read,
                &all,
                self.now(),
            );
            if let Verdict::Refuse(reason) = verdict {
                return Err(Refusal::new(reason.code(), reason.to_string()));
            }
        }
        let mut found = self.records.spaces(after, beyond).await?;
        let registrars = self.spaces.registrars();
        registrars.load().await?;
        for view in registrars.iter().filter_map(|space| space.peek_authority()) {
            found.extend(view.registrations.after(after).take(beyond));
        }
        found.sort_unstable();
        found.dedup();
        let has_more = found.len() > limit;
        found.truncate(limit);
        let mut items = Vec::with_capacity(found.len());
        for space in found {
            let usage = self.records.usage(space, None).await?;
            items.push(self.status(space, usage).await?);
        }
        Ok(SpacePage { items, has_more })
    }

    /// Returns the status of a space, with its usage or that of one of its members. For the owner of the admin
    /// space, and for its members who may `read` `state/spaces/{S}` there.
    pub async fn space_status(
        &self,
        caller: &SpaceMember,
        space: SpaceId,
        member: Option<MemberId>,
    ) -> Result<SpaceStatus, Refusal> {
        self.judge_operator(caller, Operation::Read, space).await?;
        let whole = self.records.usage(space, None).await?;
        let usage = match member {
            Some(_) => self.records.usage(space, member).await?,
            None => whole,
        };
        let status = self.status(space, usage).await?;
        if !status.served && whole == Usage::default() {
            return Err(Refusal::new(
                ErrorCode::SpaceUnknown,
                format!("Space {space} is not registered on this server and holds nothing."),
            ));
        }
        Ok(status)
    }

    async fn status(&self, space: SpaceId, usage: Usage) -> Result<SpaceStatus, Refusal> {
        let registrars = self.spaces.registrars();
        registrars.load().await?;
        let in_admin = registrars.iter().find(|space| space.is_admin());
        let registered = in_admin
            .and_then(|admin| admin.peek_authority())
            .is_some_and(|view| view.registrations.get(&space).is_some());
        Ok(SpaceStatus {
            space,
            registered,
            served: registrars.find(&space).is_some() || self.always_exists(space),
            usage,
        })
    }

    /// The judgement by which the operator may do this to a space: what it may do to the space's registration.
    pub(super) async fn judge_operator(
        &self,
        caller: &SpaceMember,
        op: Operation,
        space: SpaceId,
    ) -> Result<Judgement, Refusal> {
        self.check_operator(caller)?;
        let path = StatePath::parse(&registration_path(&space))
            .map_err(|error| Refusal::new(ErrorCode::Internal, error.to_string()))?;
        let admin = caller.space_id();
        let entry = self.records.state_entry(admin, &path).await?;
        let action = Action {
            op,
            resource: Resource::State(&path),
            owner: entry.as_ref().map(|entry| entry.sender),
        };
        let judged = self.authorize_write(caller, &action).await?;
        Ok(Judgement {
            operator: Operator { admin, judged },
            was_registered: entry.is_some(),
        })
    }
}
