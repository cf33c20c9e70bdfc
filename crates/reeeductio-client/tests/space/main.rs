//! The client against the real server, in one process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::allow_attributes
)]

mod abandoned;
mod accounts;
mod admin;
mod blobs;
mod clocks;
mod concurrent_data;
mod data;
mod equal_times;
mod following;
mod freshness;
mod handle_memory;
mod history;
mod http;
mod invitations;
mod joining;
mod kept_topics;
mod lies;
mod live;
mod lost_answers;
mod lost_uploads;
mod meddled;
mod members;
mod messages;
mod mishaps;
mod new_topics;
mod newest_state;
mod outbox;
mod paging;
mod passwords;
mod presigned;
mod published;
mod reconnecting;
mod rejoining;
mod remembering;
mod restored;
mod rig;
mod signing_in;
mod silence;
mod state;
mod state_requests;
mod stream_sign_in;
mod streams;
mod tampering;
mod too_large;
mod unauthorized;
mod unjudged;
mod updates;
mod user_data;
mod watched;
mod watching;
