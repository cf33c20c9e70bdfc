//! Inbox items: what one member leaves for another, sealed to its encryption key (`spec/crypto.md`, "Inbox items").

use std::fmt;

use reeeductio_proto::{
    FormatError, MemberId, PublicKey, Reader, Signature, SignatureError, SpaceId,
    inbox_item_statement, lp,
};
use zeroize::Zeroizing;

use crate::content_type::{check_content_type, read_content_type};
use crate::encryption_key::{DecryptionKey, EncryptionKey};
use crate::envelope::{self, Envelope};
use crate::identity::Identity;
use crate::padding::{end_of, pad_fields, unpad};
use crate::seal::{SealError, TAG_LENGTH};

/// Most bytes of a plaintext.
const MOST: usize = 63_488;
/// Least and most bytes of a ciphertext.
const CIPHERTEXT: std::ops::RangeInclusive<usize> = 192 + TAG_LENGTH..=MOST + TAG_LENGTH;

/// Context of an inbox item. The item opens in no other.
#[derive(Clone, Copy, Debug)]
pub struct ItemContext<'a> {
    /// The space.
    pub space: &'a SpaceId,
    /// The member that the item is for.
    pub recipient: &'a MemberId,
    /// The member that signs.
    pub sender: &'a MemberId,
    /// 16 random bytes that name the item.
    pub item: [u8; 16],
}

/// The content of an inbox item. Its body is wiped when dropped, and not shown.
#[derive(Clone, Eq, PartialEq)]
pub struct ItemContent {
    /// The application's word for the body: at most 128 bytes without control characters. The server does not see it.
    pub content_type: String,
    /// The application's bytes.
    pub body: Zeroizing<Vec<u8>>,
}

/// An inbox item was not opened.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ItemError {
    /// It is for another key or context, or was changed.
    #[error("the inbox item does not open: it is for another key or place, or was changed")]
    Authentication,
    /// It is not in the format.
    #[error(transparent)]
    Format(#[from] FormatError),
}

impl ItemContext<'_> {
    fn info(&self, generation: u32) -> Vec<u8> {
        lp([
            b"reeeductio/inbox/v1".as_slice(),
            &self.space.to_bytes(),
            &self.recipient.to_bytes(),
            &self.sender.to_bytes(),
            &self.item,
            &generation.to_be_bytes(),
        ])
    }

    fn statement(&self, expires: u64, sealed: &[u8]) -> Vec<u8> {
        inbox_item_statement(self.space, self.recipient, self.item, expires, sealed)
    }

    /// Signs a sealed item as its sender. `expires` is a time in Unix milliseconds, or 0 for none.
    pub fn sign(&self, expires: u64, sealed: &[u8], sender: &Identity) -> Signature {
        sender.sign(&self.statement(expires, sealed))
    }

    /// Checks that the sender signed this item for this context, with this `expires`.
    pub fn verify(
        &self,
        expires: u64,
        sealed: &[u8],
        signature: &Signature,
    ) -> Result<(), SignatureError> {
        let sender = PublicKey::parse(self.sender.public_key())?;
        sender.verify(&self.statement(expires, sealed), signature)
    }
}

impl EncryptionKey {
    /// Seals an inbox item to the key, which is the recipient's. `seed` is 32 fresh random bytes.
    pub fn seal_item(
        &self,
        context: ItemContext<'_>,
        content: &ItemContent,
        seed: &[u8; 32],
    ) -> Result<Vec<u8>, SealError> {
        check_content_type(&content.content_type)?;
        let fields = [content.content_type.as_bytes(), &content.body];
        let plain = Zeroizing::new(pad_fields(fields, MOST)?);
        let info = context.info(self.generation());
        envelope::seal(self.half(), &info, &plain, seed).ok_or(SealError::EncryptionKey)
    }
}

impl DecryptionKey {
    /// Opens an inbox item that [`EncryptionKey::seal_item`] made in the same context. The caller has verified its signature.
    pub fn open_item(
        &self,
        context: ItemContext<'_>,
        sealed: &[u8],
    ) -> Result<ItemContent, ItemError> {
        let envelope = Envelope::parse("inbox item format", sealed)?;
        if !CIPHERTEXT.contains(&envelope.ciphertext.len()) {
            return Err(FormatError::Malformed("an inbox item has 1,339 to 64,635 bytes").into());
        }
        let key = self.half().ok_or(ItemError::Authentication)?;
        let plain = envelope.open(&key, &context.info(self.generation()));
        let plain = plain.ok_or(ItemError::Authentication)?;
        let content = unpad(&plain, MOST)?;
        let malformed = FormatError::Malformed("the inbox item has other fields");
        let (content_type, body) = read(content).ok_or(malformed)?;
        let (content, body) = (content.len(), body.len());
        Ok(ItemContent {
            content_type,
            body: end_of(plain, content, body),
        })
    }
}

fn read(content: &[u8]) -> Option<(String, &[u8])> {
    let mut reader = Reader::new(content);
    let content_type = read_content_type(reader.field()?)?;
    let body = reader.field()?;
    reader.is_empty().then_some((content_type, body))
}

impl fmt::Debug for ItemContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ItemContent").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
