//! Answers of operations.

use std::fmt;

use reeeductio_client::transport::Bearer;
use reeeductio_client::{
    BlobId, DataEntry, Key, LiveMessages, MemberId, MemberSecrets, PasswordLogin, PasswordsEnabled,
    Position, UploadedBlob, VerifiedMessage,
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
    /// An open stream.
    Live(LiveMessages),
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
            Self::Live(_) => AnswerType::Live,
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

impl From<LiveMessages> for Answer {
    fn from(value: LiveMessages) -> Self {
        Self::Live(value)
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
