//! The operator's word that a server was restored from a backup.

use reeeductio_proto::{
    Checkpoint, Origin, PublicKey, Signature, SignatureError, TopicId, restore_statement,
};

use super::Log;
use super::error::LogError;
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
    /// Events that survived.
    pub survived: u64,
    /// Events that this client knows of and that are missing.
    pub missing: u64,
    /// Topics of which this client knows messages that are missing.
    pub topics: Vec<TopicId>,
    /// Messages of the topic `state` that are missing. They stay in force; until they are in the chain again the client does not
    /// send.
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
    /// Goes over to the history of a restored server, by the operator's statement. Returns what is missing, and the record to be kept
    /// first; nothing has changed before [`apply`](Self::apply) takes it.
    ///
    /// The server cannot prove that the survived tree is the beginning of the known one, because it has lost the rest:
    /// the operator answers for it. Messages of
    /// the state that were verified stay in force.
    pub fn accept_restore(
        &self,
        state: &StateChain,
        restore: &Restore,
    ) -> Result<(Restored, LogRecord), LogError> {
        let settings = state.view().settings();
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
        let lost = self
            .state
            .iter()
            .filter(|tail| tail.number >= begins.size)
            .count();
        let restored = Restored {
            survived: begins.size,
            missing: known.size - begins.size,
            topics: self.topics.after(begins.size),
            state: lost,
        };
        let record = LogRecord::Restored {
            in_force: (lost > 0).then(|| state.len().saturating_sub(1)),
            survived: Box::new(begins),
        };
        Ok((restored, record))
    }
}
