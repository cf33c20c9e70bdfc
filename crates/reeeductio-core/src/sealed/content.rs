//! The plaintext of a sealed message.

use std::fmt;

use reeeductio_proto::{FormatError, Reader, lp};
use zeroize::Zeroizing;

use crate::padding::{MOST, padded};
use crate::seal::SealError;

/// Most bytes of a content type.
const CONTENT_TYPE: usize = 128;
/// Bytes of the length before the content.
const LENGTH: usize = 4;

/// The content of a message. Its body is wiped when dropped, and not shown.
#[derive(Clone, Eq, PartialEq)]
pub struct MessageContent {
    /// The newest checkpoint that the author has verified; `None` if it has none.
    pub seen: Option<Seen>,
    /// The application's word for the body: at most 128 bytes without control characters. The server does not see it.
    pub content_type: String,
    /// Random for each draft: of messages of a lane with the same one the first counts.
    pub client_id: [u8; 16],
    /// The application's bytes.
    pub body: Zeroizing<Vec<u8>>,
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
        if !is_content_type(&self.content_type) {
            return Err(SealError::ContentType);
        }
        let seen = self.seen.map(Seen::to_bytes);
        let content = Zeroizing::new(lp([
            seen.as_ref().map_or(b"".as_slice(), |seen| seen.as_slice()),
            self.content_type.as_bytes(),
            &self.client_id,
            &self.body,
        ]));
        let length = LENGTH + content.len();
        if length > MOST {
            return Err(SealError::ContentTooLong(length - MOST));
        }
        let mut plain = Vec::with_capacity(padded(length) + crate::seal::TAG_LENGTH);
        // At most MOST.
        let count = u32::try_from(content.len()).unwrap_or(u32::MAX);
        plain.extend_from_slice(&count.to_be_bytes());
        plain.extend_from_slice(&content);
        plain.resize(padded(length), 0);
        Ok(plain)
    }

    pub(super) fn from_padded(plain: &[u8]) -> Result<Self, FormatError> {
        let mut reader = Reader::new(plain);
        let length = reader.array().map(u32::from_be_bytes);
        let length = length
            .and_then(|length| usize::try_from(length).ok())
            .filter(|length| *length <= MOST - LENGTH && plain.len() == padded(LENGTH + length))
            .ok_or(FormatError::Malformed(
                "the plaintext has another length than its content",
            ))?;
        let content = reader.take(length);
        if reader.rest().iter().any(|byte| *byte != 0) {
            return Err(FormatError::Malformed("the padding is not zero"));
        }
        content
            .and_then(read)
            .ok_or(FormatError::Malformed("the content has other fields"))
    }
}

fn read(content: &[u8]) -> Option<MessageContent> {
    let mut reader = Reader::new(content);
    let seen = match reader.field()? {
        [] => None,
        seen => Some(Seen::from_bytes(seen)?),
    };
    let content_type = std::str::from_utf8(reader.field()?).ok()?.to_owned();
    let client_id = reader.field()?.try_into().ok()?;
    let body = Zeroizing::new(reader.field()?.to_vec());
    let is_whole = reader.is_empty() && is_content_type(&content_type);
    is_whole.then_some(MessageContent {
        seen,
        content_type,
        client_id,
        body,
    })
}

fn is_content_type(text: &str) -> bool {
    text.len() <= CONTENT_TYPE && !text.chars().any(char::is_control)
}

impl Seen {
    fn to_bytes(self) -> [u8; 48] {
        let mut bytes = [0; 48];
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
