//! The signed part of a sealed message, format 1 (`spec/crypto.md`, "Sealed format 1").

use crate::fields::Reader;

/// The suite that is written: X-Wing, HKDF-SHA-256, AES-256-GCM, SHA-256.
pub const SUITE: u8 = 1;
/// Least and most bytes of a payload: a plaintext of 192 to 65,536 bytes with its tag.
pub const PAYLOAD: std::ops::RangeInclusive<usize> = 208..=65_552;

const FORMAT: u8 = 1;
const EXPIRES: u8 = 0x01;
const EDIT: u8 = 0x02;
const DELETE: u8 = 0x04;

/// The signed part of a sealed message: everything but the payload, which can be removed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SealedHeader {
    /// The lane; zero in the topic `state`.
    pub lane: [u8; 8],
    /// The epoch whose keys seal the payload.
    pub epoch: u32,
    /// Beginning of the epoch's commitment.
    pub key_id: [u8; 8],
    /// Digest of the newest message below `auth/` that the author had verified.
    pub authority: [u8; 32],
    /// Random for each message.
    pub salt: [u8; 16],
    /// Commits to the message's key.
    pub commitment: [u8; 32],
    /// When the payload is to be removed, Unix milliseconds.
    pub expires: Option<u64>,
    /// The message that this one changes; `None` for a message of its own.
    pub target: Option<Target>,
    /// SHA-256 of the payload.
    pub payload_hash: [u8; 32],
}

/// The message that an edit or a delete changes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Target {
    /// Which of both.
    pub change: TargetChange,
    /// Digest of the message's id.
    pub message: [u8; 32],
    /// Counts the changes of the message, from 1.
    pub revision: u32,
}

/// The change of a target.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TargetChange {
    /// It is replaced.
    Edit,
    /// It is removed.
    Delete,
}

/// Why bytes are not in a format that this release reads.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// A later release may know it.
    #[error("{what} {value} is not known to this release")]
    Unknown {
        /// Name of the field.
        what: &'static str,
        /// The value.
        value: u64,
    },
    /// No release writes this.
    #[error("{0}")]
    Malformed(&'static str),
}

impl FormatError {
    /// A value of a field that this release does not know.
    pub fn unknown(what: &'static str, value: impl Into<u64>) -> Self {
        let value = value.into();
        Self::Unknown { what, value }
    }
}

impl SealedHeader {
    /// Reads the bytes of `data`. Nothing is verified yet.
    pub fn parse(data: &[u8]) -> Result<Self, FormatError> {
        let mut reader = Reader::new(data);
        let (format, suite) = (next(reader.byte())?, next(reader.byte())?);
        known("format", format, FORMAT)?;
        known("suite", suite, SUITE)?;
        let flags = next(reader.byte())?;
        let target = match flags & (EDIT | DELETE) {
            0 => None,
            EDIT => Some(TargetChange::Edit),
            DELETE => Some(TargetChange::Delete),
            _ => {
                return Err(FormatError::Malformed(
                    "a message is an edit or a delete, not both",
                ));
            }
        };
        if flags & !(EXPIRES | EDIT | DELETE) != 0 {
            return Err(FormatError::unknown("flags", flags));
        }
        let header = Self {
            lane: next(reader.array())?,
            epoch: u32::from_be_bytes(next(reader.array())?),
            key_id: next(reader.array())?,
            authority: next(reader.array())?,
            salt: next(reader.array())?,
            commitment: next(reader.array())?,
            expires: match flags & EXPIRES {
                0 => None,
                _ => Some(u64::from_be_bytes(next(reader.array())?)),
            },
            target: match target {
                None => None,
                Some(change) => Some(Target {
                    change,
                    message: next(reader.array())?,
                    revision: u32::from_be_bytes(next(reader.array())?),
                }),
            },
            payload_hash: next(reader.array())?,
        };
        if !reader.is_empty() {
            return Err(FormatError::Malformed("the signed part is too long"));
        }
        if header.target.is_some_and(|target| target.revision == 0) {
            return Err(FormatError::Malformed("revisions begin with 1"));
        }
        Ok(header)
    }

    /// The bytes of `data`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.unhashed();
        bytes.extend_from_slice(&self.payload_hash);
        bytes
    }

    /// The bytes of `data` before the hash of the payload.
    pub fn unhashed(&self) -> Vec<u8> {
        let change = match self.target.map(|target| target.change) {
            None => 0,
            Some(TargetChange::Edit) => EDIT,
            Some(TargetChange::Delete) => DELETE,
        };
        let expires = if self.expires.is_some() { EXPIRES } else { 0 };
        let mut bytes = Vec::with_capacity(192);
        bytes.extend_from_slice(&[FORMAT, SUITE, change | expires]);
        bytes.extend_from_slice(&self.lane);
        bytes.extend_from_slice(&self.epoch.to_be_bytes());
        bytes.extend_from_slice(&self.key_id);
        bytes.extend_from_slice(&self.authority);
        bytes.extend_from_slice(&self.salt);
        bytes.extend_from_slice(&self.commitment);
        if let Some(expires) = self.expires {
            bytes.extend_from_slice(&expires.to_be_bytes());
        }
        if let Some(target) = self.target {
            bytes.extend_from_slice(&target.message);
            bytes.extend_from_slice(&target.revision.to_be_bytes());
        }
        bytes
    }
}

fn known(what: &'static str, value: u8, only: u8) -> Result<(), FormatError> {
    if value == only {
        return Ok(());
    }
    Err(FormatError::unknown(what, value))
}

fn next<T>(read: Option<T>) -> Result<T, FormatError> {
    read.ok_or(FormatError::Malformed("the signed part is cut off"))
}

#[cfg(test)]
mod tests;
