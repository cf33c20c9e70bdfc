//! Errors of the client, as objects that the TypeScript half makes an error of.

use js_sys::{Object, Reflect};
use reeeductio_client::{ClientError, Head};
use reeeductio_operations::camel;
use wasm_bindgen::JsValue;

/// Cause of a failure.
pub enum Failure {
    /// An error of the client.
    Client(ClientError),
    /// A value that the program's own function threw.
    Thrown(JsValue),
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Self::Client(error)
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Thrown(thrown) => thrown,
            Failure::Client(error) => of_client(&error),
        }
    }
}

/// `{code, message, status?, field?, retryAfter?, head?, quota?, number?, topic?}`; `head` is null where the topic is empty.
fn of_client(error: &ClientError) -> JsValue {
    let object = Object::new();
    let set = |name: &str, value: JsValue| {
        // Setting a property of a plain object does not fail.
        drop(Reflect::set(&object, &JsValue::from_str(name), &value));
    };
    set("code", error.code_text().into());
    let message = match error {
        ClientError::Argument { field, message } | ClientError::Invalid { field, message, .. } => {
            set("field", camel(field).into());
            message.clone()
        }
        ClientError::Refused(refusal) => refusal.message.clone(),
        other => other.to_string(),
    };
    set("message", message.into());
    if let Some(refusal) = error.refusal() {
        set("status", refusal.status.into());
        if let Some(seconds) = refusal.retry_after {
            set("retryAfter", number(seconds));
        }
        match &refusal.head {
            Some(Head::Message(head)) => set("head", head.message_hash.as_str().into()),
            Some(Head::Empty) => set("head", JsValue::NULL),
            None => {}
        }
        if let Some(quota) = &refusal.quota {
            let values = Object::new();
            let text: JsValue = quota.name.as_str().into();
            for (name, value) in [
                ("name", text),
                ("limit", number(quota.limit)),
                ("stored", number(quota.stored)),
            ] {
                drop(Reflect::set(&values, &JsValue::from_str(name), &value));
            }
            set("quota", values.into());
        }
    }
    if let Some(draft) = error.draft() {
        set("number", number(draft.number));
        if let Some(topic) = &draft.topic {
            set("topic", topic.as_str().into());
        }
    }
    object.into()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds, limits and counts, to be shown"
)]
fn number(value: u64) -> JsValue {
    (value as f64).into()
}
