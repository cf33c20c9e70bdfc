//! Telling a program how far a transfer is.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Function;
use reeeductio_client::Transferred;
use wasm_bindgen::JsValue;

use crate::failure::Failure;

/// A program's function, and what it threw.
#[derive(Clone)]
pub(crate) struct Progress {
    call: Option<Function>,
    thrown: Rc<RefCell<Option<JsValue>>>,
}

impl Progress {
    pub(crate) fn new(call: Option<Function>) -> Self {
        Self {
            call,
            thrown: Rc::default(),
        }
    }

    /// Calls the function with the bytes that have gone over and the bytes in all.
    #[expect(clippy::cast_precision_loss, reason = "exact far beyond any blob")]
    pub(crate) fn report(&self, transferred: Transferred) {
        let Some(call) = &self.call else { return };
        let total = transferred
            .total
            .map_or(JsValue::UNDEFINED, |total| (total as f64).into());
        let bytes = (transferred.bytes as f64).into();
        if let Err(thrown) = call.call2(&JsValue::UNDEFINED, &bytes, &total) {
            self.thrown.borrow_mut().get_or_insert(thrown);
        }
    }

    /// [`report`](Self::report), to be given away.
    pub(crate) fn reporter(&self) -> impl FnMut(Transferred) + 'static {
        let progress = self.clone();
        move |transferred| progress.report(transferred)
    }

    /// What the transfer gives, unless the function threw.
    pub(crate) fn settle<T, E: Into<Failure>>(&self, result: Result<T, E>) -> Result<T, Failure> {
        match self.thrown.borrow_mut().take() {
            Some(thrown) => Err(Failure::Thrown(thrown)),
            None => result.map_err(Into::into),
        }
    }
}
