//! The part of a view that only a space with a policy has.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Generation, View};
use crate::authority::encryption_key::{PublishedKey, SignedKey};
use crate::authority::keyring::Epoch;
use crate::authority::link::LinkTerms;
use crate::authority::policy::{Policy, Settings};
use crate::authority::policy_entry::PolicyEntry;
use crate::authority::refusal::StateRefusal;
use crate::chain::Position;
use crate::id::MemberId;

/// The kind of a space, by the first message of its state.
#[derive(Clone, Debug, Default)]
pub(super) enum Founding {
    /// There is no policy.
    #[default]
    Base,
    /// There is one.
    Policy(Box<WithPolicy>),
    /// There is one of a later release: nothing in the space can be judged.
    Unreadable(StateRefusal),
}

#[derive(Clone, Debug)]
pub(super) struct WithPolicy {
    policy: Policy,
    settings: Settings,
    keys: HashMap<MemberId, MemberKeys>,
    /// Every link that was ever defined: one that is gone is not made again.
    pub(super) links: HashMap<MemberId, Link>,
    /// How many members that are no links were removed or left.
    pub(super) departures: u64,
    pub(super) epochs: Vec<Arc<Epoch>>,
    pub(super) key_ids: HashSet<[u8; 8]>,
    pub(super) newest: NewestEpoch,
    /// The times of the messages below `auth/`, by their digests.
    times: HashMap<[u8; 32], i64>,
    authority: Option<Position>,
}

/// The keys of a member. They outlive its membership, so that an older one does not come back.
#[derive(Clone, Debug)]
struct MemberKeys {
    /// The highest generation so far.
    newest: u32,
    /// `None` if it was withdrawn.
    key: Option<PublishedKey>,
}

#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) terms: LinkTerms,
    /// The definition of the role at that time.
    pub(super) of: Generation,
    pub(super) expires_at: i64,
    pub(super) used: u32,
    /// [`WithPolicy::departures`] when it was defined.
    pub(super) departures: u64,
}

/// Whether everybody who may have the root of the newest epoch is a member still.
#[derive(Clone, Debug, Default)]
pub(super) struct NewestEpoch {
    /// A member was removed or left since it began.
    pub(super) somebody_left: bool,
    /// When the first tool that has its root expires, Unix milliseconds.
    pub(super) ends_at: Option<i64>,
}

static BASE: Settings = Settings {
    visibility: None,
    mutable: false,
    retention_days: None,
    server: None,
    operator_key: None,
};

impl WithPolicy {
    pub(super) fn new(policy: Policy) -> Self {
        Self {
            policy,
            settings: Settings::default(),
            keys: HashMap::new(),
            links: HashMap::new(),
            departures: 0,
            epochs: Vec::new(),
            key_ids: HashSet::new(),
            newest: NewestEpoch::default(),
            times: HashMap::new(),
            authority: None,
        }
    }

    fn set_key(&mut self, member: MemberId, signed: Option<SignedKey>) {
        match signed {
            Some(SignedKey { key, .. }) => {
                let newest = key.generation;
                let key = Some(key);
                self.keys.insert(member, MemberKeys { newest, key });
            }
            None => {
                if let Some(keys) = self.keys.get_mut(&member) {
                    keys.key = None;
                }
            }
        }
    }

    /// A tool that has, or is given, the root of the newest epoch expires.
    pub(super) fn expires(&mut self, at: Option<i64>) {
        let ends_at = self.newest.ends_at;
        self.newest.ends_at = ends_at.into_iter().chain(at).min();
    }

    pub(super) fn is_ended(&self, link: &Link) -> bool {
        link.departures != self.departures
    }
}

impl View {
    pub(super) fn with_policy(&self) -> Option<&WithPolicy> {
        match &self.founding {
            Founding::Policy(with_policy) => Some(with_policy),
            Founding::Base | Founding::Unreadable(_) => None,
        }
    }

