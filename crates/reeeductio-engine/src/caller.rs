//! Proof of who is calling.

use std::fmt;
use std::sync::Arc;

use reeeductio_proto::{MemberId, SpaceId, View};

use crate::space::Space;
use crate::token::SignIn;
use crate::valid_from::tokens_valid_from;

/// A member of a space whose token was checked for this call. Only the engine makes one.
#[derive(Clone)]
pub struct SpaceMember {
    pub(crate) space: Arc<Space>,
    pub(crate) id: MemberId,
    pub(crate) expires_at: i64,
    pub(crate) sign_in: SignIn,
}

impl SpaceMember {
    /// The space the token is for.
    pub fn space_id(&self) -> SpaceId {
        self.space.id()
    }

    /// The member.
    pub fn id(&self) -> &MemberId {
        &self.id
    }

    /// When the token expires, Unix milliseconds.
    pub fn expires_at(&self) -> i64 {
        self.expires_at
    }

    /// Whether the token still counts in this view at `now` (Unix milliseconds): its holder is a member, and its tokens
    /// were not ended since the sign-in.
    pub(crate) fn counts(&self, view: &View, now: i64) -> bool {
        view.is_member(&self.id, now) && self.sign_in.counts(tokens_valid_from(view, &self.id))
    }

    pub(crate) fn is_owner(&self) -> bool {
        self.space.id().is_owned_by(&self.id)
    }
}

impl fmt::Debug for SpaceMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpaceMember")
            .field("space", &self.space.id())
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
