//! Apps: users who sign up and in, and channels that they make and join (`spec/apps.md`).
//!
//! An app is a space with a policy whose state is a directory; each channel is another one. [`App`] is its owner's handle, [`Client`] a
//! user's, [`Keeper`] the one that lets newcomers in.

mod account;
mod app_handle;
mod auth;
mod client;
mod directory;
mod error;
mod founding;
mod keep;
mod signed_in;

pub use account::User;
pub use app_handle::{App, AppKeySummary, NewApp};
pub use auth::Auth;
pub use client::{Client, ClientBuilder};
pub use directory::{ChannelSummary, Directory};
pub use error::AppError;
