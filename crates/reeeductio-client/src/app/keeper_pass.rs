//! The work of a keeper, as it is told and counted.

use reeeductio_proto::{MemberId, SpaceId};

use crate::error::ClientError;

/// The work of reading the inbox once.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct KeeperPass {
    /// Users that were let in, or were found to be members already.
    pub admitted: u64,
    /// Requests that were refused.
    pub refused: u64,
    /// Channels that the keeper was given.
    pub kept: u64,
    /// Items that are none for a keeper, or forged.
    pub ignored: u64,
    /// Items that are tried again at the next pass: the server could not be reached, or has lost something.
    pub left: u64,
}

/// The outcome of an item of the keeper's inbox. It holds no secrets: it may be logged.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum KeeperAct {
    /// A user was let in, or was found to be a member already.
    Admitted {
        /// The channel.
        channel: SpaceId,
        /// The user.
        user: MemberId,
    },
    /// A request was refused.
    Refused {
        /// The channel.
        channel: SpaceId,
        /// The user.
        user: MemberId,
        /// The stable code of the reason, which the user was told.
        code: &'static str,
    },
    /// The keeper was given a channel.
    Kept {
        /// The channel.
        channel: SpaceId,
        /// The user that gave it.
        by: MemberId,
    },
    /// The item is none for a keeper, or forged. It is removed.
    Ignored {
        /// Its sender, by the server's word.
        sender: MemberId,
    },
    /// The item stays for the next pass.
    Left {
        /// Its sender, by the server's word.
        sender: MemberId,
        /// The reason.
        error: ClientError,
    },
}

impl KeeperPass {
    pub(super) fn count(&mut self, act: &KeeperAct) {
        let count = match act {
            KeeperAct::Admitted { .. } => &mut self.admitted,
            KeeperAct::Refused { .. } => &mut self.refused,
            KeeperAct::Kept { .. } => &mut self.kept,
            KeeperAct::Ignored { .. } => &mut self.ignored,
            KeeperAct::Left { .. } => &mut self.left,
        };
        *count += 1;
    }
}
