//! Proof of who is calling.

use std::fmt;
use std::sync::Arc;

use reeeductio_backend::{Judged, Moved};
use reeeductio_proto::{ErrorCode, MemberId, SpaceId, View};

use crate::authority::Authority;
use crate::refusal::Refusal;
use crate::space::Space;
use crate::token::SignIn;

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

    /// Returns whether the member may still act by its token, by the view at `now` (Unix milliseconds): it is a
    /// member, its tokens were not ended since it signed in, and neither was the space's registration.
    pub(crate) fn is_admitted(&self, view: &View, now: i64) -> bool {
        view.is_member(&self.id, now)
            && self.sign_in.counts(view.tokens_valid_from(&self.id))
            && self.sign_in.space_since == self.space.registered_again()
    }

    /// Returns the judgement of a write of this member at `now` (Unix milliseconds).
    ///
    /// Refused if the token does not count any more: a request may be on its way for a minute, and the store may
    /// send a judgement back because the token was ended.
    pub(crate) fn judged_by(&self, authority: &Authority, now: i64) -> Result<Judged, Refusal> {
        if now >= self.expires_at {
            return Err(Refusal::new(
                ErrorCode::TokenExpired,
                "The token expired while the request was on its way. Sign in again.",
            ));
        }
        if !self.is_admitted(&authority.view, now) {
            return Err(Refusal::new(
                ErrorCode::TokenRevoked,
                "The holder of this token is no longer a member of the space, or its tokens were ended. Sign in again.",
            ));
        }
        Ok(Judged {
            member: self.id,
            authority: authority.position,
            registration: self.space.registration()?,
        })
    }

    /// Brings the views to where a write's judgement was overtaken, so that it can be judged again.
    pub(crate) async fn catch_up(&self, moved: Moved) -> Result<(), Refusal> {
        match (moved, self.space.existence()) {
            (Moved::Authority(position), _) => self.space.reach(position).await,
            (Moved::Registration, Some(existence)) => existence.registrars.catch_up().await,
            (Moved::Registration, None) => Ok(()),
        }
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
