//! Telling a program how far a transfer is.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{Either, select};
use js_sys::Function;
use reeeductio_client::{ClientError, Transferred};
use tokio::sync::Notify;
use wasm_bindgen::JsValue;

use crate::failure::Failure;

/// A program's function, and what it threw.
#[derive(Clone)]
pub(crate) struct Progress {
    call: Function,
    thrown: Rc<RefCell<Option<JsValue>>>,
    /// Woken when it has thrown.
    ended: Rc<Notify>,
}

impl Progress {
    pub(crate) fn new(call: Function) -> Self {
        Self {
            call,
            thrown: Rc::default(),
            ended: Rc::default(),
        }
    }

    /// Calls the function with the bytes that have gone over and the bytes in all.
    #[expect(clippy::cast_precision_loss, reason = "exact far beyond any blob")]
    fn report(&self, transferred: Transferred) {
        if self.thrown.borrow().is_some() {
            return;
        }
        let total = transferred
            .total
            .map_or(JsValue::UNDEFINED, |total| (total as f64).into());
        let bytes = (transferred.bytes as f64).into();
        if let Err(thrown) = self.call.call2(&JsValue::UNDEFINED, &bytes, &total) {
            *self.thrown.borrow_mut() = Some(thrown);
            self.ended.notify_one();
        }
    }

    /// Returns the function that a transfer calls with its progress.
    pub(crate) fn reporter(&self) -> impl FnMut(Transferred) + 'static {
        let progress = self.clone();
        move |transferred| progress.report(transferred)
    }

    /// Runs the transfer. An exception of the function ends it.
    pub(crate) async fn watch<T>(
        &self,
        transfer: impl Future<Output = Result<T, ClientError>>,
    ) -> Result<T, Failure> {
        let result = match select(pin!(self.ended.notified()), pin!(transfer)).await {
            Either::Left(_) => None,
            Either::Right((result, _)) => Some(result),
        };
        match (self.thrown.borrow_mut().take(), result) {
            (Some(thrown), _) => Err(Failure::Thrown(thrown)),
            (None, Some(result)) => Ok(result?),
            (None, None) => Err(ClientError::Interrupted("the transfer".to_owned()).into()),
        }
    }
}
