//! Authorization in a space: the view of its `auth/` state and the judgement by it (wire.md 8,
//! docs/adr/0004).

mod admission;
pub(crate) mod body;
mod concern;
pub(crate) mod encryption_key;
mod grant;
mod judge;
pub(crate) mod keyring;
mod link;
pub(crate) mod path;
mod policy;
pub(crate) mod policy_entry;
mod reach;
mod refusal;
mod roster;
mod view;

pub use body::ToolLimits;
pub use concern::{Concern, authority_concerns, is_authority};
pub use encryption_key::{ENCRYPTION_KEY, PublishedKey, encryption_key_statement};
pub use judge::{
    Action, Refused, StateWrite, Verdict, judge, judge_all, judge_state_value, judge_state_write,
};
pub use keyring::{Epoch, EpochEntry, SHARDS, Shard};
pub use link::{LinkState, LinkTerms};
pub use policy::{History, LogServer, Padding, Policy, Settings, Visibility};
pub use reach::Values;
pub use refusal::StateRefusal;
pub use roster::roster_hash;
pub use view::{Applied, Entry, RoleGrant, StateRun, View};

#[cfg(test)]
mod tests;
