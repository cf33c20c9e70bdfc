//! Epochs: the entries of the keyring, and what makes them valid (`spec/protocol.md`, "Keyring").

use std::ops::RangeInclusive;

use serde::{Deserialize, Deserializer, Serialize};

use super::body;
use super::path::of_person;
use super::policy::History;
use super::refusal::StateRefusal;
use super::roster::roster_hash;
use super::view::View;
use crate::chain::Position;
use crate::encoding;
use crate::error_code::ErrorCode;
use crate::id::{BlobId, MemberId};

/// Most shards of an epoch.
pub const SHARDS: usize = 400;
/// Most bytes of a wrap.
const WRAP: usize = 4_096;
/// Bytes of a key id.
const KEY_ID: usize = 8;

/// An epoch: the keys of a time, which begins at a message of the topic `state`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Epoch {
    /// Its entry in the keyring.
    pub entry: EpochEntry,
    /// The message that began it.
    pub position: Position,
}

/// The entry of an epoch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EpochEntry {
    /// The number, from 0.
    pub number: u32,
    /// Commits to the root.
    pub commitment: [u8; 32],
    /// The root before it, sealed; `None` for the first, and where newcomers do not read what was before them.
    pub previous: Option<[u8; 48]>,
    /// The member that made it.
    pub issuer: MemberId,
    /// The time of the newest message before it, or before its command, Unix milliseconds: that of the roster.
    pub at: i64,
    /// The hash of the members that it is for.
    pub roster_hash: [u8; 32],
    /// Where the wraps are, by ascending members.
    pub shards: Vec<Shard>,
}

/// A blob with wraps.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Shard {
    /// Its id.
    pub blob: BlobId,
    /// The member of its first record.
    pub first: MemberId,
}

/// `keyring/{epoch}`.
#[derive(Deserialize, Serialize)]
struct EpochBody {
    epoch: u32,
    commitment: String,
    key_id: String,
    #[serde(deserialize_with = "required")]
    previous: Option<String>,
    issuer: String,
    at: i64,
    roster_hash: String,
    shards: Vec<ShardBody>,
}

#[derive(Deserialize, Serialize)]
struct ShardBody {
    blob: String,
    first: String,
}

/// `keyring/{epoch}/{member}`.
#[derive(Deserialize, Serialize)]
pub(crate) struct WrapBody {
    pub(crate) wrap: String,
}

/// A field that may be null, but not absent.
fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

impl EpochEntry {
    /// The beginning of the commitment, by which messages name the epoch's keys.
    pub fn key_id(&self) -> [u8; KEY_ID] {
        // A commitment is longer than a key id.
        self.commitment.first_chunk().copied().unwrap_or_default()
    }

    /// Reads the `data` of an entry, base64. Whether it is valid in its space is the view's to say.
    pub fn read(data: &str) -> Result<Self, StateRefusal> {
        let body: EpochBody = body::read(&body::decode_limited(data)?, "an epoch")?;
        let previous = body.previous.as_deref();
        let shards: Result<Vec<Shard>, StateRefusal> =
            body.shards.iter().map(ShardBody::read).collect();
        let entry = Self {
            number: body.epoch,
            commitment: body::bytes("commitment", &body.commitment)?,
            previous: previous
                .map(|text| body::bytes("previous", text))
                .transpose()?,
            issuer: member("issuer", &body.issuer)?,
            at: body.at,
            roster_hash: body::bytes("roster_hash", &body.roster_hash)?,
            shards: shards?,
        };
        if body::bytes::<KEY_ID>("key_id", &body.key_id)? != entry.key_id() {
            return Err(StateRefusal::keyring(
                3,
                "key_id is not the beginning of the commitment",
            ));
        }
        Ok(entry)
    }

    pub(crate) fn body(&self) -> impl Serialize + use<> {
        EpochBody {
            epoch: self.number,
            commitment: encoding::encode(&self.commitment),
            key_id: encoding::encode(&self.key_id()),
            previous: self.previous.map(|sealed| encoding::encode(&sealed)),
            issuer: self.issuer.to_string(),
            at: self.at,
            roster_hash: encoding::encode(&self.roster_hash),
            shards: self.shards.iter().map(ShardBody::new).collect(),
        }
    }

    /// Checks what makes an entry valid, apart from the right to write it and the path's number. `times` are those at which
    /// its roster may be.
    pub(super) fn check(
        &self,
        view: &View,
        sender: &MemberId,
        times: &RangeInclusive<i64>,
    ) -> Result<(), StateRefusal> {
        let invalid = |rule, explanation: &str| Err(StateRefusal::keyring(rule, explanation));
        match view.newest_epoch() {
            Some(newest) if self.number <= newest.entry.number => {
                return Err(StateRefusal::new(
                    ErrorCode::KeyringEpochTaken,
                    "Another member has begun this epoch. Use its keys, or begin the next one.",
                ));
            }
            Some(newest) if newest.entry.number.checked_add(1) == Some(self.number) => {}
            None if self.number == 0 => {}
            _ => return invalid(1, "epochs are numbered from 0, without gaps"),
        }
        if view.is_link(sender) || of_person(sender) != self.issuer {
            return invalid(2, "the issuer is the sender, and not a link");
        }
        if view.has_key_id(self.key_id()) {
            return invalid(3, "another epoch has this key id");
        }
        let carries = view
            .policy()
            .is_some_and(|policy| policy.history == History::Static && self.number != 0);
        if self.previous.is_some() != carries {
            return invalid(
                4,
                "every epoch but the first carries the root before it, if the history is static, and else none does",
            );
        }
        let bytes = |shard: &Shard| shard.first.to_bytes();
        if !(1..=SHARDS).contains(&self.shards.len())
            || !self.shards.is_sorted_by(|a, b| bytes(a) < bytes(b))
        {
            return invalid(6, "an epoch has 1 to 400 shards, ascending by their first");
        }
        if !times.contains(&self.at) {
            return invalid(5, "at is the time of the newest message before the epoch");
        }
        // The only check that looks at every member, so it comes last.
        if roster_hash(&view.space(), self.number, &view.roster(self.at)) != self.roster_hash {
            return invalid(5, "the epoch is for other members than those of the roster");
        }
        Ok(())
    }
}

impl ShardBody {
    fn new(shard: &Shard) -> Self {
        Self {
            blob: shard.blob.to_string(),
            first: shard.first.to_string(),
        }
    }

    fn read(&self) -> Result<Shard, StateRefusal> {
        Ok(Shard {
            blob: BlobId::parse(&self.blob)
                .map_err(|error| StateRefusal::entry("shards", error.to_string()))?,
            first: member("shards", &self.first)?,
        })
    }
}

impl WrapBody {
    /// Checks the entry. The view keeps no wraps: their recipients read them.
    pub(super) fn check(data: &str) -> Result<(), StateRefusal> {
        let body: Self = body::read(&body::decode_limited(data)?, "a wrap")?;
        let wrap = encoding::decode(&body.wrap)
            .map_err(|error| StateRefusal::entry("wrap", error.to_string()))?;
        if !(1..=WRAP).contains(&wrap.len()) {
            return Err(StateRefusal::entry("wrap", "a wrap has 1 to 4,096 bytes"));
        }
        Ok(())
    }
}

/// A user or a tool; the owner is named as a user.
fn member(field: &'static str, text: &str) -> Result<MemberId, StateRefusal> {
    MemberId::parse(text)
        .ok()
        .filter(|member| of_person(member) == *member)
        .ok_or_else(|| StateRefusal::entry(field, "members are named by U… and T… ids"))
}
