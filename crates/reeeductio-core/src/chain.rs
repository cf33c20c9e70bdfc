//! Verifying what a server answers: that messages are what their senders signed, hang together, and were
//! allowed.
//!
//! A [`Page`] of messages is first checked by itself ([`Page::link`]), which proves hashes, signatures and
//! links, and then against the space's [`StateChain`] ([`LinkedPage::authorize`]), which proves that each
//! sender was allowed to post. Only then are there [`VerifiedMessage`]s.

mod claim;
mod error;
mod page;
mod seen;
mod signed;
mod state;
mod verified;

pub use error::ChainError;
pub use page::{Anchor, LinkedPage, Order, Page, Start};
pub use seen::check_seen;
pub use state::StateChain;
pub use verified::VerifiedMessage;

#[cfg(test)]
mod tests;
