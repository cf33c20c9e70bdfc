//! Answers that come one by one.

use std::rc::Rc;

use js_sys::Array;
use reeeductio_client::ClientError;
use reeeductio_operations::Items;
use tokio::sync::Mutex;
use wasm_bindgen::prelude::*;

use crate::answer::shown;
use crate::pending::Pending;

/// An open stream of answers.
#[wasm_bindgen]
pub struct Stream(Rc<Mutex<Option<Items>>>);

impl Stream {
    pub(crate) fn new(items: Items) -> Self {
        Self(Rc::new(Mutex::new(Some(items))))
    }
}

#[wasm_bindgen]
impl Stream {
    /// An array of the next answer; undefined at the end.
    pub fn next(&self) -> Pending {
        let items = Rc::clone(&self.0);
        Pending::new(async move {
            let mut items = items.lock().await;
            let Some(items) = items.as_mut() else {
                return Ok(JsValue::UNDEFINED);
            };
            match items.next().await {
                Some(answer) => Ok::<_, ClientError>(Array::of1(&shown(answer?)).into()),
                None => Ok(JsValue::UNDEFINED),
            }
        })
    }

    /// Ends the stream, when nobody waits for its next message.
    pub fn close(&self) -> Pending {
        let items = Rc::clone(&self.0);
        Pending::silent(async move {
            drop(items.lock().await.take());
            Ok::<_, ClientError>(())
        })
    }
}
