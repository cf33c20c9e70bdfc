//! The newest checkpoint that was verified, and what may come after it.

use std::collections::VecDeque;

use reeeductio_proto::tree::{Proof, empty_root};
use reeeductio_proto::{Checkpoint, CheckpointError, LogServer, SpaceId};

use super::consistency::{Agreement, ConsistencyQuestion};
use super::error::LogError;
use super::evidence::Evidence;

/// Notes that are kept because messages of this client name them.
const NAMED: usize = 64;
/// Incarnations of which late answers are recognised.
const INCARNATIONS: usize = 64;

/// A checkpoint whose signature was verified, with its note.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: String,
    log_key: [u8; 32],
}

impl SignedCheckpoint {
    /// Verifies a note: signed by the server that the settings name, for the space.
    pub fn verify(space: SpaceId, server: &LogServer, note: &str) -> Result<Self, CheckpointError> {
        let checkpoint = Checkpoint::verify(note, &server.log_key)?;
        if checkpoint.origin.space() != space || checkpoint.origin.host() != server.host {
            return Err(CheckpointError::Origin);
        }
        if checkpoint.size == 0 && checkpoint.root != empty_root() {
            return Err(CheckpointError::Malformed);
        }
        Ok(Self {
            checkpoint,
            note: note.to_owned(),
            log_key: server.log_key,
        })
    }

    /// The checkpoint.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note, as the server signed it.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// The key that signed it.
    pub fn log_key(&self) -> &[u8; 32] {
        &self.log_key
    }

    /// Evidence that this and another one do not agree, if they and the proof are that.
    pub fn evidence(&self, other: &Self, proof: &Proof) -> Option<Evidence> {
        if self.log_key != other.log_key {
            return None;
        }
        let notes = (self.note.clone(), other.note.clone());
        Evidence::new(self.log_key, notes.0, notes.1, proof.clone()).ok()
    }
}

/// Knowledge of the tree when a question was asked: an answer may be older than what was learned since.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Asked(Option<([u8; 8], u64)>);

impl Asked {
    /// Events that were known to be in the tree.
    pub(super) fn size(self) -> u64 {
        self.0.map_or(0, |(_, size)| size)
    }
}

/// The history that a client goes on from.
#[derive(Clone, Debug, Default)]
pub(super) struct Checkpoints {
    newest: Option<Known>,
    /// Incarnations before the newest one's, and how many events of each survived its end.
    past: VecDeque<([u8; 8], u64)>,
    /// Restores that were accepted.
    restores: u32,
    named: VecDeque<SignedCheckpoint>,
}

#[derive(Clone, Debug)]
struct Known {
    checkpoint: Checkpoint,
    /// `None` for what an operator says that survived: the server has signed nothing of the new history yet.
    signed: Option<SignedCheckpoint>,
}

/// Next step after a checkpoint was offered.
#[derive(Debug)]
pub(super) enum Offered {
    /// It belongs to the known history. Its size may be smaller than that of the newest one.
    Settled,
    /// The server must prove it first.
    Ask(ConsistencyQuestion),
}

impl Checkpoints {
    pub(super) fn asked(&self) -> Asked {
        let newest = self.newest.as_ref().map(|known| &known.checkpoint);
        Asked(newest.map(|newest| (newest.origin.incarnation(), newest.size)))
    }

    pub(super) fn newest(&self) -> Option<&Checkpoint> {
        self.newest.as_ref().map(|known| &known.checkpoint)
    }

    pub(super) fn signed(&self) -> Option<&SignedCheckpoint> {
        self.newest.as_ref()?.signed.as_ref()
    }

    /// Checks that a checkpoint is of the history that is known, if one is.
    pub(super) fn check_incarnation(&self, offered: &SignedCheckpoint) -> Result<(), LogError> {
        let shown = offered.checkpoint.origin.incarnation();
        let known = self.newest().map(|newest| newest.origin.incarnation());
        match known {
            Some(known) if known != shown && self.is_past(shown) => Err(LogError::Stale),
            Some(known) if known != shown => Err(LogError::Incarnation { known, shown }),
            _ => Ok(()),
        }
    }