    pub(super) fn with_policy_mut(&mut self) -> Option<&mut WithPolicy> {
        match &mut self.founding {
            Founding::Policy(with_policy) => Some(with_policy),
            Founding::Base | Founding::Unreadable(_) => None,
        }
    }

    /// The policy of the space, which its first message sets; `None` in a space without one.
    ///
    /// `None` also if this release does not know the policy: see [`unreadable_policy`](Self::unreadable_policy).
    pub fn policy(&self) -> Option<&Policy> {
        self.with_policy().map(|space| &space.policy)
    }

    /// Why the policy of the space cannot be read; `None` if it can, or there is none. Nobody but the owner has rights in
    /// such a view, and a client does nothing in the space: it is one of a later release, not one without a policy.
    pub fn unreadable_policy(&self) -> Option<&StateRefusal> {
        match &self.founding {
            Founding::Unreadable(refusal) => Some(refusal),
            Founding::Base | Founding::Policy(_) => None,
        }
    }

    /// The settings, by the owner alone.
    pub fn settings(&self) -> &Settings {
        self.with_policy().map_or(&BASE, |space| &space.settings)
    }

    /// A member's encryption key, `None` if it has published none or withdrawn it. The owner has its key by its `U…` id. A
    /// removed member's key stays here, for its next admission; [`roster`](Self::roster) leaves it out.
    pub fn encryption_key(&self, member: &MemberId) -> Option<&PublishedKey> {
        self.with_policy()?.keys.get(member)?.key.as_ref()
    }

    /// The highest generation that a member's keys ever had.
    pub(in crate::authority) fn newest_generation(&self, member: &MemberId) -> Option<u32> {
        Some(self.with_policy()?.keys.get(member)?.newest)
    }

    /// Everybody with an encryption key, in no particular order, members or not.
    pub(in crate::authority) fn key_holders(&self) -> impl Iterator<Item = MemberId> {
        self.with_policy()
            .into_iter()
            .flat_map(|space| &space.keys)
            .filter(|(_, keys)| keys.key.is_some())
            .map(|(member, _)| *member)
    }

    /// Returns whether somebody was defined once, and is no member now. Nobody lets such a one in by rule: a person decides.
    pub fn was_removed(&self, member: &MemberId) -> bool {
        let path = crate::state_entry::member_path(*member).ok();
        let was_written = path.is_some_and(|path| self.entry(&path).is_some());
        was_written && !self.knows(member)
    }

    /// The time of a message below `auth/` that the view has taken in, by its digest; Unix milliseconds. `None` in a space
    /// without a policy.
    pub fn authority_time(&self, message: &[u8; 32]) -> Option<i64> {
        self.with_policy()?.times.get(message).copied()
    }

    /// The newest message below `auth/` that the view has taken in: the one that messages name as their authority. `None` in
    /// a space without a policy.
    pub fn newest_authority(&self) -> Option<Position> {
        self.with_policy()?.authority
    }

    pub(super) fn note_authority(&mut self, position: Position) {
        if let Some(space) = self.with_policy_mut() {
            space
                .times
                .insert(*position.hash.hash(), position.timestamp);
            space.authority = Some(position);
        }
    }

    /// Takes in an entry that has a meaning in spaces with a policy alone.
    pub(super) fn change_with_policy(&mut self, entry: PolicyEntry, position: Position) {
        match entry {
            PolicyEntry::Leave(member) => self.remove_member(&member),
            PolicyEntry::Epoch(entry) => self.begin(entry, position),
            PolicyEntry::Wrap { epoch, member } => {
                let is_newest = self
                    .newest_epoch()
                    .is_some_and(|newest| newest.entry.number == epoch);
                if is_newest {
                    self.expect_expiry(&member);
                }
            }
            PolicyEntry::Settings(settings) => {
                if let Some(space) = self.with_policy_mut() {
                    space.settings = settings;
                }
            }
            PolicyEntry::Key { member, key } => {
                if let Some(space) = self.with_policy_mut() {
                    space.set_key(member, key);
                }
            }
        }
    }
}
