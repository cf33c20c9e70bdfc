//! Verifying what a server answers: that messages are what their senders signed, hang together, and were
//! allowed.
//!
//! [`check`] tells the messages that are their senders' from forged ones. A [`Page`] of them is held together by its
//! links ([`Page::link`]), and each of its messages is judged by the space's [`StateChain`] ([`LinkedPage::judge`]), which knows
//! who was allowed to post when. Only then are there [`VerifiedMessage`]s.

mod checked;
mod error;
mod item;
mod page;
mod past;
mod seen;
mod snapshot;
mod state;
mod turns;
mod values;
mod verified;

pub use checked::{Checked, check};
pub use error::ChainError;
pub use item::{Item, Refused};
pub use page::{LinkedPage, Order, Page, Start};
pub(crate) use past::{Claim, Judge};
pub use seen::{check_seen, check_times};
pub use state::StateChain;
pub use values::NewestEntry;
pub use verified::VerifiedMessage;

#[cfg(test)]
mod tests;
