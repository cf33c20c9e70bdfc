//! The subscription of a stream that was signed in to by its first frame (spec/stream.md, "Subscriptions").

use std::fmt;
use std::sync::Arc;

use reeeductio_proto::api::{ALL, StreamSubscription};
use reeeductio_proto::{DataPath, ErrorCode, PathPrefix, Subject, TopicId};

use super::names::{Name, Names};
use crate::refusal::Refusal;

/// Most elements of all sets of a stream.
const MOST_ELEMENTS: usize = 256;
/// Most bytes of their text.
const MOST_BYTES: usize = 8192;

/// The topics, data, signals and so on that a stream tells.
#[derive(Clone, Debug)]
pub(super) struct Subscription {
    topics: Names<TopicId>,
    data: Names<PathPrefix>,
    /// Shared with those that send.
    signals: Arc<Names<Subject>>,
    roster: bool,
    inbox: bool,
}

/// A change that a client asks for, read.
struct Change {
    topics: Vec<Name<TopicId>>,
    data: Vec<Name<PathPrefix>>,
    signals: Vec<Name<Subject>>,
    roster: bool,
    inbox: bool,
}

impl Subscription {
    /// The subscription of a stream at its beginning: `only` what is named, or all topics; and all changes of data if asked.
    pub(super) fn begin(data: bool, only: Option<&StreamSubscription>) -> Result<Self, Refusal> {
        let beginning = Self {
            topics: only.map_or_else(Names::all, |_| Names::default()),
            data: if data { Names::all() } else { Names::default() },
            signals: Arc::default(),
            roster: false,
            inbox: false,
        };
        match only {
            Some(only) => beginning.with(only),
            None => Ok(beginning),
        }
    }

    /// This with more.
    pub(super) fn with(&self, added: &StreamSubscription) -> Result<Self, Refusal> {
        let Change {
            topics,
            data,
            signals,
            roster,
            inbox,
        } = Change::read(added)?;
        let mut with = self.clone();
        for name in topics {
            with.topics.add(name);
        }
        for name in data {
            with.data.add(name);
        }
        let held = Arc::make_mut(&mut with.signals);
        for name in signals {
            held.add(name);
        }
        with.roster |= roster;
        with.inbox |= inbox;
        with.check_size()?;
        Ok(with)
    }

    /// This with less.
    pub(super) fn without(&self, removed: &StreamSubscription) -> Result<Self, Refusal> {
        let change = Change::read(removed)?;
        let mut without = self.clone();
        for name in &change.topics {
            without.topics.remove(name);
        }
        for name in &change.data {
            without.data.remove(name);
        }
        let held = Arc::make_mut(&mut without.signals);
        for name in &change.signals {
            held.remove(name);
        }
        without.roster &= !change.roster;
        without.inbox &= !change.inbox;
        Ok(without)
    }

    fn check_size(&self) -> Result<(), Refusal> {
        let elements = self.topics.len() + self.data.len() + self.signals.len();
        let bytes = bytes(self.topics.iter().map(TopicId::as_str))
            + bytes(self.data.iter().filter_map(path_of))
            + bytes(self.signals.iter().map(Subject::as_str));
        if elements <= MOST_ELEMENTS && bytes <= MOST_BYTES {
            return Ok(());
        }
        Err(Refusal::new(
            ErrorCode::RequestInvalid,
            format!(
                "A stream subscribes to at most {MOST_ELEMENTS} names with {MOST_BYTES} bytes of text. Unsubscribe others first, or subscribe to all."
            ),
        ))
    }

    pub(super) fn tells_topic(&self, topic: &TopicId) -> bool {
        self.topics.covers(|named| named == topic)
    }

    /// Returns whether changes of any data are told.
    pub(super) fn tells_data(&self) -> bool {
        !self.data.is_empty()
    }

    pub(super) fn tells_path(&self, path: &DataPath) -> bool {
        self.data.covers(|prefix| prefix.covers(path.as_str()))
    }

    /// The subjects of the signals that are told.
    pub(super) fn subjects(&self) -> &Arc<Names<Subject>> {
        &self.signals
    }

    pub(super) fn tells_roster(&self) -> bool {
        self.roster
    }

    pub(super) fn tells_inbox(&self) -> bool {
        self.inbox
    }
}

impl Change {
    fn read(named: &StreamSubscription) -> Result<Self, Refusal> {
        let topic = |name: &str| TopicId::parse(name);
        let data = named.data.iter().map(|prefix| {
            let read = PathPrefix::parse(prefix).map_err(|error| refused("data", error))?;
            Ok(match read.path() {
                None => Name::All,
                Some(_) => Name::One(read),
            })
        });
        Ok(Self {
            topics: names("topics", &named.topics, topic)?,
            data: data.collect::<Result<_, Refusal>>()?,
            signals: names("signals", &named.signals, Subject::parse)?,
            roster: named.roster,
            inbox: named.inbox,
        })
    }
}

