//! Requests to join a space (`spec/crypto.md`, "Join requests").

use std::fmt;

use reeeductio_proto::{
    FormatError, MemberId, MemberKind, PublicKey, Reader, SUITE, Signature, SignatureError,
    SpaceId, View, lp,
};
use sha2::{Digest as _, Sha256};

use crate::encryption_key::{EncryptionKey, EncryptionKeyError, statement as key_statement};
use crate::identity::Identity;

/// The content type of the inbox item that holds a join request.
pub const JOIN: &str = "reeeductio/join";

/// Somebody's request to join a space, with the encryption key that a member who admits it wraps to. Its signatures are right.
#[derive(Clone, Eq, PartialEq)]
pub struct JoinRequest {
    space: SpaceId,
    member: MemberId,
    key: EncryptionKey,
    key_signature: Signature,
    time: u64,
    nonce: [u8; 16],
    signature: Signature,
}

/// Why bytes are not a join request.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError {
    /// They are not in the format.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The encryption key cannot be used, or the member has not signed it.
    #[error(transparent)]
    Key(#[from] EncryptionKeyError),
    /// The member has not signed the request.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

/// Why a request admits nobody, whoever reads it, and however often.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum JoinRefused {
    /// It was answered: the user is a member.
    #[error("the user is a member already")]
    Member,
    /// The user was a member once. A person lets it in again, not its request.
    #[error(
        "the user was a member, and was removed or has left; a request does not let it in again"
    )]
    Removed,
    /// It is a request to join another space.
    #[error("the request is for another space")]
    Space,
}

impl JoinRequest {
    /// Checks that the request may count: once, for somebody who never was a member. So one that is read again admits nobody.
    pub fn check(&self, view: &View) -> Result<(), JoinRefused> {
        if self.space != view.space() {
            return Err(JoinRefused::Space);
        }
        if view.knows(&self.member) {
            return Err(JoinRefused::Member);
        }
        if view.was_removed(&self.member) {
            return Err(JoinRefused::Removed);
        }
        Ok(())
    }

    /// The request of a user, with its encryption key of `generation`. `time` is now, in Unix milliseconds; `nonce` is 16 fresh random
    /// bytes. `None` if the encryption key cannot be used.
    pub fn new(
        space: SpaceId,
        user: &Identity,
        generation: u32,
        time: u64,
        nonce: [u8; 16],
    ) -> Option<Self> {
        let member = user.user_id();
        let key = user.decryption_key(generation).encryption_key()?;
        let hash = key_hash(&space, &member, &key);
        let signature = user.sign(&statement(&space, &member, &hash, time, &nonce));
        Some(Self {
            key_signature: user.sign_encryption_key(&space, &member, &key),
            space,
            member,
            key,
            time,
            nonce,
            signature,
        })
    }

    /// Reads the body of an inbox item that `sender` has signed, and verifies both signatures.
    pub fn parse(space: SpaceId, sender: &MemberId, body: &[u8]) -> Result<Self, JoinError> {
        let cut_off = || FormatError::Malformed("the join request is cut off");
        let mut reader = Reader::new(body);
        let member: [u8; 33] = field(&mut reader)?;
        let [suite] = field(&mut reader)?;
        if suite != SUITE {
            return Err(FormatError::unknown("suite", suite).into());
        }
        let generation = u32::from_be_bytes(field(&mut reader)?);
        let key = reader.field().ok_or_else(cut_off)?;
        let key_signature = Signature::from_bytes(field(&mut reader)?);
        let time = u64::from_be_bytes(field(&mut reader)?);
        let nonce = field(&mut reader)?;
        let signature = Signature::from_bytes(field(&mut reader)?);
        if !reader.is_empty() {
            return Err(FormatError::Malformed("the join request is too long").into());
        }
        let member = MemberId::from_bytes(&member)
            .ok()
            .filter(|member| member.kind() != MemberKind::Space)
            .ok_or(FormatError::Malformed("the join request names no member"))?;
        // Somebody else's request, sent once more, asks for nothing.
        if member != *sender {
            return Err(FormatError::Malformed("the join request is not its sender's").into());
        }
        let key = EncryptionKey::verify(&space, &member, generation, key, &key_signature)?;
        let signer = PublicKey::parse(member.public_key())?;
        let hash = key_hash(&space, &member, &key);
        signer.verify(&statement(&space, &member, &hash, time, &nonce), &signature)?;
        Ok(Self {
            space,
            member,
            key,
            key_signature,
            time,
            nonce,
            signature,
        })
    }

    /// The body of the inbox item.
    pub fn to_bytes(&self) -> Vec<u8> {
        lp([
            self.member.to_bytes().as_slice(),
            &[SUITE],
            &self.key.generation().to_be_bytes(),
            self.key.as_bytes(),
            &self.key_signature.to_bytes(),
            &self.time.to_be_bytes(),
            &self.nonce,
            &self.signature.to_bytes(),
        ])
    }

    /// The space.
    pub fn space(&self) -> SpaceId {
        self.space
    }

    /// The member that asks.
    pub fn member(&self) -> MemberId {
        self.member
    }

    /// Its encryption key.
    pub fn encryption_key(&self) -> &EncryptionKey {
        &self.key
    }

    /// The member's signature of its encryption key, for `auth/keys/{member}`.
    pub fn key_signature(&self) -> &Signature {
        &self.key_signature
    }

    /// When it was written by the member's clock, Unix milliseconds.
    pub fn time(&self) -> u64 {
        self.time
    }

    /// 16 random bytes of the member's.
    pub fn nonce(&self) -> [u8; 16] {
        self.nonce
    }

    /// The member's signature of the request.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Hash of the statement by which the member signed its encryption key.
    pub(crate) fn key_hash(&self) -> [u8; 32] {
        key_hash(&self.space, &self.member, &self.key)
    }

    /// The hash that names the request.
    pub fn hash(&self) -> [u8; 32] {
        let key = self.key_hash();
        let statement = statement(&self.space, &self.member, &key, self.time, &self.nonce);
        Sha256::new()
            .chain_update(statement)
            .chain_update(self.signature.to_bytes())
            .finalize()
            .into()
    }
}

fn field<const N: usize>(reader: &mut Reader<'_>) -> Result<[u8; N], FormatError> {
    let field = reader.field().and_then(|field| field.try_into().ok());
    field.ok_or(FormatError::Malformed(
        "a field of the join request is missing or has another length",
    ))
}

fn key_hash(space: &SpaceId, member: &MemberId, key: &EncryptionKey) -> [u8; 32] {
    Sha256::digest(key_statement(space, member, key)).into()
}

/// The bytes that the member signs. `key` is the hash of the statement by which it signs its encryption key.
pub(crate) fn statement(
    space: &SpaceId,
    member: &MemberId,
    key: &[u8; 32],
    time: u64,
    nonce: &[u8; 16],
) -> Vec<u8> {
    lp([
        b"reeeductio/join/v1".as_slice(),
        &space.to_bytes(),
        &member.to_bytes(),
        key,
        &time.to_be_bytes(),
        nonce,
    ])
}

impl fmt::Debug for JoinRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinRequest")
            .field("member", &self.member)
            .field("time", &self.time)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
