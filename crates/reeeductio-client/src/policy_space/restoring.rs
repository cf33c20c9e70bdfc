//! Going over to the history of a restored server.

use reeeductio_core::StateChain;
use reeeductio_core::log::{Judged, Log, LogError, LogRecord, Step};

use super::lane::OwnLane;
use super::requests::Told;
use super::restored::{LostMessage, ServerRestored};
use super::state::{PAGE, check_policy};
use super::{PolicyError, PolicySpace, keep};
use crate::error::ClientError;

/// How often an operation is tried again because the server was restored meanwhile.
const TRIES: u32 = 4;

/// Tries of an operation.
#[derive(Debug, Default)]
pub(super) struct Tries(u32);

impl PolicySpace {
    /// Returns whether an operation that has failed is to be tried again: its answer was of another history of the server than the known
    /// one, and the handle has gone over to that since. `server.restored` if something is missing there.
    pub(super) async fn tries_again(
        &self,
        error: &ClientError,
        tries: &mut Tries,
    ) -> Result<bool, ClientError> {
        let ClientError::Policy(failure) = error else {
            return Ok(false);
        };
        let known = match failure.error() {
            PolicyError::Log(LogError::Incarnation { known, .. }) => Some(*known),
            PolicyError::Log(LogError::Stale) => None,
            _ => return Ok(false),
        };
        tries.0 += 1;
        if tries.0 > TRIES {
            return Ok(false);
        }
        if let Some(known) = known {
            // It is large, and rare.
            Box::pin(self.go_over(known, error)).await?;
        }
        Ok(true)
    }

    /// Goes over to the present history of the server, by the statements of its operator. Without them it is a rollback, as `error` says.
    async fn go_over(&self, known: [u8; 8], error: &ClientError) -> Result<(), ClientError> {
        let _turn = self.shared.restore_turn.lock().await;
        let (mut log, mut state) = self.with(|known| (known.log.clone(), known.state.clone()));
        let Some(host) = host_of(&log, known) else {
            // Another task was faster.
            return Ok(());
        };
        if self.reload(&log, &state).await? {
            return Ok(());
        }
        let lanes = self.own_lanes().await?;
        // An earlier restore was told then, with all that it has taken back of them.
        let left = |log: &Log, lane: &OwnLane| log.survived_since(lane.restores());
        let lanes: Vec<_> = { lanes.into_iter() }
            .map(|(topic, lane)| (topic, left(&log, &lane), lane))
            .collect();
        let (mut report, mut records) = (ServerRestored::new(), Vec::new());
        for restore in self.restores(&host).await? {
            let newest = log.checkpoint().map(|newest| &newest.origin);
            if newest != Some(&restore.survived.origin) {
                continue;
            }
            let (restored, record) = log.accept_restore(&state, &restore)?;
            log.go_over(&mut state, &record);
            report.add(restored);
            records.push(record);
        }
        if records.is_empty() {
            return Err(error.clone());
        }
        if state.is_empty() {
            records.extend(self.read_anew(&mut log, &mut state).await?);
        }
        for (topic, before, lane) in lanes {
            let (lost, is_whole) = lane.lost(left(&log, &lane)..before);
            report.own_is_whole &= is_whole;
            report
                .own
                .extend(lost.into_iter().map(|(client_id, posted)| {
                    let topic = topic.clone();
                    LostMessage {
                        topic,
                        client_id,
                        posted,
                    }
                }));
        }
        report.own.sort_unstable_by_key(|lost| lost.posted.number);
        let at = self.server_time();
        report.undone = log.undone(&state, at);
        self.keep_restore(&log, &state, records).await?;
        self.with(|known| known.go_over(log, state));
        if report.is_nothing() {
            return Ok(());
        }
        Err(PolicyError::Restored(Box::new(report)).into())
    }

    /// Goes over with another process that shares the store, if it was faster; that one has told what is missing.
    async fn reload(&self, log: &Log, state: &StateChain) -> Result<bool, ClientError> {
        if self.base().records().is_none() {
            return Ok(false);
        }
        let mut kept = keep::load(self.base(), state.kept_prefixes()).await?;
        if kept.log.restores() <= log.restores() {
            return Ok(false);
        }
        if kept.state.is_empty() {
            self.read_anew(&mut kept.log, &mut kept.state).await?;
        }
        self.with(|known| known.go_over(kept.log, kept.state));
        Ok(true)
    }

    /// Reads the state from its first message on, for a log that is not the handle's yet. Returns the records of it.
    async fn read_anew(
        &self,
        log: &mut Log,
        state: &mut StateChain,
    ) -> Result<Vec<LogRecord>, ClientError> {
        let mut records = Vec::new();
        loop {
            let judged = self.read_page_anew(log, state).await?;
            let _withheld = log.remember(&judged);
            records.extend(judged.records);
            if !judged.has_more {
                check_policy(state)?;
                return Ok(records);
            }
        }
    }

    async fn read_page_anew(
        &self,
        log: &mut Log,
        state: &mut StateChain,
    ) -> Result<Judged, ClientError> {
        let question = log.ask_state(state, PAGE);
        let Told { answer, .. } = self.messages(&question).await?;
        let retry = (question.clone(), answer.clone());
        let step: Step<_> = match question.link(answer)?.prove(log, state) {
            // The server may sign by another key since a later entry of the settings.
            Err(LogError::Checkpoint(_) | LogError::NoKey(_)) => {
                let (question, answer) = retry;
                let settings = self.newest_settings().await?;
                let linked = question.with_settings(settings).link(answer)?;
                linked.prove(log, state)?
            }
            other => other?,
        };
        let answer =
            |unsettled: reeeductio_core::log::Unsettled<_>, proof: &_| unsettled.answer(log, proof);
        let proven = self.settle_by(step, answer).await?;
        Ok(proven.extend(log, state)?)
    }
}

/// The server's name, if this is the history that is known.
fn host_of(log: &Log, incarnation: [u8; 8]) -> Option<String> {
    let origin = &log.checkpoint()?.origin;
    (origin.incarnation() == incarnation).then(|| origin.host().to_owned())
}
