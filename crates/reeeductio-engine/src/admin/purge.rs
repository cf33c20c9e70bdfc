//! Removing what a space holds, for good.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use reeeductio_backend::{PageLimit, Purge, PurgeOutcome};
use reeeductio_proto::{ErrorCode, Operation, SpaceId};

use crate::caller::SpaceMember;
use crate::engine::{ATTEMPTS, Engine, contended};
use crate::refusal::Refusal;

/// Limit of a step: little enough that other writes do not wait long for it.
const STEP: PageLimit = PageLimit {
    count: 256,
    bytes: 4 << 20,
};
/// Objects deleted at once.
const AT_ONCE: usize = 8;

/// Result of a step of a purge.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PurgeStep {
    /// Messages, data entries and blobs that were removed.
    pub removed: u64,
    /// Whether anything is left: then the caller asks for another step.
    pub has_more: bool,
}

impl Engine {
    /// Removes for good a part of what a space holds that nobody can use. For the owner of the admin space, and for its
    /// members who may `delete` `state/spaces/{S}` there.
    ///
    /// May be repeated until nothing is left, also after it was interrupted; a space that holds nothing is purged.
    /// Nothing that was on its way into the space when its registration was withdrawn is stored afterwards.
    pub async fn purge_space(
        &self,
        caller: &SpaceMember,
        space: SpaceId,
    ) -> Result<PurgeStep, Refusal> {
        let mut judgement = self
            .judge_operator(caller, Operation::Delete, space)
            .await?;
        let admin = self.admin_space()?;
        if admin == space {
            return Err(in_use("It is the admin space."));
        }
        let apps = &self.config.app_spaces;
        if apps.contains(&space) {
            return Err(in_use(
                "It is the space of an app whose users may make spaces (spaces.apps).",
            ));
        }
        if self.config.auto_create_spaces {
            return Err(in_use(
                "This server serves every space, so members could write to it meanwhile. Set spaces.creation to admin or app first, or admin.auto_create_spaces to false.",
            ));
        }
        // An entry is never removed, so this holds from now on.
        if !judgement.was_registered {
            return Err(never_registered());
        }
        let mut attempts = ATTEMPTS;
        let purged = loop {
            let purge = Purge {
                space,
                operator: Some(judgement.operator),
                apps: apps.clone(),
                limit: STEP,
            };
            match self.records.purge(purge).await? {
                PurgeOutcome::Purged(purged) => break purged,
                PurgeOutcome::Registered => {
                    return Err(in_use(
                        "It is registered, here or by an app. Remove the registration first.",
                    ));
                }
                PurgeOutcome::JudgementMoved(_) if attempts == 0 => return Err(contended()),
                PurgeOutcome::JudgementMoved(moved) => {
                    attempts -= 1;
                    caller.catch_up(moved).await?;
                    judgement = self
                        .judge_operator(caller, Operation::Delete, space)
                        .await?;
                }
            }
        };
        // An object that is not deleted here is left to the sweeper: nothing names it any more.
        stream::iter(purged.orphans)
            .map(|object| async move { self.blobs.delete(&object).await })
            .buffer_unordered(AT_ONCE)
            .try_for_each(|()| async { Ok(()) })
            .await?;
        Ok(PurgeStep {
            removed: purged.removed,
            has_more: purged.has_more,
        })
    }

    /// Refuses a space of whose messages a purge has removed a part: what is left hangs together no more. The store
    /// refuses every space whose purge it knows of; this is for purges that earlier releases began.
    pub(crate) async fn check_purged(&self, space: SpaceId) -> Result<(), Refusal> {
        let first = self
            .records
            .events(space, 0, PageLimit::count(1))
            .await?
            .items;
        let is_cut = match first.first() {
            Some(first) => first.event.position.message != 1,
            None => !self.records.topics(space).await?.is_empty(),
        };
        if is_cut {
            Err(purge_unfinished())
        } else {
            Ok(())
        }
    }
}

pub(crate) fn purge_unfinished() -> Refusal {
    Refusal::new(
        ErrorCode::SpacePurgeUnfinished,
        "A purge of this space is not finished. Purge it to its end, then register it.",
    )
}

/// Without a tombstone, tokens that the purge makes forget their end would count once the space is registered.
fn never_registered() -> Refusal {
    Refusal::new(
        ErrorCode::SpaceInUse,
        "The space is not purged: it was never registered, so nothing would end the tokens that were issued for it. Take its registration back first; that is possible for every space.",
    )
}

fn in_use(why: &str) -> Refusal {
    Refusal::new(
        ErrorCode::SpaceInUse,
        format!("The space is not purged: members can use it. {why}"),
    )
}
