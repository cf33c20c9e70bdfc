//! Histories.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, prop_oneof};

use super::query::{Query, query};
use super::write::{Write, write};

/// One step of a history.
#[derive(Clone, Debug)]
pub enum Step {
    /// The store refuses writes from here on, until it is opened again.
    Close,
    /// Reads.
    Read(Query),
    /// The store is closed and opened again with what it holds.
    Reopen,
    /// Writes that are sent together, in this order.
    Write(Vec<Write>),
}

/// Any history.
pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => write().prop_map(|write| Step::Write(vec![write])),
        4 => vec(write(), 2..6).prop_map(Step::Write),
        12 => query().prop_map(Step::Read),
        1 => Just(Step::Reopen),
        1 => Just(Step::Close),
    ];
    vec(step, 1..100)
}
