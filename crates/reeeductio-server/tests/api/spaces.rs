//! `/spaces/{space_id}/…`

pub(crate) mod auth;
mod blobs;
mod data;
mod entries;
mod inbox;
mod messages;
pub(crate) mod opaque;
pub(crate) mod policy;
mod state;
pub(crate) mod stream;
