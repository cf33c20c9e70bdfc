//! The typed stubs of the packages.

pub(crate) mod python;
pub(crate) mod typescript;

use reeeductio_operations::{AdminOperation, Entrance, Operation, Signature};

/// A part of the table: the name of the class or interface that it becomes, a sentence about it, and its operations.
fn tables() -> [(&'static str, &'static str, Vec<&'static Signature>); 3] {
    [
        (
            "Operations",
            "Operations on a space.",
            Operation::signatures().collect(),
        ),
        (
            "Entrance",
            "Operations of somebody who has no handle on a space yet.",
            Entrance::signatures().collect(),
        ),
        (
            "Administration",
            "Operations on a server, by its administrator.",
            AdminOperation::signatures().collect(),
        ),
    ]
}
