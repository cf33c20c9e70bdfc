//! Whether a member's rights reach below a path.

use super::view::View;
use crate::capability::Operation;
use crate::id::MemberId;
use crate::prefix::PathPrefix;

/// The values of a space that have paths.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Values {
    /// Data entries.
    Data,
    /// Entries of the state.
    State,
}

impl Values {
    fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::State => "state",
        }
    }
}

impl View {
    /// Returns whether some right lets a member do this to a value at a path or below it at `now` (Unix milliseconds), whether there is one
    /// or not. The answer for a single value is that of [`judge`](super::judge()).
    pub fn reaches(
        &self,
        member: &MemberId,
        op: Operation,
        values: Values,
        prefix: &PathPrefix,
        now: i64,
    ) -> bool {
        if self.space().is_owned_by(member) {
            return true;
        }
        let below = prefix.path().map(|path| path.as_str().split('/'));
        let path = || std::iter::once(values.name()).chain(below.clone().into_iter().flatten());
        self.is_member(member, now)
            && self
                .rights(member, now)
                .any(|(right, _)| right.reaches(op, path(), member, now))
    }
}
