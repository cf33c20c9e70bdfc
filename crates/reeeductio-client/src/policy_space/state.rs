//! Following the topic `state`, and proofs of all that is read.

use reeeductio_core::log::{Judged, LogError, LogItem, LogQuestion, ProvenLog, Step, Unsettled};
use reeeductio_core::{ChainError, StateChain, VerifiedMessage};
use reeeductio_proto::tree::Proof;
use reeeductio_proto::{ErrorCode, Position, StatePath, TopicId, View, is_authority};

use super::PolicySpace;
use super::requests::{Told, no_policy};
use super::restoring::Tries;
use crate::error::ClientError;
use crate::platform::now;

/// Messages asked for at a time.
pub(super) const PAGE: usize = 1_000;
/// Questions that follow one answer: each comes from an answer that another task has taken in meanwhile.
const QUESTIONS: usize = 16;

impl PolicySpace {
    /// Reads the state to its end. All who need that at once share one reading.
    pub(crate) async fn follow_state(&self) -> Result<(), ClientError> {
        let round = || {
            let space = self.clone();
            async move { space.read_state().await }
        };
        self.shared.state_rounds.run(round).await
    }

    async fn read_state(&self) -> Result<(), ClientError> {
        let mut tries = Tries::default();
        loop {
            match self.read_state_once().await {
                Err(error) if self.tries_again(&error, &mut tries).await? => {}
                other => return other,
            }
        }
    }

    async fn read_state_once(&self) -> Result<(), ClientError> {
        loop {
            let question = self.with(|known| known.log.ask_state(&known.state, PAGE));
            let Told { answer, .. } = self.messages(&question).await?;
            let retry = (question.clone(), answer.clone());
            let linked = question.link(answer)?;
            let first = self.with(|known| linked.prove(&mut known.log, &known.state));
            let step = match first {
                // The server may sign by another key since a later entry of the settings.
                Err(LogError::Checkpoint(_) | LogError::NoKey(_)) => {
                    let (question, answer) = retry;
                    self.prove_by_newest_settings(question, answer).await
                }
                other => other.map_err(Into::into),
            };
            let proven = self.settle(step?).await?;
            let (judged, takes_away) = self.with(|known| {
                let judged = proven.extend(&mut known.log, &mut known.state)?;
                known.has_taken_away |= judged.items.iter().any(takes_away);
                if let Some(audit) = &mut known.audit {
                    let verified = judged.items.iter().filter_map(LogItem::verified);
                    verified.for_each(|message| audit.take(message.message()));
                }
                Ok::<_, LogError>((judged, known.has_taken_away))
            })?;
            if takes_away {
                self.keep_snapshot().await?;
            }
            self.keep_judged(&judged).await?;
            if !judged.has_more {
                break;
            }
        }
        self.with(|known| check_policy(&known.state))?;
        self.keep_snapshot().await
    }

    async fn prove_by_newest_settings(
        &self,
        question: LogQuestion,
        answer: reeeductio_core::log::LogAnswer,
    ) -> Result<Step<ProvenLog>, ClientError> {
        let settings = self.newest_settings().await?;
        let linked = question.with_settings(settings).link(answer)?;
        Ok(self.with(|known| linked.prove(&mut known.log, &known.state))?)
    }

    /// Asks the server for the consistency proofs that something needs to be believed.
    pub(super) async fn settle<T>(&self, step: Step<T>) -> Result<T, ClientError> {
        let answer = |unsettled: Unsettled<T>, proof: &Proof| {
            self.with(|known| unsettled.answer(&mut known.log, proof))
        };
        self.settle_by(step, answer).await
    }

    /// The same for a log that is not the handle's yet.
    pub(super) async fn settle_by<T>(
        &self,
        mut step: Step<T>,
        mut answer: impl FnMut(Unsettled<T>, &Proof) -> Result<Step<T>, LogError>,
    ) -> Result<T, ClientError> {
        for _ in 0..QUESTIONS {
            let unsettled = match step {
                Step::Done(value) => return Ok(value),
                Step::Ask(unsettled) => unsettled,
            };
            let proof = match self.consistency(unsettled.question()).await {
                // It has signed the larger one of the two trees, and has it no more.
                Err(error) if error.code() == Some(ErrorCode::RequestInvalid) => {
                    return Err(LogError::RolledBack("a checkpoint without a proof").into());
                }
                other => other?,
            };
            step = answer(*unsettled, &proof)?;
        }
        Err(LogError::Stale.into())
    }

    /// Takes an answer about a topic through all steps, up to the judgement. Nothing is remembered yet.
    pub(super) async fn judge(
        &self,
        question: LogQuestion,
        told: Told,
    ) -> Result<Judged, ClientError> {
        let linked = question.link(told.answer)?;
        // The server may sign by another key since a later entry of the settings.
        if self.with(|known| linked.needs_settings(&known.state)) {
            self.follow_state().await?;
        }
        let step = self.with(|known| linked.prove(&mut known.log, &known.state))?;
        let proven = self.settle(step).await?;
        if self.with(|known| proven.needs_state(&known.log, &known.state)) {
            self.follow_state().await?;
        }
        let latest = self.base().connection().server_time_latest();
        let latest = latest.unwrap_or_else(now);
        Ok(self.with(|known| proven.judge(&known.log, &known.state, latest))?)
    }

    /// The data of the newest entry at a path of the state; `None` if there is none or it was removed. The entry is one that the
    /// verified chain has.
    pub(crate) async fn state_data(
        &self,
        path: &StatePath,
    ) -> Result<Option<VerifiedMessage>, ClientError> {
        let Some(position) = self.with(|known| known.state.entry(path)) else {
            return Ok(None);
        };
        let message = self.state_message(position).await?;
        Ok((!message.is_tombstone()).then_some(message))
    }

    /// The message that the verified chain has at a position of the state, and that had authority.
    pub(super) async fn state_message(
        &self,
        position: Position,
    ) -> Result<VerifiedMessage, ClientError> {
        let asked = self.message(&TopicId::state(), &position.hash, None).await;
        let told = match asked {
            // It is in the chain, so it is there.
            Err(error) if error.code() == Some(ErrorCode::MessageNotFound) => {
                let what = format!("message {} of topic state", position.hash);
                return Err(ChainError::Withheld { what }.into());
            }
            other => other?,
        };
        let entry = told.answer.entries.into_iter().next();
        let entry = entry.ok_or_else(|| ClientError::answer("message", "is missing"))?;
        Ok(self.with(|known| known.state.accept(position, entry.message))?)
    }

    /// Looks at the view of the state as it was read.
    pub(crate) fn with_view<T>(&self, look: impl FnOnce(&View) -> T) -> T {
        self.with(|known| look(known.state.view()))
    }
}

/// Returns whether an entry of the state may take away a member or a right, or changes the settings.
fn takes_away(item: &LogItem) -> bool {
    item.verified().is_some_and(|message| {
        let message = message.message();
        let is_removal = message.is_tombstone() && is_authority(&message.kind);
        is_removal
            || ["auth/leaves/", "space/"]
                .iter()
                .any(|path| message.kind.starts_with(path))
    })
}

/// Refuses a space without a policy, and one of a later release.
pub(super) fn check_policy(state: &StateChain) -> Result<(), ClientError> {
    let view = state.view();
    if let Some(refusal) = view.unreadable_policy() {
        return Err(ClientError::Invalid {
            code: ErrorCode::FormatUnknown,
            field: "policy",
            message: refusal.to_string(),
        });
    }
    if !state.is_empty() && view.policy().is_none() {
        return Err(no_policy());
    }
    Ok(())
}
