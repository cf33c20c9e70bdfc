//! Apps: users who sign up and in, and channels that they make and join (`spec/apps.md`).
//!
//! An app is a space with a policy whose state is a directory; each channel is another one. [`App`] is its owner's handle, [`Client`] a
//! user's, [`Keeper`] the one that lets newcomers in.

mod account;
mod app_handle;
mod auth;
mod channel;
mod channels;
mod client;
mod content;
mod directory;
mod error;
mod events;
mod founding;
mod handles;
mod history;
mod joining;
mod keep;
mod keeper;
mod keeper_pass;
mod links;
mod mail;
mod members;
mod signed_in;

pub use account::User;
pub use app_handle::{App, AppKeySummary, NewApp};
pub use auth::Auth;
pub use channel::Channel;
pub use channels::{ChannelOptions, Channels};
pub use client::{Client, ClientBuilder};
pub use content::{ChannelMessage, DEFAULT_SUBJECT, NewPost, UnreadableMessage};
pub use directory::{ChannelSummary, Directory};
pub use error::AppError;
pub use events::{ChannelEvent, ChannelEvents, ChannelSignal};
pub use history::ChannelPage;
pub use keeper::Keeper;
pub use keeper_pass::{KeeperAct, KeeperPass};
pub use links::{ChannelLink, NewChannelLink};
pub use members::ChannelMember;

use reeeductio_proto::ClientCode;

use crate::error::ClientError;

/// Returns whether something was written to a place that takes one value only.
fn is_there(error: &ClientError) -> bool {
    error.client_code() == Some(ClientCode::StateExists)
}
