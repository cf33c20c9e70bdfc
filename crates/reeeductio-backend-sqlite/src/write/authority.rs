//! Checks whether a write's judgement still stands.

use reeeductio_backend::{BackendError, Judged, Moved, Operator, Registration};
use reeeductio_proto::{Position, SpaceId, authority_concerns};

use super::Batch;
use crate::read;

impl Batch<'_> {
    /// Why a write's judgement does not stand any more.
    pub(super) fn judgement_moved(
        &mut self,
        space: &SpaceId,
        judged: Option<Judged>,
    ) -> Result<Option<Moved>, BackendError> {
        let Some(judged) = judged else {
            return Ok(None);
        };
        if let Some(Registration { registrar, entry }) = judged.registration
            && self.registration(&registrar, space)? != Some(entry)
        {
            return Ok(Some(Moved::Registration));
        }
        Ok(self.authority_moved(space, judged)?.map(Moved::Authority))
    }

    /// Why the operator's judgement does not stand any more.
    pub(super) fn operator_moved(
        &mut self,
        operator: Option<Operator>,
    ) -> Result<Option<Moved>, BackendError> {
        match operator {
            Some(Operator { admin, judged }) => self.judgement_moved(&admin, Some(judged)),
            None => Ok(None),
        }
    }

    /// Returns the position of a space's registration in another one; `None` if it has none there.
    pub(super) fn registration(
        &mut self,
        registrar: &SpaceId,
        space: &SpaceId,
    ) -> Result<Option<Position>, BackendError> {
        if let Some(known) = self.cache.registration(registrar, space) {
            return Ok(known);
        }
        let read = read::state::registration(self.database, registrar, space)?;
        self.cache.set_registration(registrar, space, read);
        Ok(read)
    }

    /// The newest message at an authority path, if one after the judgement's concerns the writer.
    fn authority_moved(
        &mut self,
        space: &SpaceId,
        judged: Judged,
    ) -> Result<Option<Position>, BackendError> {
        let Some(newest) = self.space(space)?.authority else {
            return Ok(None);
        };
        let after = judged
            .authority
            .map_or(i64::MIN, |position| position.timestamp);
        if newest.timestamp <= after {
            return Ok(None);
        }
        let concerned = read::state::any_authority_path(self.database, space, after, |path| {
            authority_concerns(path, &judged.member)
        })?;
        Ok(concerned.then_some(newest))
    }
}
