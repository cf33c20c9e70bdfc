//! Who may do what in a space: the view of its `auth/` state and the judgement by it (wire.md 8,
//! docs/adr/0004).

mod concern;
mod definition;
mod judge;
mod path;
mod view;

pub use concern::authority_concerns;
pub use definition::ToolLimits;
pub use judge::{Action, Refused, StateRefusal, StateWrite, Verdict, judge, judge_state_write};
pub use view::{Applied, Entry, View};

#[cfg(test)]
mod tests;
