//! The server's administration.

use std::rc::Rc;

use reeeductio_client::{AdminClient, argument};
use reeeductio_operations::{AdminOperation, administer};
use wasm_bindgen::prelude::*;

use crate::answer::shown;
use crate::arguments::Arguments;
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

    /// Gives an operation of the table of `reeeductio-operations`, which has not begun.
    pub fn run(&self, name: &str, given: JsValue) -> Result<Pending, Failure> {
        let operation = AdminOperation::parse(name, &mut Arguments::new(given))?;
        let client = Rc::clone(&self.0);
        Ok(Pending::new(async move {
            administer(&client, operation).await.map(shown)
        }))
    }
}
