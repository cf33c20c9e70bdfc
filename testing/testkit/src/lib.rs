//! Rigs for tests: a server in this process or in its own, and members that speak raw HTTP.
//!
//! Everything here panics when something is not as it should be: that is how a test fails.
#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a rig fails by panicking"
)]

mod clock;
mod member;
mod process;
mod restore;
mod server;

pub use member::{Answer, Member};
pub use process::ServerProcess;
pub use reeeductio_server::config::Creation;
pub use restore::{begin_restore, copy_of, sign_restores};
pub use server::TestServer;
