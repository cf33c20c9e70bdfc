//! Events of the connection that all streams share.

use std::sync::Arc;

use reeeductio_core::chain::Checked;
use reeeductio_proto::{DataEntry, DataPath};

use crate::error::ClientError;

/// Bytes that an event takes beside its texts, about.
const EVENT: usize = 512;

/// An event of the connection, which every stream receives.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// The connection was opened.
    Connected {
        /// Whether everything comes over it that was stored since the last one.
        resumed: bool,
        /// Whether changes of data come over it, from servers that tell them.
        data: bool,
    },
    /// An attempt to open the connection failed; there will be another one.
    Failed(ClientError),
    /// The server will not open the connection, for a reason that does not pass by itself.
    Ended(ClientError),
    /// The connection was lost: unless the next one resumes the stream, messages may be missed.
    Disconnected,
    /// This stream did not take what came, and some of it is not kept any more.
    Missed,
    /// A message was stored.
    Message(Arc<Checked>),
    /// A data entry was stored.
    Data(Arc<DataEntry>),
    /// A data entry was removed that was signed at this time, by the server's word.
    DataRemoved(DataPath, i64),
    /// The server asked whether anybody is there, and was answered.
    Ping,
    /// Something came that cannot be understood.
    Unreadable(ClientError),
}

impl Event {
    /// Bytes that it takes, about.
    pub(super) fn size(&self) -> usize {
        let texts = match self {
            Self::Message(message) => {
                let message = message.message();
                message.data.len() + message.kind.len()
            }
            Self::Data(entry) => entry.data.len() + entry.path.as_str().len(),
            Self::DataRemoved(path, _) => path.as_str().len(),
            Self::Unreadable(ClientError::Answer(text)) => text.len(),
            _ => 0,
        };
        texts + EVENT
    }
}
