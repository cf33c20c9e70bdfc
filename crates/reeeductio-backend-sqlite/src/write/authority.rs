//! Whether a write's judgement still stands.

use reeeductio_backend::{BackendError, Judged};
use reeeductio_proto::{Position, SpaceId, authority_concerns};

use super::Batch;
use crate::read;

impl Batch<'_> {
    /// The newest message below `auth/`, if one after the judgement's concerns the writer.
    pub(super) fn authority_moved(
        &mut self,
        space: &SpaceId,
        judged: Option<Judged>,
    ) -> Result<Option<Position>, BackendError> {
        let Some(judged) = judged else {
            return Ok(None);
        };
        let Some(newest) = self.space(space)?.authority else {
            return Ok(None);
        };
        let after = judged
            .authority
            .map_or(i64::MIN, |position| position.timestamp);
        if newest.timestamp <= after {
            return Ok(None);
        }
        let concerned = read::state::any_auth_path(self.database, space, after, |path| {
            authority_concerns(path, &judged.member)
        })?;
        Ok(concerned.then_some(newest))
    }
}
