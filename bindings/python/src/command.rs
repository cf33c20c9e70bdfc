//! The command `reeeductio-admin`, which is the same program as the one from its own crate.

use std::ffi::OsString;

use pyo3::prelude::*;

/// Runs the command with these words, the first of which is its name, and gives the exit code.
///
/// It waits in this thread, and Python's handler of signals does not run meanwhile: who calls it restores the
/// system's way with Ctrl-C first.
#[pyfunction]
pub(crate) fn administer(py: Python<'_>, words: Vec<OsString>) -> u8 {
    py.detach(|| reeeductio_admin::main_with(words).code())
}
