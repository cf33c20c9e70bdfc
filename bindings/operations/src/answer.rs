//! Answers of operations.

use std::fmt;
use std::mem::take;

use futures_util::stream::iter;
use futures_util::{Stream, StreamExt as _};
use reeeductio_client::transport::Bearer;
use reeeductio_client::{
    BlobId, BoxStream, ClientError, Credentials, DataEntry, Key, MaybeSend, MemberId,
    MemberSecrets, PasswordLogin, PasswordsEnabled, Position, Sent, Space, UploadedBlob,
    VerifiedMessage, Waiting,
};
use zeroize::Zeroizing;

use crate::signature::AnswerType;

/// The answer of an operation, in one of a few shapes.
pub enum Answer {
    /// Nothing.
    None,
    /// Text; it may be a token.
    Text(Zeroizing<String>),
    /// Text, if there is any.
    MaybeText(Option<Zeroizing<String>>),
    /// Several texts.
    Texts(Vec<String>),
    /// Bytes; they may be a key.
    Bytes(Zeroizing<Vec<u8>>),
    /// A time in Unix milliseconds, or a count.
    Number(i64),
    /// Where a message was stored.
    Position(Position),
    /// A message.
    Message(Box<VerifiedMessage>),
    /// Messages, and whether the range holds more.
    Page(Vec<VerifiedMessage>, bool),
    /// A data entry.
    Entry(Box<DataEntry>),
    /// The id of a blob, and its size as it is stored.
    Blob(BlobId, u64),
    /// The id of a blob, its size as it is stored, and its key.
    SealedBlob(BlobId, u64, Key),
    /// The parts that had to be made: the server's setup, the role, the role's right.
    Enabled([bool; 3]),
    /// A member and its secrets.
    Login(MemberId, Box<MemberSecrets>),
    /// Everything that opens a space.
    Credentials(Box<Credentials>),
    /// Everything that opens several spaces.
    Keyring(Vec<Credentials>),
    /// Bytes, if there are any.
    MaybeBytes(Option<Zeroizing<Vec<u8>>>),
    /// Values of the state or the data.
    Entries(Vec<Entry>),
    /// A message, and its content where it was sealed with the topic's key.
    Opened(Box<Opened>),
    /// Messages with their contents.
    OpenedPage(Vec<Opened>),
    /// Messages of the outbox.
    Waiting(Vec<Waiting>),
    /// Messages of the outbox that were sent.
    Sent(Vec<Sent>),
    /// Answers that come one by one; its shape says of which.
    Stream(AnswerType, Items),
}

impl Answer {
    /// Its shape.
    pub fn kind(&self) -> AnswerType {
        match self {
            Self::None => AnswerType::None,
            Self::Text(_) => AnswerType::Text,
            Self::MaybeText(_) => AnswerType::MaybeText,
            Self::Texts(_) => AnswerType::Texts,
            Self::Bytes(_) => AnswerType::Bytes,
            Self::Number(_) => AnswerType::Number,
            Self::Position(_) => AnswerType::Position,
            Self::Message(_) => AnswerType::Message,
            Self::Page(..) => AnswerType::Page,
            Self::Entry(_) => AnswerType::Entry,
            Self::Blob(..) => AnswerType::Blob,
            Self::SealedBlob(..) => AnswerType::SealedBlob,
            Self::Enabled(_) => AnswerType::Enabled,
            Self::Login(..) => AnswerType::Login,
            Self::Credentials(_) => AnswerType::Credentials,
            Self::Keyring(_) => AnswerType::Keyring,
            Self::MaybeBytes(_) => AnswerType::MaybeBytes,
            Self::Entries(_) => AnswerType::Entries,
            Self::Opened(_) => AnswerType::Opened,
            Self::OpenedPage(_) => AnswerType::OpenedPage,
            Self::Waiting(_) => AnswerType::Waiting,
            Self::Sent(_) => AnswerType::Sent,
            Self::Stream(kind, _) => *kind,
        }
    }
}

impl From<()> for Answer {
    fn from((): ()) -> Self {
        Self::None
    }
}

impl From<Vec<u8>> for Answer {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(Zeroizing::new(value))
    }
}

impl From<i64> for Answer {
    fn from(value: i64) -> Self {
        Self::Number(value)
    }
}

impl From<Position> for Answer {
    fn from(value: Position) -> Self {
        Self::Position(value)
    }
}

impl From<VerifiedMessage> for Answer {
    fn from(value: VerifiedMessage) -> Self {
        Self::Message(Box::new(value))
    }
}

