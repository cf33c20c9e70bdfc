//! Removing what a space holds, for good.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use reeeductio_backend::{PageLimit, Purge, PurgeOutcome};
use reeeductio_proto::{ErrorCode, Operation, SpaceId};

use crate::caller::SpaceMember;
use crate::engine::Engine;
use crate::refusal::Refusal;

/// Messages, data entries and blobs removed in a step: few enough that other writes do not wait long for it.
const STEP: usize = 256;
/// Objects deleted at once.
const AT_ONCE: usize = 8;

/// What a step of a purge did.
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
        self.authorize_for(caller, Operation::Delete, space).await?;
        let admin = self.admin_space()?;
        if admin == space {
            return Err(in_use("It is the admin space."));
        }
        if self.config.auto_create_spaces {
            return Err(in_use(
                "This server serves every space, so members could write to it meanwhile. Set admin.auto_create_spaces to false first.",
            ));
        }
        let purge = Purge {
            space,
            admin: Some(admin),
            limit: STEP,
        };
        let purged = match self.records.purge(purge).await? {
            PurgeOutcome::Purged(purged) => purged,
            PurgeOutcome::Registered => {
                return Err(in_use("It is registered. Remove the registration first."));
            }
        };
        // What is not deleted here, the sweeper finds: nothing names it any more.
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

    /// Refuses a space of whose messages a purge has removed a part: what is left hangs together no more.
    pub(crate) async fn check_purged(&self, space: SpaceId) -> Result<(), Refusal> {
        let first = self
            .records
            .events(space, 0, PageLimit::count(1))
            .await?
            .items;
        let is_cut = match first.first() {
            Some(first) => first.event.number != 1,
            None => !self.records.topics(space).await?.is_empty(),
        };
        if is_cut {
            return Err(Refusal::new(
                ErrorCode::SpacePurgeUnfinished,
                "A purge of this space was interrupted. Purge it to its end, then register it.",
            ));
        }
        Ok(())
    }
}

fn in_use(why: &str) -> Refusal {
    Refusal::new(
        ErrorCode::SpaceInUse,
        format!("The space is not purged: members can use it. {why}"),
    )
}
