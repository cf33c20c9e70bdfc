//! Members of one space with a policy, each with the client of the product, in a deterministic simulation.
//!
//! The server is the product's routes over the engine, on the backend in memory; each device is a
//! [`PolicySpace`](reeeductio_client::PolicySpace) whose transport calls them in this process. Between them is a network that delays,
//! loses, repeats and overtakes; local stores crash, are lost and cloned. The server is honest or it lies. Time is tokio's virtual
//! time, and everything that the simulation decides follows from the seed.

mod actions;
mod check;
mod device;
mod disk;
mod finish;
mod ground;
mod liar;
mod lies;
mod lying;
mod removed;
mod run;
mod server;
mod wire;
mod world;

pub use ground::PolicyTally;
pub use lies::PolicyLie;
pub use lying::run_policy_lies;
pub use run::{PolicyRun, run_policy};
