//! Messages of the topic `state`, taken in one after the other.

use std::ops::RangeInclusive;

use super::with_policy::{Founding, WithPolicy};
use super::{Applied, Entry, StateRun, View};
use crate::authority::body::Body;
use crate::authority::judge::{StateWrite, authorize};
use crate::authority::path::AuthPath;
use crate::authority::policy::Policy;
use crate::authority::policy_entry::{POLICY, PolicyEntry, PolicyPath};
use crate::authority::refusal::StateRefusal;
use crate::error_code::ErrorCode;
use crate::message::{Message, MessageError};
use crate::path::StatePath;
use crate::signature::PublicKey;

impl View {
    /// Takes in the next message of the topic `state`, whose hash and signature are known to be right, and
    /// returns the verdict on it: it is judged by the view as it stands, that is at its own position in the
    /// chain, and at its own time.
    ///
    /// Judges authority only. The further checks of [`judge_state_write`](crate::judge_state_write) are for new
    /// entries; older ones need not pass them.
    ///
    /// A view may be given every message of the chain, or those of [`is_authority`](crate::is_authority) alone. Which time an
    /// epoch may name is known more closely with every message.
    pub fn apply(&mut self, message: &Message) -> Applied {
        let times = self.step(message);
        let Ok(path) = StatePath::parse(&message.kind) else {
            return Applied::Unrelated;
        };
        if times.is_none() && self.found(message) {
            return match self.unreadable_policy() {
                Some(refusal) => Applied::Ignored(refusal.clone()),
                None => Applied::Changed,
            };
        }
        if let Some(refusal) = self.unreadable_policy() {
            return Applied::Ignored(refusal.clone());
        }
        if self.policy().is_some()
            && let Some(place) = PolicyPath::read(path.as_str())
        {
            return match self.judge_policy_entry(message, &path, place, times) {
                Err(refusal) => Applied::Ignored(refusal),
                Ok(entry) => {
                    self.take_policy_entry(message, entry);
                    Applied::Changed
                }
            };
        }
        let Some(auth) = AuthPath::read(path.as_str()) else {
            return Applied::Unrelated;
        };
        match self.judge_entry(message, &path, &auth) {
            Err(refusal) => return Applied::Ignored(refusal),
            Ok(body) => self.take(message, &auth, body),
        }
        Applied::Changed
    }

    /// [`apply`](Self::apply) for messages from a store, which may have been tampered with: one whose
    /// hash or signature is wrong is ignored.
    pub fn replay(&mut self, message: &Message) -> Applied {
        let key = self
            .public_key(&message.sender)
            .map_or_else(|| PublicKey::parse(message.sender.public_key()), Ok);
        let verified = key
            .map_err(MessageError::from)
            .and_then(|key| message.verify(&self.space, &key));
        match verified {
            Ok(()) => self.apply(message),
            Err(error) => Applied::Ignored(StateRefusal::new(
                ErrorCode::StorageCorrupt,
                error.to_string(),
            )),
        }
    }

    /// Takes in an entry that [`apply`](Self::apply) found to have authority before, without judging it again. A
    /// message that is no such entry changes nothing.
    pub fn restore(&mut self, message: &Message) {
        let times = self.step(message);
        let Ok(path) = StatePath::parse(&message.kind) else {
            return;
        };
        if times.is_none() && self.found(message) {
            return;
        }
        if self.policy().is_some()
            && let Some(place) = PolicyPath::read(path.as_str())
        {
            if let Ok(entry) = PolicyEntry::read(place, &message.data) {
                self.take_policy_entry(message, entry);
            }
            return;
        }
        let Some(auth) = AuthPath::read(path.as_str()) else {
            return;
        };
        if let Ok(body) = self.read_body(&auth, &message.data) {
            self.take(message, &auth, body);
        }
    }

    /// The newest message that the view was given; `None` before the first one.
    pub fn run(&self) -> Option<StateRun> {
        self.run
    }

    /// Goes on after the message that a view of the same space was given last which [`restore`](Self::restore) did not bring: it
    /// decides which time an epoch may name.
    pub fn resume(&mut self, run: Option<StateRun>) {
        self.run = run;
    }

