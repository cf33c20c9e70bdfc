//! Bytes to store.

use std::borrow::Cow;
use std::fmt;

use reeeductio_core::{Key, NONCE_LENGTH, open, seal};

use crate::error::ClientError;
use crate::platform::random;

/// Bytes to store, and how they are protected.
#[derive(Clone, Copy)]
pub enum Content<'a> {
    /// Stored as they are: the server, and anybody who reads its disk, can read them.
    Plain(&'a [u8]),
    /// Sealed with the space's key for the topic, the state or the data: every member can open them.
    Sealed(&'a [u8]),
    /// Sealed with a key of one's own.
    SealedWith(&'a Key, &'a [u8]),
}

impl<'a> Content<'a> {
    /// The bytes as they are stored; `space_key` gives the space's key for the place.
    pub(super) fn stored(
        self,
        space_key: impl FnOnce() -> Key,
    ) -> Result<Cow<'a, [u8]>, ClientError> {
        let sealed = match self {
            Self::Plain(bytes) => return Ok(Cow::Borrowed(bytes)),
            Self::Sealed(plain) => seal(&space_key(), random::<NONCE_LENGTH>()?, plain)?,
            Self::SealedWith(key, plain) => seal(key, random::<NONCE_LENGTH>()?, plain)?,
        };
        Ok(Cow::Owned(sealed))
    }
}

/// Opens a sealed value; an empty one is what a removed value is.
pub(super) fn open_value(key: &Key, stored: Vec<u8>) -> Result<Vec<u8>, ClientError> {
    if stored.is_empty() {
        return Ok(stored);
    }
    Ok(open(key, &stored)?)
}

impl fmt::Debug for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, length) = match self {
            Self::Plain(bytes) => ("Plain", bytes.len()),
            Self::Sealed(plain) => ("Sealed", plain.len()),
            Self::SealedWith(_, plain) => ("SealedWith", plain.len()),
        };
        write!(f, "{name}({length} bytes)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_sealed_is_not_printed() {
        let key = Key::new([7; 32]);
        for content in [
            Content::Plain(b"word"),
            Content::Sealed(b"word"),
            Content::SealedWith(&key, b"word"),
        ] {
            let printed = format!("{content:?}");
            assert!(printed.ends_with("(4 bytes)"), "{printed}");
        }
    }
}
