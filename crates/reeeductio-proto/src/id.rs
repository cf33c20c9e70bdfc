//! Typed identifiers: a header byte and 32 bytes, written as 44 characters of base64url (wire.md 1).
//!
//! One key or hash has exactly one spelling here: version 0 and the base64url alphabet. So ids can be
//! compared as bytes and as text alike.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// Characters of an id.
pub const TEXT_LENGTH: usize = 44;
/// Bytes of an id.
pub const BYTE_LENGTH: usize = 33;

const SPACE: u8 = 0x48;
const USER: u8 = 0x50;
const TOOL: u8 = 0x4C;
const MESSAGE: u8 = 0x30;
const BLOB: u8 = 0x04;

/// Why a text is not an id of the wanted kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// A character outside base64url.
    #[error("an id is written in base64url: A-Z, a-z, 0-9, - and _")]
    Alphabet,
    /// An id of another kind.
    #[error("expected {expected}")]
    Kind {
        /// The required kind of id, as worded in the message.
        expected: &'static str,
    },
    /// Not 44 characters.
    #[error("an id has 44 characters, not {0}")]
    Length(usize),
    /// A version that does not exist yet.
    #[error("ids of another version than 0 are not accepted")]
    Version,
}

fn decode(text: &str, expected: &'static str) -> Result<(u8, [u8; 32]), IdError> {
    if text.len() != TEXT_LENGTH {
        return Err(IdError::Length(text.len()));
    }
    let mut bytes = [0; BYTE_LENGTH];
    URL_SAFE_NO_PAD
        .decode_slice(text, &mut bytes)
        .map_err(|_| IdError::Alphabet)?;
    split(&bytes, expected)
}

fn split(bytes: &[u8; BYTE_LENGTH], expected: &'static str) -> Result<(u8, [u8; 32]), IdError> {
    let [header, data @ ..] = *bytes;
    match header & !3 {
        SPACE | USER | TOOL | MESSAGE | BLOB if header & 3 != 0 => Err(IdError::Version),
        SPACE | USER | TOOL | MESSAGE | BLOB => Ok((header, data)),
        _ => Err(IdError::Kind { expected }),
    }
}

fn join(header: u8, data: &[u8; 32]) -> [u8; BYTE_LENGTH] {
    let mut bytes = [header; BYTE_LENGTH];
    for (to, from) in bytes.iter_mut().skip(1).zip(data) {
        *to = *from;
    }
    bytes
}

/// The text of an id, on the stack.
struct Text([u8; TEXT_LENGTH]);

impl Text {
    fn of(header: u8, data: &[u8; 32]) -> Self {
        let mut text = [0; TEXT_LENGTH];
        // 33 bytes fill 44 characters exactly: the only error, a short buffer, cannot occur.
        let _written = URL_SAFE_NO_PAD.encode_slice(join(header, data), &mut text);
        Self(text)
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

macro_rules! text_form {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.text().as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.text().as_str())
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.text().as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }

        impl $name {
            /// Appends the 44 characters to a buffer.
            pub fn write_text(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.text().0);
            }

            /// Returns whether `text` is this id.
            pub fn is_text(&self, text: &str) -> bool {
                self.text().as_str() == text
            }
        }
    };
}

macro_rules! hash_id {
    ($(#[$doc:meta])* $name:ident, $header:ident, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name([u8; 32]);

        impl $name {
            /// The id of these bytes.
            pub fn of(bytes: &[u8]) -> Self {
                Self(Sha256::digest(bytes).into())
            }

            /// The id with this SHA-256.
            pub fn from_hash(hash: [u8; 32]) -> Self {
                Self(hash)
            }

            /// Reads the text form.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                match decode(text, $expected)? {
                    ($header, hash) => Ok(Self(hash)),
                    _ => Err(IdError::Kind { expected: $expected }),
                }
            }

            /// The SHA-256.
            pub fn hash(&self) -> &[u8; 32] {
                &self.0
            }

            /// Header byte and SHA-256.
            pub fn to_bytes(&self) -> [u8; BYTE_LENGTH] {
                join($header, &self.0)
            }

            fn text(&self) -> Text {
                Text::of($header, &self.0)
            }
        }

        text_form!($name);
    };
}

