//! Actions of the server's administrator (wire.md 7.1).

mod purge;
mod spaces;

pub use purge::PurgeStep;
pub(crate) use purge::purge_unfinished;
pub use spaces::{SpacePage, SpaceStatus};

use reeeductio_backend::Operator;
use reeeductio_proto::{Action, BlobId, ErrorCode, Operation, Resource, SpaceId};

use crate::blobs::{Removal, parse_id};
use crate::caller::SpaceMember;
use crate::engine::{ATTEMPTS, Engine, contended};
use crate::refusal::Refusal;

impl Engine {
    /// The admin space, where the server has one.
    pub fn admin_space(&self) -> Result<SpaceId, Refusal> {
        self.config.admin_space.ok_or_else(|| {
            Refusal::new(
                ErrorCode::AdminNotConfigured,
                "This server has no admin space. Set admin.space_id in its configuration.",
            )
        })
    }

    /// Checks that the caller is a member of the admin space, as acts on the whole server require.
    fn check_operator(&self, caller: &SpaceMember) -> Result<(), Refusal> {
        if self.admin_space()? == caller.space_id() {
            return Ok(());
        }
        Err(Refusal::new(
            ErrorCode::TokenWrongSpace,
            "The token is for another space. Sign in to the admin space.",
        ))
    }

    /// Removes a blob from all spaces. For the owner of the admin space, and for its members who may
    /// `delete` `blobs/{id}` there.
    pub async fn delete_blob_everywhere(
        &self,
        caller: &SpaceMember,
        id: &str,
    ) -> Result<(), Refusal> {
        self.check_operator(caller)?;
        let id = parse_id(id)?;
        let mut operator = self.authorize_deleting(caller, &id).await?;
        let mut references = 0;
        let mut attempts = ATTEMPTS;
        for space in self.records.blob_spaces(id).await? {
            references += loop {
                match self.remove_blob(space, id, operator).await? {
                    Removal::Done(references) => break references,
                    Removal::JudgementMoved(_) if attempts == 0 => return Err(contended()),
                    Removal::JudgementMoved(moved) => {
                        attempts -= 1;
                        caller.catch_up(moved).await?;
                        operator = self.authorize_deleting(caller, &id).await?;
                    }
                }
            };
        }
        if references == 0 {
            return Err(Refusal::new(
                ErrorCode::BlobNotFound,
                "There is no such blob on this server.",
            ));
        }
        Ok(())
    }

    /// The judgement by which the operator removes a blob.
    async fn authorize_deleting(
        &self,
        caller: &SpaceMember,
        id: &BlobId,
    ) -> Result<Operator, Refusal> {
        let action = Action {
            op: Operation::Delete,
            resource: Resource::Blob(id),
            owner: None,
        };
        let judged = self.authorize_write(caller, &action).await?;
        let admin = caller.space_id();
        Ok(Operator { admin, judged })
    }
}
