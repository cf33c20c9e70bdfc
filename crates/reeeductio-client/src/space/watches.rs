//! Values that are followed: the current ones first, then their changes.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::Stream;
use futures_util::future::Either;

use super::Space;
use super::live::{Backoff, Expected, LiveOptions, RetryPolicy};
use super::steps::Steps;
use crate::error::ClientError;
use crate::platform::{BoxFuture, MaybeSend, wait};

type Item<T> = Option<Result<T, ClientError>>;

/// The state of a watch between two items.
pub(super) trait Changes<T>: MaybeSend {
    /// The next item; `None` after the end. Cancelling loses nothing.
    fn next(&mut self) -> BoxFuture<'_, Item<T>>;
}

/// Waits between attempts at something that is to succeed sooner or later.
pub(super) struct Patience {
    backoff: Backoff,
    /// From the first failure until it succeeds.
    expected: Option<Expected>,
}

impl Patience {
    pub(super) fn new() -> Self {
        let options = LiveOptions::default();
        Self {
            backoff: Backoff::new(options.first_pause, options.longest_pause),
            expected: None,
        }
    }

    /// The result; `None`, after a pause, if it failed in a way that passes by itself.
    pub(super) async fn settle<T>(
        &mut self,
        space: &Space,
        result: Result<T, ClientError>,
    ) -> Option<Result<T, ClientError>> {
        let error = match result {
            Ok(value) => {
                self.backoff.reset();
                self.expected = None;
                return Some(Ok(value));
            }
            Err(error) => error,
        };
        match RetryPolicy::of(&error) {
            RetryPolicy::None => {
                self.expected = None;
                return Some(Err(error));
            }
            RetryPolicy::After(pause) => self.backoff.at_least(pause),
            RetryPolicy::Soon => {}
        }
        // Nobody may wait any more: then this is dropped here, and nothing is expected.
        let expected = match self.expected.take() {
            Some(expected) => expected,
            None => space.inner.hub.expect(),
        };
        let pause = self.backoff.pause(space.inner.jitter.share());
        self.backoff.failed();
        wait(pause).await;
        self.expected = Some(expected);
        None
    }
}

/// The values at a path and below it: the current ones first, then each change, as they are stored. A [`Stream`].
///
/// When the connection is lost it is made again, and what was missed is told: of a value that changed several times meanwhile, at
/// least the last change. An error about one value does not end the watch. It ends when it is dropped, or after a refusal that does
/// not pass by itself. All watches and streams of a space share one connection.
pub struct Watch<T> {
    steps: Steps<Box<dyn Changes<T>>, Item<T>>,
    /// Whether the watch has ended with its runtime, and said so.
    lost: bool,
}

impl<T: MaybeSend + 'static> Watch<T> {
    pub(super) fn new(changes: impl Changes<T> + 'static) -> Self {
        Self {
            steps: Steps::new(Box::new(changes)),
            lost: false,
        }
    }

    /// The next value; `None` after the end. Cancelling loses nothing. As [`Stream`] has it, for programs that import no traits.
    pub async fn next(&mut self) -> Option<Result<T, ClientError>> {
        match self.steps.rest().await {
            Ok(Either::Left(changes)) => changes.next().await,
            Ok(Either::Right(item)) => item,
            Err(lost) => self.end(lost),
        }
    }

    /// Tells once that the watch has ended with its runtime.
    fn end(&mut self, lost: ClientError) -> Item<T> {
        let told = std::mem::replace(&mut self.lost, true);
        (!told).then_some(Err(lost))
    }
}

impl<T: MaybeSend + 'static> Stream for Watch<T> {
    type Item = Result<T, ClientError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Item<T>> {
        let step = self.steps.poll(context, |mut changes| {
            Box::pin(async move {
                let item = changes.next().await;
                (changes, item)
            })
        });
        match ready!(step) {
            Ok(item) => Poll::Ready(item),
            Err(lost) => Poll::Ready(self.end(lost)),
        }
    }
}

impl<T> std::fmt::Debug for Watch<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}