hash_id! {
    /// Identifies a message: SHA-256 of its hash preimage (wire.md 3.2).
    MessageId, MESSAGE, "a message id (M…)"
}
hash_id! {
    /// Identifies a blob: SHA-256 of its stored bytes.
    BlobId, BLOB, "a blob id (B…)"
}

/// Identifies a space: the Ed25519 public key of its owner.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SpaceId([u8; 32]);

impl SpaceId {
    /// The space of this Ed25519 public key.
    pub fn from_public_key(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        const EXPECTED: &str = "a space id (S…)";
        match decode(text, EXPECTED)? {
            (SPACE, key) => Ok(Self(key)),
            _ => Err(IdError::Kind { expected: EXPECTED }),
        }
    }

    /// The Ed25519 public key.
    pub fn public_key(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 33 bytes: the header, then the public key.
    pub fn to_bytes(&self) -> [u8; BYTE_LENGTH] {
        MemberId::owner_of(*self).to_bytes()
    }

    /// The 32 bytes of the key, for storage.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns whether the member acts with the space's own key. Tools never own a space.
    pub fn is_owned_by(&self, member: &MemberId) -> bool {
        member.kind != MemberKind::Tool && member.key == self.0
    }

    fn text(&self) -> Text {
        Text::of(SPACE, &self.0)
    }
}

text_form!(SpaceId);

/// The kind of a member.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum MemberKind {
    /// The owner, signing in under the space's own id.
    Space,
    /// An account for a program, with rights of its own only.
    Tool,
    /// A person.
    User,
}

/// Identifies a member: a kind and an Ed25519 public key.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct MemberId {
    kind: MemberKind,
    key: [u8; 32],
}

impl MemberId {
    /// The user with this key.
    pub fn user(key: [u8; 32]) -> Self {
        Self {
            kind: MemberKind::User,
            key,
        }
    }

    /// The tool with this key.
    pub fn tool(key: [u8; 32]) -> Self {
        Self {
            kind: MemberKind::Tool,
            key,
        }
    }

    /// The owner of a space under the space's own id.
    pub fn owner_of(space: SpaceId) -> Self {
        Self {
            kind: MemberKind::Space,
            key: space.0,
        }
    }

    /// Reads the text form of a user, tool or space id.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        const EXPECTED: &str = "a user id (U…) or a tool id (T…)";
        let (header, key) = decode(text, EXPECTED)?;
        Self::from_parts(header, key).ok_or(IdError::Kind { expected: EXPECTED })
    }

    /// Reads header byte and key.
    pub fn from_bytes(bytes: &[u8; BYTE_LENGTH]) -> Result<Self, IdError> {
        const EXPECTED: &str = "the bytes of a user or tool id";
        let (header, key) = split(bytes, EXPECTED)?;
        Self::from_parts(header, key).ok_or(IdError::Kind { expected: EXPECTED })
    }

    fn from_parts(header: u8, key: [u8; 32]) -> Option<Self> {
        let kind = match header {
            SPACE => MemberKind::Space,
            TOOL => MemberKind::Tool,
            USER => MemberKind::User,
            _ => return None,
        };
        Some(Self { kind, key })
    }

    /// Header byte and key.
    pub fn to_bytes(&self) -> [u8; BYTE_LENGTH] {
        join(self.header(), &self.key)
    }

    /// Returns the kind of the member.
    pub fn kind(&self) -> MemberKind {
        self.kind
    }

    /// The Ed25519 public key.
    pub fn public_key(&self) -> &[u8; 32] {
        &self.key
    }

    fn header(&self) -> u8 {
        match self.kind {
            MemberKind::Space => SPACE,
            MemberKind::Tool => TOOL,
            MemberKind::User => USER,
        }
    }

    fn text(&self) -> Text {
        Text::of(self.header(), &self.key)
    }
}

text_form!(MemberId);
