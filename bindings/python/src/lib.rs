//! The native module of the Python package: the Rust client behind the operations of `reeeductio-operations`, and the command
//! `reeeductio-admin`. The Python files in `python/reeeductio` give it names, types, documentation and exceptions.

mod admin;
mod answer;
mod arguments;
mod change;
mod closing;
mod command;
mod crypto;
mod failure;
mod network;
mod pending;
mod progress;
mod python;
mod record;
mod source;
mod space;
mod store;
mod stream;

use pyo3::prelude::*;

#[pymodule(gil_used = false)]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<admin::Admin>()?;
    module.add_class::<network::Network>()?;
    module.add_class::<pending::Pending>()?;
    module.add_class::<space::Space>()?;
    module.add_class::<store::Store>()?;
    module.add_class::<stream::Stream>()?;
    module.add_function(wrap_pyfunction!(command::administer, module)?)?;
    module.add_function(wrap_pyfunction!(space::enter, module)?)?;
    crypto::add(module)?;
    python::add(module)
}
