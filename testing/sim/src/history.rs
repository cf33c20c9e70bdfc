//! The events of a run, in the order in which the store made them.

use parking_lot::Mutex;
use reeeductio_backend::Committed;
use reeeductio_proto::MemberId;

/// The entries of a run, in order.
#[derive(Debug, Default)]
pub struct History(Mutex<Vec<Entry>>);

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    /// An event was committed.
    Committed(Committed),
    /// A member's value (data entry or blob) was stored or removed.
    Value(&'static str, MemberId),
    /// A stream was opened, at this event, by this member; the number names it.
    Opened(usize, u64, MemberId),
    /// A stream gave out the event.
    Delivered(usize, u64),
    /// A stream told that everything up to the event was given out.
    Told(usize, u64),
    /// A stream ended.
    Ended(usize),
    /// A client left its stream.
    Left(usize),
    /// A write was acknowledged to its writer: the event, and the last one before its writer had signed in.
    Acknowledged { event: u64, signed_in: u64 },
    /// A read was answered although the view must have known for this long that the member was removed.
    ReadAfterRemoval(MemberId, i64),
}

impl History {
    pub(crate) fn note(&self, entry: Entry) {
        self.0.lock().push(entry);
    }

    /// Returns the number of events that were committed.
    pub(crate) fn events(&self) -> u64 {
        let entries = self.0.lock();
        let committed = entries
            .iter()
            .filter(|entry| matches!(entry, Entry::Committed(_)));
        committed.count() as u64
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.0.lock().clone()
    }
}
