//! The seam between what a client believes and where it comes from: a server, and later other members.
//!
//! A source is not trusted. It only has to say in which words it was asked, and hand back what it got.

mod cursor;
mod server;

use std::fmt;

use reeeductio_core::replica::Range;
use reeeductio_proto::api::{DataBody, DataReplacement};
use reeeductio_proto::{ChainId, DataEntry, DataPath, Message, MessageId, PathPrefix, Position};

pub use cursor::StreamCursor;
pub(crate) use server::{Server, read_position};

use crate::error::ClientError;
use crate::platform::{BoxFuture, MaybeSync};

/// The problem with a source that has no listing of data entries, and what to do.
const NO_LISTING: &str = "listing, watching and updating data entries needs a server that has the routes of \
    spec/data.md; with others, read and write entries by their paths";

/// A source's answer.
pub type Answered<'a, T> = BoxFuture<'a, Result<T, ClientError>>;

/// Where the messages and entries of one space come from and go to, for one member of it.
pub trait Source: fmt::Debug + MaybeSync {
    /// Messages of a chain, at most [`Range::limit`].
    fn page<'a>(&'a self, chain: &'a ChainId, range: Range) -> Answered<'a, RawPage>;

    /// One message of a chain; refused with status 404 if it is not there.
    fn message<'a>(&'a self, chain: &'a ChainId, id: &'a MessageId) -> Answered<'a, Message>;

    /// Adds a signed message to its chain, if the message that it names is the chain's head.
    fn append<'a>(&'a self, message: &'a Message) -> Answered<'a, Position>;

    /// The data entry at a path; refused with status 404 if there is none.
    fn data<'a>(&'a self, path: &'a DataPath) -> Answered<'a, DataEntry>;

    /// Data entries at a path and below it, in the order of their paths, after the cursor of an earlier page.
    /// [`ClientError::Unsupported`] from sources that cannot.
    fn data_below<'a>(
        &'a self,
        prefix: &'a PathPrefix,
        after: Option<&'a str>,
    ) -> Answered<'a, RawDataPage> {
        let _ = (prefix, after);
        Box::pin(async { Err(ClientError::Unsupported(NO_LISTING)) })
    }

    /// Stores a signed data entry in the place of another, or of none; what is there already is stored.
    /// [`ClientError::Unsupported`] from sources that cannot.
    fn replace_data<'a>(
        &'a self,
        path: &'a DataPath,
        replacement: &'a DataReplacement,
    ) -> Answered<'a, ()> {
        let _ = (path, replacement);
        Box::pin(async { Err(ClientError::Unsupported(NO_LISTING)) })
    }

    /// Stores a signed data entry.
    fn put_data<'a>(&'a self, path: &'a DataPath, entry: &'a DataBody) -> Answered<'a, ()>;

    /// Removes a data entry, if there is one.
    fn delete_data<'a>(&'a self, path: &'a DataPath) -> Answered<'a, ()>;

    /// Opens a stream of the messages that are stored from now on, or that were stored after a cursor of an earlier
    /// stream. Whether it can go on there, a source says with [`Pushed::Hello`]. With `data`, changes of data come too,
    /// from sources that tell them.
    fn subscribe<'a>(
        &'a self,
        since: Option<&'a StreamCursor>,
        data: bool,
    ) -> Answered<'a, Box<dyn Subscription>>;

    /// The source's time, Unix milliseconds; asks if no answer has told yet.
    fn now(&self) -> Answered<'_, i64>;

    /// The same, asked for anew: since the last answer a clock may have been set, or this machine may have slept.
    fn ask_now(&self) -> Answered<'_, i64>;

    /// A time that the source's clock has reached for sure, Unix milliseconds; `None` if no answer has told.
    fn reached(&self) -> Option<i64>;
}

/// Messages as they are stored. Pings are answered below this.
pub trait Subscription: MaybeSync {
    /// The next event; `None` when the source has ended the stream. Cancelling loses nothing.
    fn next(&mut self) -> Answered<'_, Option<Pushed>>;

    /// Ends the stream.
    fn close(&mut self) -> Answered<'_, ()>;
}

/// An event of a stream.
#[derive(Clone, Debug)]
pub enum Pushed {
    /// A message that was stored.
    Message(Box<Message>),
    /// A data entry that was stored.
    Data(Box<DataEntry>),
    /// A data entry that was removed, by the source's word.
    DataRemoved {
        /// Its path.
        path: DataPath,
        /// When it was signed, Unix milliseconds.
        signed_at: i64,
    },
    /// The other side asks whether anybody is there, and was answered.
    Ping,
    /// The stream begins. Comes first, and only from sources that can resume a stream.
    Hello {
        /// After which it begins.
        cursor: StreamCursor,
        /// Whether that is the cursor that was asked for. If not, messages may be missing.
        resumed: bool,
    },
    /// Every message up to here was pushed that this member may read.
    Cursor(StreamCursor),
}

/// Data entries as they came.
#[derive(Clone, Debug, Default)]
pub struct RawDataPage {
    /// In the order of their paths.
    pub entries: Vec<DataEntry>,
    /// Cursor of the next page; `None` at the end of the listing.
    pub next: Option<String>,
}

/// Messages as they came.
#[derive(Clone, Debug)]
pub struct RawPage {
    /// In the order asked for.
    pub messages: Vec<Message>,
    /// Whether the range is said to hold more.
    pub has_more: bool,
}
