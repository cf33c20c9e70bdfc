//! The lies of a server.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use reeeductio_client::Identity;
use reeeductio_client::source::RawPage;
use reeeductio_proto::{Message, MessageId, TopicId, encoding};

use crate::dice::Dice;

/// A way to lie.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Lie {
    /// A message with another id.
    AlteredHash,
    /// A message that names another topic.
    AlteredTopic,
    /// A message of another type.
    AlteredKind,
    /// A message that follows another one.
    AlteredPrev,
    /// A message with other content.
    AlteredData,
    /// A message of another sender.
    AlteredSender,
    /// A message with another signature.
    AlteredSignature,
    /// A message that is older than the one it follows.
    TimeBack,
    /// The newest messages of a page are left out.
    NewestDropped,
    /// Messages in the middle are left out.
    MiddleDropped,
    /// The first messages of a topic are left out.
    BeginningDropped,
    /// Two messages change places.
    Swapped,
    /// An earlier state of everything.
    RolledBack,
    /// A second history, signed by a member who takes part in the lie.
    Forked,
    /// A page that was cut is said to be all there is.
    MoreDenied,
    /// A page that is all there is, is said to be cut.
    MoreClaimed,
    /// The messages of another topic.
    OtherTopic,
    /// Another message than the one that was asked for.
    OtherMessage,
    /// A message of a member who was removed.
    RemovedWrites,
    /// An entry of the state is left out.
    StateWithheld,
    /// A data entry that was replaced long ago.
    OldEntry,
    /// A data entry with other content, time or signer.
    AlteredEntry,
    /// The data entry of another path.
    OtherPath,
    /// A message that is not in its topic comes over the stream.
    PushedAlien,
    /// An altered message comes over the stream.
    PushedAltered,
    /// A post is acknowledged and not stored.
    UnstoredAcknowledged,
    /// Another message than the posted one is acknowledged.
    OtherAcknowledged,
}

impl Lie {
    /// Every lie.
    pub const ALL: [Self; 27] = [
        Self::AlteredHash,
        Self::AlteredTopic,
        Self::AlteredKind,
        Self::AlteredPrev,
        Self::AlteredData,
        Self::AlteredSender,
        Self::AlteredSignature,
        Self::TimeBack,
        Self::NewestDropped,
        Self::MiddleDropped,
        Self::BeginningDropped,
        Self::Swapped,
        Self::RolledBack,
        Self::Forked,
        Self::MoreDenied,
        Self::MoreClaimed,
        Self::OtherTopic,
        Self::RemovedWrites,
        Self::StateWithheld,
        Self::OtherMessage,
        Self::OldEntry,
        Self::AlteredEntry,
        Self::OtherPath,
        Self::PushedAlien,
        Self::PushedAltered,
        Self::UnstoredAcknowledged,
        Self::OtherAcknowledged,
    ];

    /// Chooses a lie that alters a signed field.
    pub(super) fn any_field(dice: &Dice) -> Self {
        Self::ALL[dice.below(7)]
    }

    /// Chooses a lie about a page.
    pub(super) fn any_of_page(dice: &Dice) -> Self {
        // The lies that are hardest to notice are told more often.
        if dice.chance(30) {
            return [Self::Forked, Self::RolledBack, Self::NewestDropped][dice.below(3)];
        }
        Self::ALL[dice.below(19)]
    }

    /// Chooses a lie about a message that was asked for by its id.
    pub(super) fn any_of_message(dice: &Dice) -> Self {
        if dice.chance(30) {
            return Self::OtherMessage;
        }
        Self::any_field(dice)
    }

    /// Chooses a lie about a data entry.
    pub(super) fn any_of_entry(dice: &Dice) -> Self {
        [Self::OldEntry, Self::AlteredEntry, Self::OtherPath][dice.below(3)]
    }

    /// Chooses a lie about a post.
    pub(super) fn any_of_post(dice: &Dice) -> Self {
        [Self::UnstoredAcknowledged, Self::OtherAcknowledged][dice.below(2)]
    }

