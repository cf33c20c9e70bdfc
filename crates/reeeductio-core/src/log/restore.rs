//! The operator's word that a server was restored from a backup.

use reeeductio_proto::{
    Checkpoint, Origin, PublicKey, Signature, SignatureError, TopicId, restore_statement,
};

use super::Log;
use super::error::LogError;
use super::in_force::InForce;
use super::record::LogRecord;
use crate::chain::StateChain;

/// Statement of a restore: the tree that survived of the old history, and the name of the new one, signed by the operator's key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Restore {
    /// The tree of the old history as it was restored.
    pub survived: Checkpoint,
    /// The incarnation of the new history.
    pub incarnation: [u8; 8],
    /// By the key that `space/settings` names, which is not on the server.
    pub signature: Signature,
}

/// Events that a restore took back.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Restored {
    /// Events that survived, by the operator's word.
    pub survived: u64,
    /// Events that this client knows of and that are missing.
    pub missing: u64,
    /// Topics of which this client knows messages that are missing.
    pub topics: Vec<TopicId>,
    /// Messages of the topic `state` that are missing. They stay in force.
    pub state: usize,
}

impl Restore {
    /// Verifies the operator's signature.
    pub(super) fn verify(&self, operator_key: &[u8; 32]) -> Result<(), SignatureError> {
        let statement = restore_statement(&self.survived, self.incarnation);
        PublicKey::parse(operator_key)?.verify(&statement, &self.signature)
    }
}

impl Log {
    /// Looks at the operator's statement of a restore, and returns what is missing, with the record to be kept first. Nothing has changed
    /// before [`go_over`](Self::go_over).
    ///
    /// The server cannot prove that the survived tree is the beginning of the known one, because it has lost the rest: the operator
    /// answers for it.
    pub fn accept_restore(
        &self,
        state: &StateChain,
        restore: &Restore,
    ) -> Result<(Restored, LogRecord), LogError> {
        let settings = self.view_in_force(state).settings();
        let operator = settings.operator_key.ok_or(LogError::NoKey("operator"))?;
        restore.verify(&operator).map_err(LogError::Statement)?;
        let known = self.checkpoint().ok_or(LogError::StatementOrigin)?;
        let survived = &restore.survived;
        let is_other = survived.size == known.size && survived.root != known.root;
        if survived.origin != known.origin
            || restore.incarnation == known.origin.incarnation()
            || self.checkpoints.is_past(restore.incarnation)
            || is_other
        {
            return Err(LogError::StatementOrigin);
        }
        let origin = Origin::new(known.origin.host(), self.space, restore.incarnation);
        // Where more survived than this client knows of, the server must prove that it is the known tree, grown.
        let begins = if survived.size < known.size {
            survived
        } else {
            known
        };
        let begins = Checkpoint {
            origin: origin.ok_or(LogError::StatementOrigin)?,
            size: begins.size,
            root: begins.root,
        };
        let restored = Restored {
            survived: survived.size,
            missing: known.size - begins.size,
            topics: self.topics.after(survived.size),
            state: self.state.len() - self.state_survived(survived.size),
        };
        let record = LogRecord::Restored {
            number: self.restores().saturating_add(1),
            before: known.origin.incarnation(),
            survived: survived.size,
            begins: Box::new(begins),
        };
        Ok((restored, record))
    }

    /// Goes over to the history of a restored server, by the record of [`accept_restore`](Self::accept_restore).
    ///
    /// If the server has lost a part of the state, all of it stays in force here, and `state` is empty then: it is read again, from the first
    /// message on.
    pub fn go_over(&mut self, state: &mut StateChain, record: &LogRecord) {
        if let LogRecord::Restored { survived, .. } = record
            && state.len() > self.state_survived(*survived)
        {
            let lost = {
                let fresh = StateChain::keeping(self.space, state.kept_prefixes());
                std::mem::replace(state, fresh)
            };
            self.in_force = Some(match self.in_force.take() {
                // It holds all of the lost chain.
                Some(in_force) => in_force.again(*survived),
                None => InForce::new(*survived, lost),
            });
        }
        self.apply(record);
    }

    /// Restores that were accepted.
    pub fn restores(&self) -> u32 {
        self.checkpoints.restores()
    }

    /// Events of the history after so many restores that all later ones have left; all numbers below it are those of the same events still.
    pub fn survived_since(&self, restores: u32) -> u64 {
        self.checkpoints.survived_since(restores)
    }

    /// Forgets event `size` and later ones.
    pub(super) fn cut(&mut self, size: u64) {
        self.topics.cut(size);
        self.state.truncate(self.state_survived(size));
        self.judged_to = self.judged_to.min(size);
        self.revisions.cut(size);
        self.sightings.cut(size);
    }

    /// Messages of the topic `state` before event `size`.
    fn state_survived(&self, size: u64) -> usize {
        self.state.partition_point(|tail| tail.number < size)
    }
}
