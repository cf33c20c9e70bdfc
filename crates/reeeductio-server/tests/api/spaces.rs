//! `/spaces/{space_id}/…`

pub(crate) mod auth;
mod blobs;
mod data;
mod entries;
mod messages;
pub(crate) mod opaque;
mod state;
pub(crate) mod stream;
