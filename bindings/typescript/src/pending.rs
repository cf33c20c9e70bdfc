//! An operation that can be run.

use std::future::Future;
use std::pin::pin;

use futures_util::future::{Either, FutureExt as _, LocalBoxFuture, select};
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use crate::failure::Failure;

/// An operation that has not begun.
#[wasm_bindgen]
pub struct Pending(LocalBoxFuture<'static, Result<JsValue, Failure>>);

impl Pending {
    pub(crate) fn new<T: Into<JsValue>>(
        work: impl Future<Output = Result<T, impl Into<Failure>>> + 'static,
    ) -> Self {
        Self(
            work.map(|result| result.map(Into::into).map_err(Into::into))
                .boxed_local(),
        )
    }

    /// One that answers nothing.
    pub(crate) fn silent(
        work: impl Future<Output = Result<(), impl Into<Failure>>> + 'static,
    ) -> Self {
        Self::new(work.map(|result| result.map(|()| JsValue::UNDEFINED)))
    }
}

#[wasm_bindgen]
impl Pending {
    /// Runs the operation. If `ended` rejects before it is done, the operation is dropped, and what it had
    /// under way with it.
    pub fn run(self, ended: Option<Promise>) -> Promise {
        future_to_promise(async move {
            let Some(ended) = ended else {
                return self.0.await.map_err(JsValue::from);
            };
            let mut work = self.0;
            match select(work.as_mut(), pin!(JsFuture::from(ended))).await {
                Either::Left((result, _)) => result.map_err(JsValue::from),
                Either::Right((Err(reason), _)) => Err(reason),
                // It cannot end any more.
                Either::Right((Ok(_), work)) => work.await.map_err(JsValue::from),
            }
        })
    }
}
