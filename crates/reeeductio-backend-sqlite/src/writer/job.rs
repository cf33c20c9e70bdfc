//! One write: decided in a transaction, answered after it.

use reeeductio_backend::BackendError;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::OPERATION;
use crate::write::Batch;

pub(super) trait Job: Send {
    /// Decides and writes. Fails when it has written something and could not finish: the transaction is then
    /// good for nothing. An error before the first write concerns only this job and is its answer.
    fn run(&mut self, batch: &mut Batch<'_>) -> Result<(), BackendError>;

    /// Takes an error for the answer.
    fn refuse(&mut self, error: BackendError);

    /// The runtime of the task that waits for the answer.
    fn asked_from(&self) -> Option<Handle>;

    /// Answers; `Err` when the transaction was not committed.
    fn answer(self: Box<Self>, committed: Result<(), BackendError>);
}

pub(super) struct Write<T, F> {
    work: F,
    runtime: Option<Handle>,
    outcome: Option<Result<T, BackendError>>,
    reply: oneshot::Sender<Result<T, BackendError>>,
}

impl<T, F> Write<T, F> {
    pub(super) fn new(work: F, reply: oneshot::Sender<Result<T, BackendError>>) -> Self {
        Self {
            work,
            runtime: Handle::try_current().ok(),
            outcome: None,
            reply,
        }
    }
}

impl<T, F> Job for Write<T, F>
where
    T: Send,
    F: FnMut(&mut Batch<'_>) -> Result<T, BackendError> + Send,
{
    fn asked_from(&self) -> Option<Handle> {
        self.runtime.clone()
    }

    fn run(&mut self, batch: &mut Batch<'_>) -> Result<(), BackendError> {
        let before = batch.writes();
        match (self.work)(batch) {
            Err(error) if batch.writes() != before => Err(error),
            outcome => {
                self.outcome = Some(outcome);
                Ok(())
            }
        }
    }

    fn refuse(&mut self, error: BackendError) {
        self.outcome = Some(Err(error));
    }

    fn answer(self: Box<Self>, committed: Result<(), BackendError>) {
        let outcome = match (committed, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (Err(error), _) => Err(error),
            (Ok(()), None) => Err(BackendError::unavailable(
                OPERATION,
                "the write was not run",
            )),
        };
        // The caller may have gone; the write is done all the same.
        let _gone = self.reply.send(outcome);
    }
}
