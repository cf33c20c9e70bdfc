//! `reeeductio._native.Admin`: the server's administration.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use reeeductio_client::{AdminClient, argument};
use reeeductio_operations::{AdminOperation, administer};

use crate::answer::Shown;
use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::network::Network;
use crate::pending::Pending;

/// An administrator's handle on a server.
#[pyclass(frozen, module = "reeeductio._native")]
pub(crate) struct Admin(Arc<AdminClient>);

#[pymethods]
impl Admin {
    #[new]
    fn new(network: &Network, private_key: &[u8], base_url: &str) -> Result<Self, Failure> {
        let identity = argument::identity("keypair", private_key)?;
        let client = AdminClient::over(network.transport(), identity, base_url)?;
        Ok(Self(Arc::new(client)))
    }

    /// Gives an operation of the table of `reeeductio-operations`, which has not begun.
    fn run(&self, name: &str, arguments: &Bound<'_, PyDict>) -> Result<Pending, Failure> {
        let operation = AdminOperation::parse(name, &mut Arguments::new(arguments))?;
        let client = Arc::clone(&self.0);
        Ok(Pending::new(async move {
            administer(&client, operation).await.map(Shown::from)
        }))
    }
}
