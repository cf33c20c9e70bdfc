//! Streams made of asynchronous steps.

use std::fmt;
use std::task::{Context, Poll, ready};

use crate::platform::PortableFuture;

/// A state and the step that is being taken with it. The step takes the state and gives it back with its result, so nothing is lost
/// when nobody waits for the result any more: the next poll goes on with the step.
pub(super) struct Steps<S, T> {
    state: Option<S>,
    step: Option<PortableFuture<'static, (S, T)>>,
}

impl<S, T> Steps<S, T> {
    pub(super) fn new(state: S) -> Self {
        Self {
            state: Some(state),
            step: None,
        }
    }

    /// Goes on with the step, or takes the next one.
    pub(super) fn poll(
        &mut self,
        context: &mut Context<'_>,
        next: impl FnOnce(S) -> PortableFuture<'static, (S, T)>,
    ) -> Poll<T> {
        if let Some(state) = self.state.take() {
            self.step = Some(next(state));
        }
        let Some(step) = &mut self.step else {
            // Either the state or the step is there always.
            return Poll::Pending;
        };
        let (state, result) = ready!(step.as_mut().poll(context));
        (self.state, self.step) = (Some(state), None);
        Poll::Ready(result)
    }
}

impl<S, T> fmt::Debug for Steps<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Steps")
            .field("running", &self.step.is_some())
            .finish_non_exhaustive()
    }
}
