//! Streams made of asynchronous steps.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, ready};

use futures_util::FutureExt as _;
use futures_util::future::{Either, select};
use tokio::sync::oneshot::{self, Receiver};

use crate::error::ClientError;
use crate::platform::{BoxFuture, MaybeSend, spawn};

/// A state, and the step that a stream is taking with it.
///
/// A step that a stream takes is a task of its own: nobody may poll the stream any more, and others may wait for what the step
/// holds, such as the turn to sign in. The task ends when the stream is dropped.
pub(crate) struct Steps<S, T> {
    /// `None` while a step is being taken, and for good after its runtime has ended.
    state: Option<S>,
    step: Option<Receiver<(S, T)>>,
}

impl<S: MaybeSend + 'static, T: MaybeSend + 'static> Steps<S, T> {
    pub(crate) fn new(state: S) -> Self {
        Self {
            state: Some(state),
            step: None,
        }
    }

    /// The state; the result of the step that was being taken, if there was one.
    pub(crate) async fn rest(&mut self) -> Result<Either<&mut S, T>, ClientError> {
        if self.step.is_some() {
            let result = poll_fn(|context| self.poll_step(context)).await?;
            return Ok(Either::Right(result));
        }
        self.state.as_mut().map(Either::Left).ok_or_else(lost)
    }

    /// Waits for the step that is being taken, or takes the next one.
    pub(crate) fn poll(
        &mut self,
        context: &mut Context<'_>,
        next: impl FnOnce(S) -> BoxFuture<'static, (S, T)>,
    ) -> Poll<Result<T, ClientError>> {
        if let Some(state) = self.state.take() {
            let (mut done, step) = oneshot::channel();
            let next = next(state);
            self.step = Some(step);
            spawn(async move {
                let finished = match select(next, pin!(done.closed())).await {
                    Either::Left((finished, _)) => finished,
                    Either::Right(_) => return,
                };
                // The stream may have been dropped just now.
                let _dropped = done.send(finished);
            });
        }
        self.poll_step(context)
    }

    fn poll_step(&mut self, context: &mut Context<'_>) -> Poll<Result<T, ClientError>> {
        let Some(step) = &mut self.step else {
            return Poll::Ready(Err(lost()));
        };
        let finished = ready!(step.poll_unpin(context));
        self.step = None;
        let (state, result) = finished.map_err(|_| lost())?;
        self.state = Some(state);
        Poll::Ready(Ok(result))
    }

    /// The state, unless a step is being taken.
    pub(crate) fn state(&mut self) -> Option<&mut S> {
        self.state.as_mut()
    }
}

/// The error of a stream whose state was in a task of a runtime that has ended.
fn lost() -> ClientError {
    ClientError::Interrupted("the runtime of the stream has ended: open it anew".to_owned())
}

impl<S, T> fmt::Debug for Steps<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Steps")
            .field("running", &self.step.is_some())
            .finish_non_exhaustive()
    }
}
