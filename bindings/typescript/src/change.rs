//! A function of the program that changes a value.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Uint8Array};
use reeeductio_client::ClientError;
use wasm_bindgen::{JsCast as _, JsValue};

use crate::failure::Failure;
use crate::record;

/// The failure of the function, if it failed.
#[derive(Clone, Default)]
pub(crate) struct Thrown(Rc<RefCell<Option<Failure>>>);

impl Thrown {
    /// Calls the function. If it throws, the value stays as it is.
    pub(crate) fn call(&self, function: &Function, old: Option<&[u8]>) -> Option<Vec<u8>> {
        match changed(function, old) {
            Ok(new) => new,
            Err(failure) => {
                *self.0.borrow_mut() = Some(failure);
                old.map(<[u8]>::to_vec)
            }
        }
    }

    /// Fails if the function failed.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        self.0.borrow_mut().take().map_or(Ok(()), Err)
    }
}

fn changed(function: &Function, old: Option<&[u8]>) -> Result<Option<Vec<u8>>, Failure> {
    let old = old.map_or(JsValue::UNDEFINED, |old| record::bytes(old).into());
    let new = function.call1(&JsValue::UNDEFINED, &old);
    let new = new.map_err(Failure::Thrown)?;
    if new.is_undefined() {
        return Ok(None);
    }
    if let Some(text) = new.as_string() {
        return Ok(Some(text.into_bytes()));
    }
    match new.dyn_ref::<Uint8Array>() {
        Some(bytes) => Ok(Some(bytes.to_vec())),
        None => Err(Failure::Client(ClientError::Argument {
            field: "change",
            message: "must return a value, not a promise, or undefined".to_owned(),
        })),
    }
}
