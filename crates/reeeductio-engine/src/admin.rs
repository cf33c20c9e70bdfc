//! What the server's administrator may do (wire.md 7.1).

mod purge;
mod spaces;

pub use purge::PurgeStep;
pub use spaces::{SpacePage, SpaceStatus};

use reeeductio_proto::{Action, ErrorCode, Operation, Resource, SpaceId};

use crate::blobs::parse_id;
use crate::caller::SpaceMember;
use crate::engine::Engine;
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

    /// Whoever acts on the server as a whole is a member of the admin space.
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
        self.authorize(
            caller,
            &Action {
                op: Operation::Delete,
                resource: Resource::Blob(&id),
                owner: None,
            },
        )
        .await?;
        let mut references = 0;
        for space in self.records.blob_spaces(id).await? {
            references += self.remove_blob(space, id).await?;
        }
        if references == 0 {
            return Err(Refusal::new(
                ErrorCode::BlobNotFound,
                "There is no such blob on this server.",
            ));
        }
        Ok(())
    }
}
