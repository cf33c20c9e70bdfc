//! Answers of a backend, of every kind, so that two can be compared.

use std::sync::Arc;

use reeeductio_proto::tree::TreeHash;
use reeeductio_proto::{DataEntry, EventPosition, Message, Position, SpaceId, TopicId};

use crate::{
    AcknowledgeItemsOutcome, AddBlobOutcome, AppendOutcome, BackendError, BackendErrorKind,
    BlobRecord, BlobReference, Committed, DataPage, DeleteDataOutcome, Entry, InboxItem, Page,
    PostItemOutcome, PutDataOutcome, RecordedBlob, RemoveBlobOutcome, Restore, TreeHead, Usage,
};

/// An answer. Of an error only the kind counts: the words are the adapter's own.
pub(super) type Answer = Result<Value, BackendErrorKind>;

macro_rules! values {
    ($($name:ident($type:ty))*) => {
        /// Value that an operation returned.
        #[derive(Clone, Debug, PartialEq)]
        pub(super) enum Value {
            $($name($type),)*
        }

        $(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$name(value)
            }
        })*
    };
}

values! {
    AcknowledgeItems(AcknowledgeItemsOutcome)
    AddBlob(AddBlobOutcome)
    Append(AppendOutcome)
    AppendAll(AppendOutcome<Vec<Committed>>)
    Count(usize)
    Entries(Page<Entry>)
    Entry(Option<Box<Entry>>)
    Found(bool)
    Leaf(Option<TreeHash>)
    Restore(Option<Restore>)
    Restores(Vec<Restore>)
    Roots(Option<Vec<TreeHash>>)
    Tree(Option<TreeHead>)
    Blob(Option<BlobRecord>)
    Data(Option<Arc<DataEntry>>)
    DataPage(DataPage)
    DeleteData(DeleteDataOutcome)
    Events(Page<Committed>)
    Head(Option<Position>)
    Inbox(Page<InboxItem>)
    Message(Option<Arc<Message>>)
    Messages(Page<Message>)
    Number(u64)
    Position(EventPosition)
    Objects(Vec<RecordedBlob>)
    PostItem(PostItemOutcome)
    PutData(PutDataOutcome)
    Ready(())
    References(Vec<BlobReference>)
    RemoveBlob(RemoveBlobOutcome)
    Spaces(Vec<SpaceId>)
    Topics(Vec<TopicId>)
    Usage(Usage)
}

/// Makes an answer comparable.
pub(super) fn answer<T: Into<Value>>(result: Result<T, BackendError>) -> Answer {
    result.map(Into::into).map_err(|error| error.kind())
}
