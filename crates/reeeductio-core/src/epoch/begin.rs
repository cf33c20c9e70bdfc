//! Beginning an epoch: a fresh root, wrapped for everybody in the roster.

use reeeductio_proto::{
    BlobId, EpochEntry, FormatError, History, MemberId, Shard, View, roster_hash,
};

use super::Epoch;
use crate::encryption_key::EncryptionKey;
use crate::keys::Key;
use crate::seal::SealError;
use crate::shards::{Record, write_shards};

/// An epoch that is ready to be written: its blobs first, then its entry.
#[derive(Debug)]
pub struct NewEpoch {
    /// Its keys.
    pub epoch: Epoch,
    /// The blobs with the wraps.
    pub shards: Vec<(BlobId, Vec<u8>)>,
    /// The entry for `keyring/{epoch}`.
    pub entry: EpochEntry,
    /// Members of the roster whose encryption key cannot be used: nobody can wrap to them, until they publish another one.
    pub left_out: Vec<MemberId>,
}

/// Root of the epoch before, as a new one carries it to those who come later, where histories are static.
#[derive(Clone, Copy, Debug)]
pub enum Carried<'a> {
    /// That of the newest epoch so far, if it is at hand.
    Root(Option<&'a Epoch>),
    /// Zeros in its place, for an author that nobody gives the root: those who come later read nothing from before.
    Nothing,
}

/// Why no epoch can be begun.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BeginError {
    /// The space has no policy.
    #[error("the space has no policy")]
    NoPolicy,
    /// Every number was used.
    #[error("the space has as many epochs as there can be")]
    NoNumber,
    /// The root of the epoch before is to be carried, and is not at hand.
    #[error(
        "the root of the epoch before is missing; a member that has it begins the next epoch with `rotate`"
    )]
    Previous,
    /// Nobody in the roster can be wrapped to: not even its author has an encryption key.
    #[error("nobody in the roster has an encryption key that can be used")]
    Nobody,
    /// There are too many members.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The root before could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl NewEpoch {
    /// Begins the epoch after the newest one of `view`, as `issuer`. `at` is the `server_timestamp` of the message of `state` that the entry will name as
    /// the one before it, Unix milliseconds. `root` is fresh and random, and `seed` gives
    /// 32 fresh random bytes at each call. Costs a third of a millisecond for each member.
    pub fn begin(
        view: &View,
        issuer: MemberId,
        at: i64,
        carried: Carried<'_>,
        root: Key,
        mut seed: impl FnMut() -> [u8; 32],
    ) -> Result<Self, BeginError> {
        let policy = view.policy().ok_or(BeginError::NoPolicy)?;
        let newest = view.newest_epoch();
        let number = match newest {
            None => 0,
            Some(newest) => newest
                .entry
                .number
                .checked_add(1)
                .ok_or(BeginError::NoNumber)?,
        };
        let epoch = Epoch::new(view.space(), number, root);
        let carried = match (policy.history, newest) {
            (History::Rotate, _) | (History::Static, None) => None,
            (History::Static, Some(newest)) => {
                let commitment = &newest.entry.commitment;
                let sealed = match carried {
                    Carried::Nothing => epoch.seal_nothing(commitment)?,
                    Carried::Root(previous) => {
                        let previous = previous
                            .filter(|previous| previous.commitment() == commitment)
                            .ok_or(BeginError::Previous)?;
                        epoch.seal_previous(previous)?
                    }
                };
                Some(sealed.try_into().map_err(|_| BeginError::Previous)?)
            }
        };
        let roster = view.roster(at);
        let (mut records, mut left_out) = (Vec::with_capacity(roster.len()), Vec::new());
        for member in &roster {
            let wrap = view
                .encryption_key(member)
                .and_then(EncryptionKey::published)
                .and_then(|key| key.wrap(&epoch, member, &issuer, &seed()));
            match wrap {
                Some(wrap) => records.push(Record {
                    member: *member,
                    wrap,
                }),
                None => left_out.push(*member),
            }
        }
        if records.is_empty() {
            return Err(BeginError::Nobody);
        }
        let (mut shards, mut named) = (Vec::new(), Vec::new());
        for (first, bytes) in write_shards(records)? {
            let blob = BlobId::of(&bytes);
            named.push(Shard { blob, first });
            shards.push((blob, bytes));
        }
        let entry = EpochEntry {
            number,
            commitment: *epoch.commitment(),
            previous: carried,
            issuer,
            at,
            roster_hash: roster_hash(&view.space(), number, &roster),
            shards: named,
        };
        Ok(Self {
            epoch,
            shards,
            entry,
            left_out,
        })
    }
}
