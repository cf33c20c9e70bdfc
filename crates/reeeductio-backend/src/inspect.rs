//! The port for looking at stored records without a server: checking, copying and repairing them.
//!
//! All of it also works on records that are damaged; that is what it is for. Calls block.

use std::fmt;
use std::path::Path;

use reeeductio_proto::{
    BlobId, ChainId, DataEntry, DataPath, MemberId, Position, SpaceId, TopicId,
};

use crate::{BackendError, Committed, InboxItem, ObjectName, RecordedBlob};

/// Reads stored records, also while a server writes them.
pub trait Inspect: Send {
    /// Where the records are, for people: a file or an address.
    fn location(&self) -> String;

    /// Returns the problems that the store itself finds in its files, one line each.
    fn check_storage(&self) -> Result<Vec<String>, BackendError>;

    /// Every record that is not as it was written. Records that cannot be reached at all are found by
    /// [`check_storage`](Self::check_storage).
    fn damaged_records(&self) -> Result<Vec<RecordName>, BackendError>;

    /// Every space that holds anything.
    fn spaces(&self) -> Result<Vec<SpaceId>, BackendError>;

    /// The topics of a space.
    fn topics(&self, space: &SpaceId) -> Result<Vec<TopicId>, BackendError>;

    /// The recorded head of a chain.
    fn head(&self, space: &SpaceId, chain: &ChainId) -> Result<Option<Position>, BackendError>;

    /// Returns whether a message is still the one at this place in its topic.
    fn holds(&self, space: &SpaceId, topic: &TopicId, place: &Position) -> bool;

    /// Messages of a space in the order of their events, after the event `after`. Fails when one of them is
    /// damaged.
    fn events(
        &self,
        space: &SpaceId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Committed>, BackendError>;

    /// Number of the newest event of a space, 0 before the first.
    fn last_event(&self, space: &SpaceId) -> Result<u64, BackendError>;

    /// Paths of data entries that sort after `after`, deleted ones included.
    fn data_paths(
        &self,
        space: &SpaceId,
        after: &str,
        limit: usize,
    ) -> Result<Vec<String>, BackendError>;

    /// A data entry; `None` when it was deleted.
    fn data(&self, space: &SpaceId, path: &DataPath) -> Result<Option<DataEntry>, BackendError>;

    /// Where the items in the inboxes of a space are, after `after`.
    fn inbox_places(
        &self,
        space: &SpaceId,
        after: Option<InboxPlace>,
        limit: usize,
    ) -> Result<Vec<InboxPlace>, BackendError>;

    /// The item at a place; `None` when it was removed.
    fn inbox_item(
        &self,
        space: &SpaceId,
        place: InboxPlace,
    ) -> Result<Option<InboxItem>, BackendError>;

    /// Blobs by the name of their object, from the one after `after`; damaged records are left out.
    fn blobs(&self, after: &str, limit: usize) -> Result<BlobPage, BackendError>;

    /// A blob of a space; `None` when it is not recorded or its record is damaged.
    fn blob(&self, space: &SpaceId, blob: &BlobId) -> Result<Option<RecordedBlob>, BackendError>;

    /// Returns whether a blob, its record damaged or not, has its bytes in this object.
    fn refers_to(&self, object: &ObjectName) -> Result<bool, BackendError>;

    /// Copies all records, as of one moment, into `directory`, which has none yet. Writers go on meanwhile;
    /// `progress` is told how far the copy is.
    ///
    /// The store has to keep what is written meanwhile apart from what is being copied. The copy is given up
    /// when that is more than `backlog` bytes, so that it never fills the disk of a running server.
    fn copy_to(
        &self,
        directory: &Path,
        backlog: u64,
        progress: &mut dyn FnMut(Copied),
    ) -> Result<Box<dyn RecordsCopy>, BackendError>;
}

/// A copy of the records that is not finished yet: a server does not take it for a data directory.
pub trait RecordsCopy: Send {
    /// Blobs of the copy, as [`Inspect::blobs`].
    fn blobs(&self, after: &str, limit: usize) -> Result<BlobPage, BackendError>;

    /// Takes out a blob with all references to it: it was deleted since.
    fn leave_out(&mut self, blobs: &[RecordedBlob]) -> Result<(), BackendError>;

