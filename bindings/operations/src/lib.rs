//! The seam between the client and the packages of other languages.
//!
//! A package names an operation and hands over [`Arguments`]. [`Operation::parse`] checks each argument by its type, so that no
//! package checks any by itself, and [`dispatch`] runs the operation on a space. Its [`Answer`] is one of a few shapes, which each
//! package shows in its language. [`SIGNATURES`](Operation::signatures) is the same table as data: the packages' typed stubs are written from it.
//!
//! A new operation is one entry and one arm here, beside the client's own function.
#![cfg_attr(
    test,
    allow(
        clippy::allow_attributes,
        clippy::expect_used,
        clippy::panic,
        reason = "a test that fails panics"
    )
)]

mod answer;
mod argument;
mod operation;
mod signature;
mod value;

pub use answer::{Answer, Entry, Items, Opened};
pub use operation::{AdminOperation, Entrance, Operation, administer, dispatch, enter};
pub use signature::{AnswerType, Parameter, Signature, Type, camel};
pub use value::{Arguments, Change, Progress, Source, Value};
