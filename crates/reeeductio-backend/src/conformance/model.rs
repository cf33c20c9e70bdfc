//! Random histories, followed on a backend and on the in-memory one side by side.
//!
//! Every answer and every error must be equal, what the sinks hear too, and afterwards everything that is
//! stored. A history that shows a difference is shrunk to a short one and shown in full.

mod answer;
mod history;
mod inbox;
mod pages;
mod pair;
mod post;
mod query;
mod universe;
mod write;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

pub use history::Step;
pub use inbox::{Acknowledged, ItemPost};
pub use pair::follow;
pub use post::{Change, Post, Prev};
pub use query::Query;
pub use write::{Expected, Terms, Write};

use crate::{Rng as _, SystemRng};

/// Histories that one run follows.
const HISTORIES: u32 = 40;

/// The two sides differ, in words.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Difference(pub String);

/// How many histories, and which.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The same seed gives the same histories.
    pub seed: u64,
    /// How many.
    pub histories: u32,
}

impl Plan {
    /// Reads `REEEDUCTIO_MODEL_SEED` and `REEEDUCTIO_MODEL_HISTORIES` with `variable`; without them other
    /// histories each time, and as many as fit into a test run.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let number = |name: &str| variable(name).map(|text| text.parse::<u64>().unwrap());
        let fresh = || {
            let mut bytes = [0; 8];
            SystemRng.fill(&mut bytes).unwrap();
            u64::from_le_bytes(bytes)
        };
        let histories = number("REEEDUCTIO_MODEL_HISTORIES");
        Self {
            seed: number("REEEDUCTIO_MODEL_SEED").unwrap_or_else(fresh),
            histories: histories.map_or(HISTORIES, |count| count.try_into().unwrap()),
        }
    }
}

/// Makes random histories and hands each to `follow`, which brings the executor and an empty store and
/// calls [`follow`]. Panics with the seed and the shortest history found that shows a difference.
pub fn examine(plan: Plan, follow: impl Fn(&[Step]) -> Result<(), Difference>) {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&plan.seed.to_le_bytes());
    let config = Config {
        cases: plan.histories,
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let outcome = runner.run(&history::steps(), |steps| {
        follow(&steps).map_err(|difference| TestCaseError::fail(difference.0))
    });
    if let Err(found) = outcome {
        panic!("REEEDUCTIO_MODEL_SEED={}\n{found}", plan.seed);
    }
}
