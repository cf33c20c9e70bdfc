//! The lies of a server.

use serde_json::Value;

use super::liar::change_first;
use crate::dice::Dice;

/// A way to lie. Those about one answer come first; a server with several histories tells the others.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum PolicyLie {
    /// A message of a page is left out.
    LeftOut,
    /// Two messages of a page change places.
    Swapped,
    /// A message has another number.
    Renumbered,
    /// A message has another time.
    Redated,
    /// A message is said to follow another message of the state.
    OtherState,
    /// The topic is said to have had another message before the page.
    OtherPrevious,
    /// The proof of a page is another one.
    OtherProof,
    /// A page has no proof.
    NoProof,
    /// The proof that the tree has grown is another one.
    OtherConsistency,
    /// The checkpoint has another root, under the old signature.
    OtherCheckpoint,
    /// A payload is left out.
    Withheld,
    /// A message has another one's payload.
    OtherPayload,
    /// A message has another one's signed part.
    OtherData,
    /// The wraps of an epoch are other bytes.
    OtherWraps,
    /// The answer to an earlier question is given again.
    OldAnswer,
    /// An edit or a delete is made up.
    MadeUpChange,
    /// A page that is all there is, is said to be cut, or the other way round.
    OtherMore,
    /// A post is acknowledged and not stored.
    Unstored,
    /// A member is shown an earlier history, after a later one.
    RolledBack,
    /// Two groups of members are shown two histories.
    Forked,
    /// A member is shown a history of its own, and its messages are shown to the others.
    Relayed,
    /// A message of a member that was removed is in the log.
    RemovedWrites,
    /// A message under an epoch that has ended is in the log.
    EpochSuperseded,
    /// The server was put back to an earlier state, and nobody says so.
    Restored,
}

impl PolicyLie {
    /// Every lie.
    pub const ALL: [Self; 24] = [
        Self::LeftOut,
        Self::Swapped,
        Self::Renumbered,
        Self::Redated,
        Self::OtherState,
        Self::OtherPrevious,
        Self::OtherProof,
        Self::NoProof,
        Self::OtherConsistency,
        Self::OtherCheckpoint,
        Self::Withheld,
        Self::OtherPayload,
        Self::OtherData,
        Self::OtherWraps,
        Self::OldAnswer,
        Self::MadeUpChange,
        Self::OtherMore,
        Self::Unstored,
        Self::RolledBack,
        Self::Forked,
        Self::Relayed,
        Self::RemovedWrites,
        Self::EpochSuperseded,
        Self::Restored,
    ];

    /// Returns whether there are cases in which nobody need find it: what is shown stays the truth, or the beginning of
    /// it, or a root is found elsewhere.
    pub(super) fn may_do_no_harm(self) -> bool {
        matches!(
            self,
            Self::MadeUpChange | Self::OtherMore | Self::OldAnswer | Self::OtherWraps
        )
    }

    /// Codes by which it is found.
    pub(super) fn found_by(self) -> &'static [&'static str] {
        match self {
            Self::MadeUpChange => &[],
            Self::LeftOut
            | Self::Swapped
            | Self::Renumbered
            | Self::Redated
            | Self::OtherPrevious => &["proof.mismatch", "verify.chain_link", "verify.chain_time"],
            Self::OtherState => &["proof.mismatch", "verify.state_fork"],
            Self::OtherProof => &["proof.mismatch"],
            Self::NoProof | Self::OtherMore => &["client.answer"],
            // Of another member's checkpoint it may be the member that lies. The server's signature clears it.
            Self::OtherConsistency => &["verify.rolled_back", "suspicion.signed"],
            Self::OtherCheckpoint => &["signature.mismatch"],
            Self::Withheld => &["withheld"],
            Self::OtherPayload => &["payload.mismatch"],
            Self::OtherData => &["verify.message_hash", "proof.mismatch"],
            Self::OtherWraps => &["verify.blob"],
            // A page of the state that lacks what another answer has named.
            // The last one by a member whose command the old answer does not show.
            Self::OldAnswer => &["verify.rolled_back", "verify.state_fork", "client.answer"],
            Self::RolledBack => &["verify.rolled_back", "verify.split_view"],
            Self::Restored | Self::Unstored => &["verify.rolled_back"],
            Self::Forked | Self::Relayed => &["verify.split_view"],
            Self::EpochSuperseded => &["epoch.superseded"],
            Self::RemovedWrites => &["verify.unauthorized"],
        }
    }

    /// Changes a page; `false` if it cannot be changed so.
    pub(super) fn change_page(self, page: &mut Value, dice: &Dice) -> bool {
        let messages = page["messages"].as_array_mut();
        let Some(messages) = messages.filter(|messages| !messages.is_empty()) else {
            return false;
        };
        let count = messages.len();
        let at = dice.below(count);
        let other = (at + 1) % count;
        match self {
            Self::LeftOut if count > 1 => drop(messages.remove(at)),
            Self::Swapped if count > 1 => messages.swap(at, other),
            Self::Renumbered => add(&mut messages[at]["n"]),
            Self::Redated => add(&mut messages[at]["server_timestamp"]),
            Self::OtherState => {
                let id = messages[at]["message_hash"].clone();
                messages[at]["state"] = id;
            }
            Self::Withheld if messages[at]["payload"].is_string() => {
                // Nobody can tell it from one that was replaced.
                let is_change = messages[at]["revised"].is_object();
                messages[at]["payload"] = Value::Null;
                return !is_change;
            }
            Self::OtherPayload | Self::OtherData if count > 1 => {
                let field = if self == Self::OtherData {
                    "data"
                } else {
                    "payload"
                };
                let with = messages[other][field].clone();
                let is_other = with.is_string() && messages[at][field].is_string();
                if !is_other || with == messages[at][field] {
                    return false;
                }
                messages[at][field] = with;
            }
            Self::MadeUpChange if count > 1 => {
                let by = messages[other]["message_hash"].clone();
                let change = serde_json::json!({"by": by, "revision": 1, "deleted": true});
                messages[at]["revised"] = change;
            }
            Self::OtherPrevious => page["previous"] = other_hash(&page["previous"]),
            Self::OtherProof => {
                let hashes = page["proof"]["hashes"].as_array_mut().unwrap();
                if hashes.is_empty() {
                    return false;
                }
                let at = dice.below(hashes.len());
                hashes[at] = other_hash(&hashes[at]);
            }
            Self::OtherConsistency => return change_first(&mut page["proof"]["consistency"]),
            Self::NoProof => page["proof"] = Value::Null,
            Self::OtherMore => {
                let has_more = page["has_more"].as_bool().unwrap();
                page["has_more"] = (!has_more).into();
            }
            _ => return false,
        }
        true
    }
}

fn add(number: &mut Value) {
    *number = (number.as_i64().unwrap() + 1).into();
}

fn other_hash(hash: &Value) -> Value {
    let other = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=";
    if *hash == other {
        Value::Null
    } else {
        other.into()
    }
}
