//! The typed stubs of the packages.

pub(crate) mod python;
pub(crate) mod typescript;

use reeeductio_operations::{AdminOperation, Entrance, Operation, Signature};

/// A part of the table, and the name of the class or interface that it becomes.
fn tables() -> [(&'static str, Vec<&'static Signature>); 3] {
    [
        ("Operations", Operation::signatures().collect()),
        ("Entrance", Entrance::signatures().collect()),
        ("Administration", AdminOperation::signatures().collect()),
    ]
}
