//! Promises that functions of the program return, checked: a program may have a mistake that its types do not show.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Reason why there is no value.
pub(crate) enum Unsettled {
    /// The function returned something else than a promise.
    NoPromise,
    /// The function threw this, or its promise was rejected with it.
    Thrown(JsValue),
}

/// Waits for the promise that a function returned, and returns its value.
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

/// Returns a property; undefined where there is none.
pub(crate) fn property(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// Returns the message of a thrown value, which may be of any type.
pub(crate) fn message(thrown: &JsValue) -> String {
    property(thrown, "message")
        .as_string()
        .unwrap_or_else(|| format!("{thrown:?}"))
}
