//! Promises that functions of the program return: a program may have a mistake that its types do not show.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Why there is no value.
pub(crate) enum Unsettled {
    /// What was returned is no promise.
    NoPromise,
    /// The function threw this, or its promise was rejected with it.
    Thrown(JsValue),
}

/// The value that the promise resolves with which a function has returned.
pub(crate) async fn settled(returned: Result<JsValue, JsValue>) -> Result<JsValue, Unsettled> {
    let returned = returned.map_err(Unsettled::Thrown)?;
    // A promise of another realm or library has a `then`, too.
    if !property(&returned, "then").is_instance_of::<Function>() {
        return Err(Unsettled::NoPromise);
    }
    JsFuture::from(Promise::resolve(&returned))
        .await
        .map_err(Unsettled::Thrown)
}

/// A property; undefined where there is none.
pub(crate) fn property(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// The message of what was thrown, which may be anything.
pub(crate) fn message(thrown: &JsValue) -> String {
    property(thrown, "message")
        .as_string()
        .unwrap_or_else(|| format!("{thrown:?}"))
}