    /// Changes a message; `false` if this is not a lie about one.
    pub(super) fn alter(self, message: &mut Message, dice: &Dice) -> bool {
        let stranger = Identity::from_seed(&[77; 32]);
        match self {
            Self::AlteredHash => message.message_hash = any_id(dice),
            Self::AlteredTopic => message.topic_id = TopicId::parse("elsewhere").unwrap(),
            Self::AlteredKind => message.kind.push('x'),
            Self::AlteredPrev => message.prev_hash = Some(any_id(dice)),
            Self::AlteredData => message.data = encoding::encode(b"altered"),
            Self::AlteredSender => message.sender = stranger.user_id(),
            Self::AlteredSignature => message.signature = stranger.sign(b"altered"),
            _ => return false,
        }
        true
    }

    /// Changes a page; `false` if it cannot be changed so.
    pub(super) fn edit(self, page: &mut RawPage, oldest_first: bool, dice: &Dice) -> bool {
        let count = page.messages.len();
        match self {
            Self::MoreClaimed if !page.has_more => page.has_more = true,
            Self::MoreDenied if count > 1 => {
                page.messages.truncate(1 + dice.below(count - 1));
                page.has_more = false;
            }
            Self::NewestDropped if count > 0 && oldest_first => {
                page.messages.truncate(count - 1);
            }
            Self::NewestDropped if count > 0 => {
                page.messages.remove(0);
            }
            Self::Swapped if count > 1 => {
                let at = dice.below(count - 1);
                page.messages.swap(at, at + 1);
            }
            Self::TimeBack if count > 1 => {
                let at = 1 + dice.below(count - 1);
                let (older, newer) = if oldest_first {
                    (at - 1, at)
                } else {
                    (at, at - 1)
                };
                let time = page.messages[older].server_timestamp;
                page.messages[newer].server_timestamp = time - 1;
            }
            _ if count > 0 => return self.alter(&mut page.messages[dice.below(count)], dice),
            _ => return false,
        }
        true
    }

    /// Changes a whole topic; `false` if it cannot be changed so.
    pub(super) fn rewrite(self, chain: &mut Vec<Message>, dice: &Dice) -> bool {
        let count = chain.len();
        match self {
            Self::RolledBack if count > 0 => chain.truncate(dice.below(count)),
            Self::BeginningDropped if count > 1 => {
                chain.drain(..=dice.below(count - 1));
            }
            Self::MiddleDropped | Self::StateWithheld if count > 2 => {
                let from = 1 + dice.below(count - 2);
                let to = (from + 1 + dice.below(3)).min(count - 1);
                let is_state = chain[0].topic_id.is_state();
                if (self == Self::StateWithheld) != is_state {
                    return false;
                }
                chain.drain(from..to);
            }
            _ => return false,
        }
        true
    }
}

pub(super) fn any_id(dice: &Dice) -> MessageId {
    let mut hash = [0; 32];
    hash[..8].copy_from_slice(&dice.next().to_le_bytes());
    MessageId::from_hash(hash)
}

/// Rate of lies, and counts of those told and noticed.
#[derive(Debug)]
pub(super) struct Ledger {
    /// Answers in a hundred that are lies.
    pub(super) rate: AtomicUsize,
    /// Times that each lie was told, and noticed.
    pub(super) counts: Mutex<BTreeMap<Lie, (usize, usize)>>,
    /// A member with all rights, who signs anything the server wants.
    pub(super) colluder: Identity,
    /// A member who was removed, and signs still.
    pub(super) outcast: Identity,
}

impl Ledger {
    pub(super) fn strikes(&self, dice: &Dice) -> bool {
        let rate = self.rate.load(Ordering::Relaxed);
        rate > 0 && dice.chance(rate)
    }

    pub(super) fn told(&self, lie: Lie) {
        self.counts.lock().entry(lie).or_default().0 += 1;
    }

    pub(super) fn noticed(&self, lie: Lie) {
        self.counts.lock().entry(lie).or_default().1 += 1;
    }
}
