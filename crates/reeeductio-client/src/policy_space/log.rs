//! The server's signed log of a space, and what other members have seen of it.

use reeeductio_core::log::{Clarified, LogError, SeenVerdict, SignedCheckpoint, Suspicion};
use reeeductio_proto::tree::Proof;

use super::PolicySpace;
use super::known::Known;
use super::restoring::Tries;
use crate::error::ClientError;

/// Checkpoints of other members that are compared in one call.
const COMPARED: usize = 1_024;

/// The server's signed log of a space.
#[derive(Clone, Debug)]
pub struct PolicyLog(pub(super) PolicySpace);

impl PolicyLog {
    /// Asks the server for its newest checkpoint, and has it prove that it is the known history, grown. `verify.rolled_back` if the
    /// server has gone back in time, `verify.split_view` with [evidence](crate::PolicyError::evidence) if it shows two histories.
    ///
    /// If the server was restored from a backup, and its operator says so, that is `server.restored` once, with
    /// [what is missing](crate::PolicyError::restored), if something is.
    pub async fn checkpoint(&self) -> Result<SignedCheckpoint, ClientError> {
        let mut tries = Tries::default();
        loop {
            match self.try_checkpoint().await {
                Err(error) if self.0.tries_again(&error, &mut tries).await? => {}
                other => return other,
            }
        }
    }

    pub(super) async fn try_checkpoint(&self) -> Result<SignedCheckpoint, ClientError> {
        let asked = self.0.with(|known| known.log.ask_checkpoint());
        let note = self.0.newest_note().await?;
        self.take(&note, asked).await
    }

    /// Compares a checkpoint with the known history: one that another member gave, by whatever way.
    pub async fn compare_note(&self, note: &str) -> Result<SignedCheckpoint, ClientError> {
        self.take(note, reeeductio_core::log::Asked::default())
            .await
    }

    async fn take(
        &self,
        note: &str,
        asked: reeeductio_core::log::Asked,
    ) -> Result<SignedCheckpoint, ClientError> {
        let take = || {
            let take = |known: &mut Known| known.log.take_checkpoint(&known.state, note, asked);
            self.0.with(take)
        };
        let step = match take() {
            // The server may sign by another key since a later entry of the settings.
            Err(LogError::Checkpoint(_) | LogError::NoKey(_)) => {
                self.0.follow_state().await?;
                take()?
            }
            taken => taken?,
        };
        let signed = self.0.settle(step).await?;
        let newest = self.0.with(|known| known.log.signed_checkpoint().cloned());
        if newest.as_ref() == Some(&signed) {
            let record = reeeductio_core::log::LogRecord::Checkpoint(Box::new(signed.clone()));
            self.0.keep_records(vec![record]).await?;
        }
        Ok(signed)
    }

    /// Compares what the authors of messages say they have seen with the own history, as far as that can be known now. Returns how many
    /// checkpoints agree; those that do not are [suspicions](Self::suspicions).
    pub async fn compare_seen(&self) -> Result<usize, ClientError> {
        let mut agree = 0;
        for _ in 0..COMPARED {
            let Some(question) = self.0.with(|known| known.log.ask_seen()) else {
                break;
            };
            let proof = match question.consistency() {
                Some(asked) => self.0.consistency(asked).await?,
                None => Proof::default(),
            };
            let taken = self.0.with(|known| {
                known.log.take_seen(question, &proof).map_err(|suspicions| {
                    for suspicion in suspicions {
                        known.suspect(suspicion);
                    }
                })
            });
            if let Ok(records) = taken {
                agree += 1;
                self.0.keep_records(records).await?;
            }
        }
        Ok(agree)
    }

    /// Takes the suspicions that arose since the last call: what members say that they have seen, and what this client was shown,
    /// are two histories. Either the member or the server lies.
    pub fn suspicions(&self) -> Vec<Suspicion> {
        self.0.with(|known| known.suspicions.drain(..).collect())
    }

    /// Finds out about a suspicion by a note of the size that the member has seen: one that the server signed, or that the member keeps.
    pub fn clarify(&self, suspicion: &Suspicion, note: &str) -> Result<Clarified, ClientError> {
        Ok(self.0.with(|known| suspicion.clarify(&known.state, note))?)
    }

    /// The signed checkpoint of a size that an own message has named, to convince somebody who was shown another history; `None` if it
    /// is not kept any more.
    pub fn kept_checkpoint(&self, size: u64) -> Option<SignedCheckpoint> {
        self.0
            .with(|known| known.log.kept_checkpoint(size).cloned())
    }

    /// Whether the checkpoint that the newest message of a lane names agrees with the own history; `None` if it names none.
    pub fn verdict(
        &self,
        topic: &reeeductio_proto::TopicId,
        lane: &reeeductio_proto::Lane,
    ) -> Option<SeenVerdict> {
        self.0.with(|known| {
            let sighting = known.log.sighting(topic, lane)?;
            Some(sighting.verdict)
        })
    }
}
