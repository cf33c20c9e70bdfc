//! `import` takes over a published server's directory: what verifies, in the order that was signed.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::allow_attributes
)]

mod authority;
mod blobs;
mod chains;
mod entries;
mod published;
mod runs;
mod target;
mod upstream;
mod whole;
