#![doc = include_str!("../README.md")]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::allow_attributes
    )
)]

mod answer;
mod arguments;
mod credentials;
mod environment;
mod exit;
mod failure;
mod given;
mod reference;
mod report;
mod run;
mod secret;
mod session;
mod task;
mod terminal;
mod traced;
mod usage;

pub use exit::Exit;
pub use run::main_with;