    /// Makes the copy durable and complete.
    fn finish(self: Box<Self>) -> Result<(), BackendError>;
}

/// Copies blob bytes from where they are, faster than by reading and writing them.
pub trait CopyObjects: Send + Sync {
    /// Copies an object into the blob folder `to`, readable by its owner only and on disk when this returns.
    /// With `link` the copy is the same file under a second name where the file system allows it. Returns
    /// the bytes; `None` when there is no such object.
    fn copy_object(
        &self,
        name: &ObjectName,
        to: &Path,
        link: bool,
    ) -> Result<Option<u64>, BackendError>;
}

/// Puts records back that are damaged or missing, from a copy that has them intact. While it lives no server
/// can start on the records.
pub trait Repair: Send {
    /// Returns the damaged and missing records, each with its outcome. Changes nothing that is stored.
    fn plan(&mut self) -> Result<Vec<Mend>, BackendError>;

    /// Returns whether the last plan found damaged records that cannot be read: what is newer there than the copy
    /// may be lost, and nobody can name it.
    fn is_unreadable(&self) -> bool;

    /// Writes the records anew into a directory of its own, with what the last plan puts back, and returns a
    /// look at them. The records in use stay as they are.
    fn build(&mut self) -> Result<Box<dyn Inspect>, BackendError>;

    /// Makes what was built the records in use, in one step, and returns where the damaged ones are kept.
    fn replace(&mut self) -> Result<String, BackendError>;
}

/// The place of an item among those of its space.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InboxPlace {
    /// The member whose inbox it is in.
    pub recipient: MemberId,
    /// When it was received, Unix milliseconds.
    pub received_at: i64,
}

/// How far a copy is, in bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Copied {
    /// Bytes copied.
    pub done: u64,
    /// Bytes to copy in all.
    pub total: u64,
}

/// Some blobs, by the name of their object.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct BlobPage {
    /// The blobs.
    pub blobs: Vec<RecordedBlob>,
    /// The `after` for the next page; `None` on the last.
    pub next: Option<String>,
}

/// Kind of a stored record.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum RecordKind {
    /// A blob's record.
    Blob,
    /// A member's reference to a blob.
    BlobReference,
    /// A data entry.
    DataEntry,
    /// The head of a topic.
    Head,
    /// An item in an inbox.
    InboxItem,
    /// The trace of an acknowledged item.
    InboxReceipt,
    /// A message.
    Message,
    /// The payload of a message.
    Payload,
    /// A block of the keys that payloads are sealed with.
    PayloadKeys,
    /// That a space is being purged.
    Purge,
    /// A restore of a space.
    Restore,
    /// A revision of a message.
    Revision,
    /// How often a tool was used.
    ToolUses,
    /// The event tree of a space.
    Tree,
    /// Some hashes of an event tree.
    TreeTile,
    /// The usage of a space or a member.
    Usage,
}

impl RecordKind {
    /// The name, in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::BlobReference => "blob reference",
            Self::DataEntry => "data entry",
            Self::Head => "head",
            Self::InboxItem => "inbox item",
            Self::InboxReceipt => "receipt of an inbox item",
            Self::Message => "message",
            Self::Payload => "payload",
            Self::PayloadKeys => "payload keys",
            Self::Purge => "unfinished purge",
            Self::Restore => "restore",
            Self::Revision => "revision",
            Self::ToolUses => "tool uses",
            Self::Tree => "event tree",
            Self::TreeTile => "tile of an event tree",
            Self::Usage => "usage",
        }
    }
}

/// Names a record, as far as it can still be read.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct RecordName {
    /// Its kind.
    pub kind: RecordKind,
    /// The space it belongs to; `None` for a record of all spaces, or where the id cannot be read.
    pub space: Option<SpaceId>,
    /// Which one it is within the space: a topic and a time, a path, an id.
    pub key: String,
}

impl fmt::Display for RecordName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.key)
    }
}

/// A record that is damaged or missing, and what becomes of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mend {
    /// Which one.
    pub record: RecordName,
    /// Its outcome.
    pub by: MendBy,
}

/// Outcome for a damaged or missing record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MendBy {
    /// It follows from other records: a head from the messages, what is stored from all that is.
    Derived,
    /// The backup does not have it. It is lost.
    Lost,
    /// It is put back as the backup has it.
    PutBack,
}