    /// Compares a checkpoint with the known history, and keeps it if it is newer. `proven` is the question that the server has
    /// answered about it with success.
    pub(super) fn offer(
        &mut self,
        offered: &SignedCheckpoint,
        asked: Asked,
        proven: Option<&ConsistencyQuestion>,
    ) -> Result<Offered, LogError> {
        let shown = offered.checkpoint.origin.incarnation();
        let (size, root) = (offered.checkpoint.size, offered.checkpoint.root);
        if asked
            .0
            .is_some_and(|(incarnation, known)| incarnation == shown && size < known)
        {
            return Err(LogError::RolledBack("the checkpoint"));
        }
        let Some(known) = &self.newest else {
            self.keep(offered.clone());
            return Ok(Offered::Settled);
        };
        self.check_incarnation(offered)?;
        let newest = &known.checkpoint;
        if newest.size == size {
            if newest.root != root {
                return Err(self.contradiction(offered, &Proof::default()));
            }
            if known.signed.is_none() {
                self.keep(offered.clone());
            }
            return Ok(Offered::Settled);
        }
        let (at, newest_at) = ((size, root), (newest.size, newest.root));
        let is_newer = newest.size < size;
        let (smaller, larger) = if is_newer {
            (newest_at, at)
        } else {
            (at, newest_at)
        };
        let is_settled = smaller.0 == 0
            || proven.is_some_and(|proven| {
                proven.smaller() == smaller && (!is_newer || proven.larger() == larger)
            });
        if !is_settled {
            return match ConsistencyQuestion::new(smaller, larger) {
                Some(question) => Ok(Offered::Ask(question)),
                None => Ok(Offered::Settled),
            };
        }
        if is_newer {
            self.keep(offered.clone());
        }
        Ok(Offered::Settled)
    }

    /// Reads the proof that a checkpoint belongs to the known history.
    pub(super) fn prove(
        &self,
        offered: &SignedCheckpoint,
        question: &ConsistencyQuestion,
        proof: &Proof,
    ) -> Result<(), LogError> {
        match question.read(proof) {
            Agreement::Agrees => Ok(()),
            Agreement::Differs => Err(self.contradiction(offered, proof)),
            Agreement::Unproven => Err(LogError::RolledBack("a checkpoint without a proof")),
        }
    }

    fn contradiction(&self, offered: &SignedCheckpoint, proof: &Proof) -> LogError {
        let evidence = self
            .signed()
            .and_then(|known| known.evidence(offered, proof));
        match evidence {
            Some(evidence) => LogError::SplitView(Box::new(evidence)),
            None => LogError::RolledBack("the checkpoint"),
        }
    }

    fn keep(&mut self, signed: SignedCheckpoint) {
        self.newest = Some(Known {
            checkpoint: signed.checkpoint.clone(),
            signed: Some(signed),
        });
    }

    /// Takes a checkpoint back from where it was kept after it was verified.
    pub(super) fn restore(&mut self, signed: SignedCheckpoint) {
        let is_newer = self.newest().is_none_or(|newest| {
            newest.origin.incarnation() != signed.checkpoint.origin.incarnation()
                || newest.size <= signed.checkpoint.size
        });
        if is_newer {
            self.keep(signed);
        }
    }

    pub(super) fn is_past(&self, incarnation: [u8; 8]) -> bool {
        self.past.iter().any(|(past, _)| *past == incarnation)
    }

    /// Goes over to a new incarnation, of which nothing but its beginning is known. `before` is the one that ended, of which so many
    /// events survived.
    pub(super) fn begin(&mut self, before: [u8; 8], survived: u64, begins: Checkpoint) {
        if self.past.len() == INCARNATIONS {
            self.past.pop_front();
        }
        self.past.push_back((before, survived));
        self.restores = self.restores.saturating_add(1);
        self.newest = Some(Known {
            checkpoint: begins,
            signed: None,
        });
    }

    /// Restores that were accepted.
    pub(super) fn restores(&self) -> u32 {
        self.restores
    }

    /// Events of the history after so many restores that all later ones have left.
    pub(super) fn survived_since(&self, restores: u32) -> u64 {
        let later = usize::try_from(self.restores.saturating_sub(restores)).unwrap_or(usize::MAX);
        match self.past.len().checked_sub(later) {
            Some(from) => {
                let later = self.past.iter().skip(from).map(|(_, survived)| *survived);
                later.min().unwrap_or(u64::MAX)
            }
            // It is not remembered what these have left.
            None => 0,
        }
    }

    /// Keeps the note of a checkpoint that an own message names.
    pub(super) fn name(&mut self, signed: SignedCheckpoint) {
        if self.named.back() == Some(&signed) {
            return;
        }
        if self.named.len() == NAMED {
            self.named.pop_front();
        }
        self.named.push_back(signed);
    }

    /// The kept notes of an own message's checkpoint, and the newest one.
    pub(super) fn kept(&self) -> impl Iterator<Item = &SignedCheckpoint> {
        self.named.iter().chain(self.signed())
    }
}
