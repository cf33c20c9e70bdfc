//! Authorization in a space: the view of its `auth/` state and the judgement by it (wire.md 8,
//! docs/adr/0004).

mod admission;
pub(crate) mod body;
mod concern;
mod judge;
pub(crate) mod path;
mod reach;
mod refusal;
mod view;

pub use body::ToolLimits;
pub use concern::{Concern, authority_concerns};
pub use judge::{Action, Refused, StateWrite, Verdict, judge, judge_all, judge_state_write};
pub use reach::Values;
pub use refusal::StateRefusal;
pub use view::{Applied, Entry, View};

#[cfg(test)]
mod tests;
