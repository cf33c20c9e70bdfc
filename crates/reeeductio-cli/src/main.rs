//! The `reeeductio` binary.
fn main() {}