fn names<T, E: fmt::Display>(
    field: &'static str,
    names: &[String],
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Vec<Name<T>>, Refusal> {
    let read = |name: &String| match name.as_str() {
        ALL => Ok(Name::All),
        name => parse(name)
            .map(Name::One)
            .map_err(|error| refused(field, error)),
    };
    names.iter().map(read).collect()
}

fn refused(field: &'static str, error: impl fmt::Display) -> Refusal {
    Refusal::field(ErrorCode::RequestInvalid, field, error)
}

fn path_of(prefix: &PathPrefix) -> Option<&str> {
    prefix.path().map(DataPath::as_str)
}

fn bytes<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(str::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(topics: &[&str], data: &[&str], signals: &[&str]) -> StreamSubscription {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        StreamSubscription {
            topics: owned(topics),
            data: owned(data),
            signals: owned(signals),
            ..StreamSubscription::default()
        }
    }

    fn topic(name: &str) -> TopicId {
        TopicId::parse(name).unwrap()
    }

    #[test]
    fn everything_is_an_element_like_others() {
        let all = Subscription::begin(false, None).unwrap();
        assert!(all.tells_topic(&topic("aa")) && all.tells_topic(&TopicId::state()));
        let more = all.with(&named(&["aa"], &[], &[])).unwrap();
        assert!(more.tells_topic(&topic("bb")));
        let narrow = more.without(&named(&["*"], &[], &[])).unwrap();
        assert!(narrow.tells_topic(&topic("aa")));
        assert!(!narrow.tells_topic(&topic("bb")) && !narrow.tells_topic(&TopicId::state()));
        let none = narrow.without(&named(&["aa", "bb"], &[], &[])).unwrap();
        assert!(!none.tells_topic(&topic("aa")));
    }

    #[test]
    fn a_prefix_is_taken_away_as_it_was_added() {
        let path = |text: &str| DataPath::parse(text).unwrap();
        let begin = Subscription::begin(true, Some(&named(&[], &["a", "a/b/"], &[]))).unwrap();
        assert!(begin.tells_path(&path("z")));
        let named_only = begin.without(&named(&[], &[""], &[])).unwrap();
        assert!(named_only.tells_path(&path("a/c")) && !named_only.tells_path(&path("ab")));
        let inner = named_only.without(&named(&[], &["a"], &[])).unwrap();
        assert!(inner.tells_path(&path("a/b/c")) && !inner.tells_path(&path("a/c")));
        assert!(
            !inner
                .without(&named(&[], &["a/b"], &[]))
                .unwrap()
                .tells_data()
        );
    }

    #[test]
    fn what_is_no_name_is_refused_with_its_field() {
        let begin = Subscription::begin(false, None).unwrap();
        for (wrong, field) in [
            (named(&["general", "A"], &[], &[]), "topics"),
            (named(&[""], &[], &[]), "topics"),
            (named(&[], &["*", "/a"], &[]), "data"),
            (named(&[], &[], &["a b"]), "signals"),
        ] {
            for refusal in [begin.with(&wrong), begin.without(&wrong)] {
                let refusal = refusal.unwrap_err();
                assert_eq!(refusal.code(), ErrorCode::RequestInvalid);
                assert_eq!(refusal.refused_field(), Some(field));
            }
        }
    }

    #[test]
    fn a_stream_subscribes_to_so_many_names_with_so_many_bytes() {
        let begin = Subscription::begin(false, None).unwrap();
        let mut held = begin.clone();
        for number in 0..MOST_ELEMENTS - 1 {
            held = held
                .with(&named(&[&format!("t{number}")], &[], &[]))
                .unwrap();
        }
        assert!(held.with(&named(&["t1"], &[], &[])).is_ok(), "it is there");
        for one in [named(&["more"], &[], &[]), named(&[], &["d"], &["s", "s2"])] {
            assert!(held.with(&one).is_err());
        }
        let room = held.without(&named(&["t1"], &[], &[])).unwrap();
        assert!(room.with(&named(&["more"], &[], &[])).is_ok());
        let long = "x".repeat(MOST_BYTES / 16);
        let mut held = begin;
        for number in 0..16 {
            let path = format!("{number:x}{}", &long[1..]);
            held = held.with(&named(&[], &[&path], &[])).unwrap();
        }
        assert!(held.with(&named(&[], &["a"], &[])).is_err());
    }
}
