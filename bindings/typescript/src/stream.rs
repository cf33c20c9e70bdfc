//! Messages as they are stored.

use std::rc::Rc;

use js_sys::Array;
use reeeductio_client::{ClientError, Frame, LiveMessages};
use tokio::sync::Mutex;
use wasm_bindgen::prelude::*;

use crate::pending::Pending;
use crate::record;

/// An open stream.
#[wasm_bindgen]
pub struct Stream(Rc<Mutex<Option<LiveMessages>>>);

impl Stream {
    pub(crate) fn new(live: LiveMessages) -> Self {
        Self(Rc::new(Mutex::new(Some(live))))
    }
}

#[wasm_bindgen]
impl Stream {
    /// An array of the next message, an empty one for a ping; undefined at the end.
    pub fn next(&self) -> Pending {
        let live = Rc::clone(&self.0);
        Pending::new(async move {
            let mut live = live.lock().await;
            let Some(live) = live.as_mut() else {
                return Ok(JsValue::UNDEFINED);
            };
            loop {
                return Ok::<_, ClientError>(match live.next_frame().await? {
                    Some(Frame::Message(message)) => Array::of1(&record::message(&message)).into(),
                    Some(Frame::Ping) => Array::new().into(),
                    // Nobody's word: the stream goes on.
                    Some(Frame::Refused(_)) => continue,
                    None => JsValue::UNDEFINED,
                });
            }
        })
    }

    /// Ends the stream, when nobody waits for its next message.
    pub fn close(&self) -> Pending {
        let live = Rc::clone(&self.0);
        Pending::silent(async move {
            drop(live.lock().await.take());
            Ok::<_, ClientError>(())
        })
    }
}
