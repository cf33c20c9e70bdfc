//! Members of one space, each with the client of the product, on one server in a deterministic simulation.
//!
//! The server is the real engine on the backend in memory. Between it and the members is a network that delays, loses, repeats
//! and overtakes, and local stores crash. The server is honest or it lies. Time is tokio's virtual time, and everything that is
//! random follows from the seed.

mod actions;
mod check;
pub(crate) mod clock;
mod disk;
mod founding;
mod liar;
mod liar_stream;
mod lies;
mod listener;
mod member;
mod network;
mod plant;
mod run;
mod seen;
mod server;
mod stream;
mod truth;
mod values;
mod world;

pub use lies::Lie;
pub use plant::ReplicaPlant;
pub use run::{ReplicaRun, run_replicas};
pub use world::{Honesty, ReplicaTally};
