//! The server's administration.

use std::rc::Rc;

use reeeductio_client::{AdminClient, ClientError, argument};
use wasm_bindgen::prelude::*;

use crate::failure::Failure;
use crate::network::{Network, carried_by};
use crate::pending::Pending;

/// An administrator's handle on a server.
#[wasm_bindgen]
pub struct Admin(Rc<AdminClient>);

#[wasm_bindgen]
impl Admin {
    #[wasm_bindgen(constructor)]
    pub fn new(private_key: &[u8], base_url: &str, network: Network) -> Result<Admin, Failure> {
        let identity = argument::identity("private_key", private_key)?;
        let client = AdminClient::over(carried_by(network), identity, base_url)?;
        Ok(Self(Rc::new(client)))
    }

    pub fn authenticate(&self) -> Pending {
        let client = Rc::clone(&self.0);
        Pending::new(async move {
            let bearer = client.session().sign_in().await?;
            Ok::<_, ClientError>(bearer.expose().to_owned())
        })
    }

    pub fn token(&self) -> Pending {
        let client = Rc::clone(&self.0);
        Pending::new(async move {
            let bearer = client.session().token().await?;
            Ok::<_, ClientError>(bearer.expose().to_owned())
        })
    }

    #[wasm_bindgen(js_name = heldToken)]
    pub fn held_token(&self) -> Pending {
        let client = Rc::clone(&self.0);
        Pending::new(async move {
            let held = client.session().held_token();
            Ok::<_, ClientError>(held.map(|bearer| bearer.expose().to_owned()))
        })
    }

    #[wasm_bindgen(js_name = spaceId)]
    pub fn space_id(&self) -> Pending {
        let client = Rc::clone(&self.0);
        Pending::new(async move { Ok::<_, ClientError>(client.space_id().await?.to_string()) })
    }

    #[wasm_bindgen(js_name = deleteBlob)]
    pub fn delete_blob(&self, blob: &str) -> Result<Pending, Failure> {
        let (client, blob) = (Rc::clone(&self.0), argument::blob(blob)?);
        Ok(Pending::silent(
            async move { client.delete_blob(&blob).await },
        ))
    }
}