impl From<(Vec<VerifiedMessage>, bool)> for Answer {
    fn from(value: (Vec<VerifiedMessage>, bool)) -> Self {
        Self::Page(value.0, value.1)
    }
}

impl From<DataEntry> for Answer {
    fn from(value: DataEntry) -> Self {
        Self::Entry(Box::new(value))
    }
}

impl From<UploadedBlob> for Answer {
    fn from(value: UploadedBlob) -> Self {
        Self::SealedBlob(value.id, value.size, value.key)
    }
}

impl From<PasswordsEnabled> for Answer {
    fn from(value: PasswordsEnabled) -> Self {
        Self::Enabled([
            value.server_setup_created,
            value.role_created,
            value.capability_created,
        ])
    }
}

impl From<PasswordLogin> for Answer {
    fn from(value: PasswordLogin) -> Self {
        Self::Login(value.member, Box::new(value.secrets))
    }
}

impl From<Credentials> for Answer {
    fn from(value: Credentials) -> Self {
        Self::Credentials(Box::new(value))
    }
}

impl From<Vec<Credentials>> for Answer {
    fn from(value: Vec<Credentials>) -> Self {
        Self::Keyring(value)
    }
}

/// A value of the state or the data.
pub struct Entry {
    /// Its path.
    pub path: String,
    /// The value as it is stored, in base64; empty if it was removed.
    pub data: String,
    /// The content; `None` if the value was removed, was not sealed with the key for its place, or does not open.
    pub content: Option<Zeroizing<Vec<u8>>>,
    /// The member that wrote it; `None` if the server alone says that it was removed.
    pub author: Option<MemberId>,
    /// When it was written, Unix milliseconds.
    pub time: Option<i64>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// A message, and its content.
pub struct Opened {
    /// The message.
    pub message: VerifiedMessage,
    /// The content; `None` if it was not sealed with the topic's key, or does not open.
    pub content: Option<Zeroizing<Vec<u8>>>,
}

impl Opened {
    /// Opens a message.
    pub(crate) fn of(space: &Space, message: VerifiedMessage) -> Self {
        let content = space.open_message(&message).ok().map(Zeroizing::new);
        Self { message, content }
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

/// Most items that are handed over at once.
const CHUNK: usize = 256;

/// Answers that come one by one. Giving up the wait for the next one loses nothing.
pub struct Items(BoxStream<'static, Result<Answer, ClientError>>);

impl Items {
    pub(crate) fn new(
        items: impl Stream<Item = Result<Answer, ClientError>> + MaybeSend + 'static,
    ) -> Self {
        Self(Box::pin(items))
    }

    /// Those of a stream in pages: as many as are ready at once, and none beyond an error.
    pub(crate) fn paged<T: MaybeSend + 'static>(
        items: impl Stream<Item = Result<T, ClientError>> + MaybeSend + 'static,
        page: impl Fn(Vec<T>) -> Answer + Copy + MaybeSend + 'static,
    ) -> Self {
        let chunks = items.ready_chunks(CHUNK);
        Self::new(chunks.flat_map(move |chunk| iter(pages(chunk, page))))
    }

    /// The next one; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Answer, ClientError>> {
        self.0.next().await
    }
}

/// Pages of the items that lie between errors; no page is empty.
fn pages<T>(
    chunk: Vec<Result<T, ClientError>>,
    page: impl Fn(Vec<T>) -> Answer,
) -> Vec<Result<Answer, ClientError>> {
    let (mut answers, mut items) = (Vec::new(), Vec::new());
    for each in chunk {
        match each {
            Ok(item) => items.push(item),
            Err(error) => {
                if !items.is_empty() {
                    answers.push(Ok(page(take(&mut items))));
                }
                answers.push(Err(error));
            }
        }
    }
    if !items.is_empty() {
        answers.push(Ok(page(items)));
    }
    answers
}

impl fmt::Debug for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Items")
    }
}

impl Answer {
    /// A token.
    pub(crate) fn bearer(token: &Bearer) -> Self {
        Self::Text(Zeroizing::new(token.expose().to_owned()))
    }

    /// An id.
    pub(crate) fn text(id: &impl ToString) -> Self {
        Self::Text(Zeroizing::new(id.to_string()))
    }

    /// A token, if there is one.
    pub(crate) fn token(token: Option<&Bearer>) -> Self {
        Self::MaybeText(token.map(|token| Zeroizing::new(token.expose().to_owned())))
    }
}

impl fmt::Debug for Answer {
    /// The shape alone: the content may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind().fmt(f)
    }
}
