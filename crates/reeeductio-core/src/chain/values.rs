//! Values of the state that are kept at hand.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use reeeductio_proto::{MemberId, Message, PathPrefix, Position, SpaceId, StatePath};

use super::state::{Newest, StateChain};

/// Most bytes of paths and values that a chain keeps.
const MOST: usize = 8 << 20;

/// The newest entry at a path of the state that was written with authority.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NewestEntry<'a> {
    /// The path.
    pub path: &'a str,
    /// The position of the message that wrote it.
    pub position: Position,
    /// The member that wrote it.
    pub sender: MemberId,
    /// Whether it removed what was there.
    pub is_removed: bool,
    /// Its `data`, base64, if the chain keeps it.
    pub data: Option<&'a str>,
}

/// The values below some prefixes, up to a number of bytes.
#[derive(Clone, Debug)]
pub(super) struct Values {
    prefixes: &'static [&'static str],
    data: HashMap<String, String>,
    /// Bytes of the paths and values in `data`.
    bytes: usize,
    most: usize,
}

impl Values {
    pub(super) fn below(prefixes: &'static [&'static str]) -> Self {
        Self {
            prefixes,
            data: HashMap::new(),
            bytes: 0,
            most: MOST,
        }
    }

    pub(super) fn prefixes(&self) -> &'static [&'static str] {
        self.prefixes
    }

    /// Those that are kept, by their paths.
    pub(super) fn all(&self) -> BTreeMap<&str, &str> {
        let all = self.data.iter();
        all.map(|(path, data)| (path.as_str(), data.as_str()))
            .collect()
    }

    /// Takes the newest value at a path in the place of the one before; empty removes it. One that does not fit is not kept.
    pub(super) fn put(&mut self, path: &str, data: &str) {
        if let Some(before) = self.data.remove(path) {
            self.bytes -= path.len() + before.len();
        }
        let bytes = path.len() + data.len();
        let fits = self.bytes + bytes <= self.most;
        if !data.is_empty() && fits && covers(self.prefixes, path) {
            self.bytes += bytes;
            self.data.insert(path.to_owned(), data.to_owned());
        }
    }

    fn get(&self, path: &str) -> Option<&str> {
        self.data.get(path).map(String::as_str)
    }
}

/// Returns whether a path is one of the prefixes, or below one.
fn covers(prefixes: &[&str], path: &str) -> bool {
    let is_covered = |prefix: &&str| {
        let rest = path.strip_prefix(*prefix);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    prefixes.iter().any(is_covered)
}

/// Returns whether whatever one list of prefixes covers, the other covers too.
pub(super) fn covers_all<'a>(prefixes: &[&str], mut others: impl Iterator<Item = &'a str>) -> bool {
    others.all(|other| covers(prefixes, other))
}

impl StateChain {
    /// A space in which nothing was read yet, and whose newest values at these paths and below them are to be kept at hand. A path has no
    /// slash at its end.
    ///
    /// 8 MiB are kept, as base64; values that do not fit, and all others, have to be asked for.
    pub fn keeping(space: SpaceId, prefixes: &'static [&'static str]) -> Self {
        Self {
            values: Values::below(prefixes),
            ..Self::new(space)
        }
    }

    /// The paths whose values are kept at hand, with those below them.
    pub fn kept_prefixes(&self) -> &'static [&'static str] {
        self.values.prefixes()
    }

    /// Keeps no values any more.
    pub(crate) fn keep_no_values(&mut self) {
        self.values = Values::below(&[]);
    }

    /// The newest entry at a path that was written with authority, tombstones included; `None` if there never was one.
    pub fn newest(&self, path: &StatePath) -> Option<NewestEntry<'_>> {
        let (path, newest) = self.entries.get_key_value(path.as_str())?;
        Some(self.shown(path, newest))
    }

    /// The newest entries at a path and below it that were written with authority, tombstones included, by their paths.
    pub fn newest_below(&self, prefix: &PathPrefix) -> impl Iterator<Item = NewestEntry<'_>> {
        let (low, high) = prefix.bounds_below();
        let high = high.map_or(Bound::Unbounded, Bound::Excluded);
        let at = prefix.path();
        let at = at.and_then(|path| self.entries.get_key_value(path.as_str()));
        let below = self
            .entries
            .range::<String, _>((Bound::Excluded(low), high));
        at.into_iter()
            .chain(below)
            .map(|(path, newest)| self.shown(path, newest))
    }

    fn shown<'a>(&'a self, path: &'a str, newest: &Newest) -> NewestEntry<'a> {
        NewestEntry {
            path,
            position: newest.position,
            sender: newest.sender,
            is_removed: newest.is_removed,
            data: self.values.get(path),
        }
    }

    /// Takes in the newest message at its path.
    pub(super) fn take_value(&mut self, message: &Message) {
        let newest = Newest {
            position: Position::from(message),
            sender: message.sender,
            is_removed: message.data.is_empty(),
        };
        self.values.put(&message.kind, &message.data);
        self.entries.insert(message.kind.clone(), newest);
    }

    #[cfg(test)]
    pub(super) fn keep_at_most(&mut self, bytes: usize) {
        self.values.most = bytes;
    }
}
