//! `reeeductio._native.Admin`: the server's administration.

use std::sync::Arc;

use pyo3::prelude::*;
use reeeductio_client::{AdminClient, ClientError, argument};

use crate::failure::Failure;
use crate::network::transport;
use crate::pending::Pending;

/// An administrator's handle on a server.
#[pyclass(frozen, module = "reeeductio._native")]
pub(crate) struct Admin(Arc<AdminClient>);

#[pymethods]
impl Admin {
    #[new]
    fn new(private_key: &[u8], base_url: &str) -> Result<Self, Failure> {
        let identity = argument::identity("keypair", private_key)?;
        let client = AdminClient::over(transport()?, identity, base_url)?;
        Ok(Self(Arc::new(client)))
    }

    fn authenticate(&self) -> Pending {
        let client = Arc::clone(&self.0);
        Pending::new(async move {
            let bearer = client.session().sign_in().await?;
            Ok::<_, ClientError>(bearer.expose().to_owned())
        })
    }

    fn token(&self) -> Pending {
        let client = Arc::clone(&self.0);
        Pending::new(async move {
            let bearer = client.session().token().await?;
            Ok::<_, ClientError>(bearer.expose().to_owned())
        })
    }

    fn held_token(&self) -> Pending {
        let client = Arc::clone(&self.0);
        Pending::new(async move {
            let held = client.session().held_token();
            Ok::<_, ClientError>(held.map(|bearer| bearer.expose().to_owned()))
        })
    }

    fn space_id(&self) -> Pending {
        let client = Arc::clone(&self.0);
        Pending::new(async move { Ok::<_, ClientError>(client.space_id().await?.to_string()) })
    }

    fn delete_blob(&self, blob: &str) -> Result<Pending, Failure> {
        let (client, blob) = (Arc::clone(&self.0), argument::blob(blob)?);
        Ok(Pending::new(async move { client.delete_blob(&blob).await }))
    }
}