    /// Moves on to a message, and returns at which times the roster may be that it names; `None` for the first of the chain.
    ///
    /// The server compares with the time of the message before the command that brought the entry. Where a command begins,
    /// nobody is told, but all of it has one sender; so the time is at most that of the message before, and at least that of
    /// the newest message by anybody else.
    fn step(&mut self, message: &Message) -> Option<RangeInclusive<i64>> {
        let before = self.run.map_or(0, |run| {
            if run.sender == message.sender {
                run.before
            } else {
                run.newest.timestamp
            }
        });
        let last = self.run.replace(StateRun {
            newest: message.into(),
            sender: message.sender,
            before,
        });
        let newest = match (message.prev_hash, last) {
            (None, None) => return None,
            (Some(prev), Some(last)) if prev == last.newest.hash => last.newest.timestamp,
            // The view is not given every message: the one before is older than this one, that is all.
            _ => message.server_timestamp.saturating_sub(1),
        };
        Some(before..=newest)
    }

    /// Takes in the first message of the chain if it is a policy, readable or not. Any other leaves the space without one,
    /// for ever.
    fn found(&mut self, message: &Message) -> bool {
        if message.kind != POLICY || !self.space.is_owned_by(&message.sender) {
            return false;
        }
        self.founding = match Policy::read(&message.data) {
            Ok(policy) => Founding::Policy(Box::new(WithPolicy::new(policy))),
            Err(refusal) if refusal.code() == ErrorCode::FormatUnknown => {
                Founding::Unreadable(refusal)
            }
            Err(_) => return false,
        };
        self.enter(message);
        true
    }

    fn take(&mut self, message: &Message, auth: &AuthPath<'_>, body: Option<Body>) {
        if let AuthPath::Definition(user) = auth
            && body.is_some()
        {
            self.count_use(&message.sender, user);
        }
        self.change(auth, body, message.server_timestamp);
        self.enter(message);
    }

    fn take_policy_entry(&mut self, message: &Message, entry: PolicyEntry) {
        self.change_with_policy(entry, message.into());
        self.enter(message);
    }

    fn enter(&mut self, message: &Message) {
        self.entries.insert(
            message.kind.clone(),
            Entry {
                sender: message.sender,
                deleted: message.data.is_empty(),
            },
        );
        if message.kind.starts_with("auth/") {
            self.note_authority(message.into());
        }
        self.version += 1;
    }

    /// The body, `None` for a tombstone, if the sender has authority for the entry.
    fn judge_entry(
        &self,
        message: &Message,
        path: &StatePath,
        auth: &AuthPath<'_>,
    ) -> Result<Option<Body>, StateRefusal> {
        let body = self.read_body(auth, &message.data)?;
        let write = self.write_of(message, path);
        let (sender, time) = (&message.sender, message.server_timestamp);
        authorize(self, sender, &write, Some((auth, body.as_ref())), time)?;
        Ok(body)
    }

    fn judge_policy_entry(
        &self,
        message: &Message,
        path: &StatePath,
        place: PolicyPath,
        times: Option<RangeInclusive<i64>>,
    ) -> Result<PolicyEntry, StateRefusal> {
        let entry = PolicyEntry::read(place, &message.data)?;
        // Not the first message, or there would be no policy.
        let times = times.unwrap_or(0..=0);
        let (sender, time) = (&message.sender, message.server_timestamp);
        entry.judge(self, sender, &self.write_of(message, path), &times, time)?;
        Ok(entry)
    }

    fn write_of<'a>(&self, message: &'a Message, path: &'a StatePath) -> StateWrite<'a> {
        StateWrite {
            path,
            data: &message.data,
            existing: self.entry(path).map(|entry| entry.sender),
            prev: None,
        }
    }

    /// `None` for a tombstone.
    fn read_body(&self, auth: &AuthPath<'_>, data: &str) -> Result<Option<Body>, StateRefusal> {
        (!data.is_empty())
            .then(|| Body::read(self, auth, data))
            .transpose()
    }
}
