//! Deterministic simulations: one process, a seed, a clock that only the simulation moves. The same seed gives the same run.
//!
//! Two servers on one store: every access to the store waits a random while before and after it is done, so that
//! anything that can come in between does. The other server is told of a commit late, twice, in another order, or
//! never. The invariants are those of one server: see [`judge()`].
//!
//! Members with the client of the product, on one server that is honest or lies: see [`run_replicas()`]. The same for spaces with a policy: see [`run_policy()`].
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::missing_panics_doc,
    reason = "a simulation fails by panicking"
)]

mod dice;
mod executor;
mod history;
mod judge;
mod members;
mod policy;
mod replicas;
mod store;
mod world;

pub use history::History;
pub use judge::{Tally, Violation, judge};
pub use policy::{PolicyLie, PolicyRun, PolicyTally, run_policy, run_policy_lies};
pub use replicas::{Honesty, Lie, ReplicaPlant, ReplicaRun, ReplicaTally, run_replicas};
pub use world::{Plant, run, space};
