//! The plaintext of a sealed message.

use std::fmt;

use reeeductio_proto::{FormatError, Reader};
use zeroize::Zeroizing;

use crate::content_type::{check_content_type, read_content_type};
use crate::padding::{MOST, end_of, pad_fields, unpad};
use crate::seal::SealError;

/// The content of a message. Its body is wiped when dropped, and not shown.
#[derive(Clone, Eq, PartialEq)]
pub struct MessageContent {
    /// The newest checkpoint that the author has verified; `None` if it has none.
    pub seen: Option<Seen>,
    /// The application's word for the body: at most 128 bytes without control characters. The server does not see it.
    pub content_type: String,
    /// Random for each draft: of messages of a sender in a topic with the same one the first counts.
    pub client_id: [u8; 16],
    /// The application's bytes.
    pub body: Zeroizing<Vec<u8>>,
}

/// Bytes of a checkpoint.
const SEEN: usize = 48;
/// Bytes of a client id.
const CLIENT_ID: usize = 16;
/// Most bytes of content type and body together. The length of everything and of the four fields takes 4 bytes each, and room for a
/// checkpoint is kept whether the author names one or not.
const LONGEST: usize = MOST - 5 * 4 - SEEN - CLIENT_ID;

/// Checks what a program says before it is sealed, perhaps much later: its content type, and its length.
pub fn check_content(content_type: &str, body: usize) -> Result<(), SealError> {
    check_content_type(content_type)?;
    match content_type.len().saturating_add(body).checked_sub(LONGEST) {
        None | Some(0) => Ok(()),
        Some(more) => Err(SealError::ContentTooLong(more)),
    }
}

/// A checkpoint, as a message names it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Seen {
    /// The incarnation of the server's history.
    pub incarnation: [u8; 8],
    /// How many events it covers.
    pub size: u64,
    /// The root of the tree.
    pub root: [u8; 32],
}

impl MessageContent {
    pub(super) fn is_empty(&self) -> bool {
        self.body.is_empty() && self.content_type.is_empty()
    }

    pub(super) fn to_padded(&self) -> Result<Vec<u8>, SealError> {
        check_content_type(&self.content_type)?;
        let seen = self.seen.map(Seen::to_bytes);
        let seen = seen.as_ref().map_or(b"".as_slice(), |seen| seen.as_slice());
        let fields = [
            seen,
            self.content_type.as_bytes(),
            &self.client_id,
            &self.body,
        ];
        pad_fields(fields, MOST)
    }

    pub(super) fn from_padded(plain: Zeroizing<Vec<u8>>) -> Result<Self, FormatError> {
        let content = unpad(&plain, MOST)?;
        let (fields, body) =
            read(content).ok_or(FormatError::Malformed("the content has other fields"))?;
        let (content, body) = (content.len(), body.len());
        Ok(Self {
            body: end_of(plain, content, body),
            ..fields
        })
    }
}

/// The fields before the body, and the body.
fn read(content: &[u8]) -> Option<(MessageContent, &[u8])> {
    let mut reader = Reader::new(content);
    let seen = match reader.field()? {
        [] => None,
        seen => Some(Seen::from_bytes(seen)?),
    };
    let fields = MessageContent {
        seen,
        content_type: read_content_type(reader.field()?)?,
        client_id: reader.field()?.try_into().ok()?,
        body: Zeroizing::default(),
    };
    let body = reader.field()?;
    reader.is_empty().then_some((fields, body))
}

impl Seen {
    fn to_bytes(self) -> [u8; SEEN] {
        let mut bytes = [0; SEEN];
        let fields = self.incarnation.into_iter();
        let fields = fields.chain(self.size.to_be_bytes()).chain(self.root);
        for (to, from) in bytes.iter_mut().zip(fields) {
            *to = from;
        }
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let seen = Self {
            incarnation: reader.array()?,
            size: u64::from_be_bytes(reader.array()?),
            root: reader.array()?,
        };
        reader.is_empty().then_some(seen)
    }
}

impl fmt::Debug for MessageContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageContent")
            .field("seen", &self.seen)
            .finish_non_exhaustive()
    }
}
