//! The key of one message.

use std::fmt;

use aes_gcm::aead::AeadInPlace as _;
use aes_gcm::aead::generic_array::GenericArray;
use hkdf::Hkdf;
use reeeductio_proto::lp;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::keys::Key;
use crate::seal::{OpenError, SealError, TAG_LENGTH, cipher};

/// The key and the nonce of one message: whoever has them opens that message, and no other. Wiped when dropped, never shown.
#[derive(Clone)]
pub struct MessageKey {
    key: Key,
    nonce: [u8; 12],
}

impl MessageKey {
    /// Derives it for a salt and a context.
    pub(crate) fn derive(from: &Key, salt: &[u8; 16], context: &[u8]) -> Self {
        Self::expand(&Hkdf::new(Some(salt), from.expose()), context)
    }

    /// [`derive`](Self::derive) for a key of which only one such key derives.
    pub(crate) fn derive_unsalted(from: &Key, context: &[u8]) -> Self {
        Self::expand(&Hkdf::new(None, from.expose()), context)
    }

    fn expand(from: &Hkdf<Sha256>, context: &[u8]) -> Self {
        let mut bytes = Zeroizing::new([0; 44]);
        // HKDF refuses only outputs longer than 255 hashes.
        let _fits = from.expand(context, &mut *bytes);
        Self::from_bytes(&bytes)
    }

    /// From the bytes that [`expose`](Self::expose) gives, of somebody who reveals a message.
    pub fn from_bytes(bytes: &[u8; 44]) -> Self {
        let (mut key, mut nonce) = ([0; 32], [0; 12]);
        let (left, right) = bytes.split_at(32);
        key.copy_from_slice(left);
        nonce.copy_from_slice(right);
        Self {
            key: Key::new(key),
            nonce,
        }
    }

    /// The bytes, to reveal the message.
    pub fn expose(&self) -> Zeroizing<[u8; 44]> {
        let mut bytes = Zeroizing::new([0; 44]);
        let (left, right) = bytes.split_at_mut(32);
        left.copy_from_slice(self.key.expose());
        right.copy_from_slice(&self.nonce);
        bytes
    }

    /// The commitment to the key, which the signed part names: AES-GCM alone does not commit to it.
    pub(crate) fn commitment(&self) -> [u8; 32] {
        let name = b"reeeductio/message-key/v1".as_slice();
        let fields = Zeroizing::new(lp([name, self.key.expose(), &self.nonce]));
        Sha256::digest(&*fields).into()
    }

    /// Returns whether it is the key that a signed part commits to.
    pub(crate) fn is_committed(&self, commitment: &[u8; 32]) -> bool {
        self.commitment().ct_eq(commitment).into()
    }

    pub(crate) fn seal(&self, context: &[u8], mut plain: Vec<u8>) -> Result<Vec<u8>, SealError> {
        let nonce = GenericArray::from_slice(&self.nonce);
        let tag = cipher(&self.key)
            .encrypt_in_place_detached(nonce, context, &mut plain)
            .map_err(|_| SealError::TooLong)?;
        plain.extend_from_slice(&tag);
        Ok(plain)
    }

    pub(crate) fn open(
        &self,
        context: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let length = sealed.len();
        let body = length.checked_sub(TAG_LENGTH);
        let (body, tag) = body
            .and_then(|body| sealed.split_at_checked(body))
            .ok_or(OpenError::Length(length))?;
        let mut plain = Zeroizing::new(body.to_vec());
        cipher(&self.key)
            .decrypt_in_place_detached(
                GenericArray::from_slice(&self.nonce),
                context,
                &mut plain,
                GenericArray::from_slice(tag),
            )
            .map_err(|_| OpenError::Authentication)?;
        Ok(plain)
    }
}

impl fmt::Debug for MessageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MessageKey(..)")
    }
}
