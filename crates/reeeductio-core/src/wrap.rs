//! Wraps: the root of an epoch, sealed to one member (`spec/crypto.md`, "Wraps").

use reeeductio_proto::{FormatError, MemberId, SpaceId, lp};

use crate::encryption_key::{DecryptionKey, EncryptionKey};
use crate::envelope::{self, Envelope};
use crate::epoch::{Epoch, WrongRoot};
use crate::keys::Key;

/// Bytes of a sealed root.
const SEALED_ROOT: usize = 48;

/// Context of the wrap of an epoch's root. The wrap opens in no other.
#[derive(Clone, Copy, Debug)]
pub struct WrapContext<'a> {
    /// The space.
    pub space: &'a SpaceId,
    /// The member that the secret is for.
    pub recipient: &'a MemberId,
    /// The member that signs the message with the wrap, or with the blob's id that holds it.
    pub issuer: &'a MemberId,
    /// Number of the epoch.
    pub epoch: u32,
    /// Commitment of the epoch.
    pub commitment: &'a [u8; 32],
}

/// A wrap was not opened.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UnwrapError {
    /// It is for another key or context, or was changed.
    #[error("the wrap does not open: it is for another key or place, or was changed")]
    Authentication,
    /// It is not in the format.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// It holds another root than the epoch's.
    #[error(transparent)]
    Root(#[from] WrongRoot),
}

impl WrapContext<'_> {
    fn info(&self) -> Vec<u8> {
        lp([
            b"reeeductio/wrap/v1".as_slice(),
            b"epoch",
            &self.space.to_bytes(),
            &self.recipient.to_bytes(),
            &self.issuer.to_bytes(),
            &self.epoch.to_be_bytes(),
            self.commitment,
        ])
    }
}

impl EncryptionKey {
    /// Seals the root of an epoch to the key of `recipient`, as `issuer`. `seed` is 32 fresh random bytes. `None` if the key cannot be used.
    pub fn wrap(
        &self,
        epoch: &Epoch,
        recipient: &MemberId,
        issuer: &MemberId,
        seed: &[u8; 32],
    ) -> Option<Vec<u8>> {
        let context = WrapContext {
            space: &epoch.space(),
            recipient,
            issuer,
            epoch: epoch.number(),
            commitment: epoch.commitment(),
        };
        envelope::seal(self.half(), &context.info(), epoch.root().expose(), seed)
    }
}

impl DecryptionKey {
    /// Opens the wrap of an epoch's root that [`EncryptionKey::wrap`] made in the same context, and compares the root with the commitment.
    pub fn unwrap(&self, context: WrapContext<'_>, wrap: &[u8]) -> Result<Epoch, UnwrapError> {
        let envelope = Envelope::parse("wrap format", wrap)?;
        if envelope.ciphertext.len() != SEALED_ROOT {
            return Err(FormatError::Malformed("the wrap of a root has 1,179 bytes").into());
        }
        let key = self.half().ok_or(UnwrapError::Authentication)?;
        let root = envelope.open(&key, &context.info());
        let root = root.ok_or(UnwrapError::Authentication)?;
        let root: [u8; 32] = root
            .as_slice()
            .try_into()
            .map_err(|_| FormatError::Malformed("a root has 32 bytes"))?;
        let (space, epoch) = (*context.space, context.epoch);
        let root = Key::new(root);
        Ok(Epoch::verify(space, epoch, root, context.commitment)?)
    }
}

#[cfg(test)]
mod tests;
