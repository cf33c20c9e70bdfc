//! Signals: what members tell each other through the server while they are connected; nobody keeps it (`spec/crypto.md`, "Signals").

use reeeductio_proto::{
    FormatError, MemberId, PublicKey, Reader, SUITE, Signature, SignatureError, SpaceId, Subject,
    lp, signal_statement,
};
use zeroize::Zeroizing;

use crate::epoch::Epoch;
use crate::identity::Identity;
use crate::message_key::MessageKey;
use crate::padding::{end_of, pad, unpad};
use crate::seal::{SealError, TAG_LENGTH};
use crate::sealed::SealedError;

/// Most characters of a subject.
pub const SUBJECT_LENGTH: usize = Subject::LENGTH;
/// Most bytes of the plaintext of a signal.
const MOST: usize = 16_384;
/// Least and most bytes of a ciphertext.
const CIPHERTEXT: std::ops::RangeInclusive<usize> = 192 + TAG_LENGTH..=MOST + TAG_LENGTH;
const FORMAT: u8 = 1;

/// Where a signal belongs: it opens nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct SignalPlace<'a> {
    /// The space.
    pub space: &'a SpaceId,
    /// The subject: 1 to 64 characters of `a-z`, `0-9`, `.`, `_` and `-`.
    pub subject: &'a str,
    /// The member that it is for; `None` for all.
    pub to: Option<&'a MemberId>,
    /// The member that signs.
    pub sender: &'a MemberId,
    /// 16 random bytes of the sender's connection.
    pub session: [u8; 16],
    /// Rises with each signal of the session: a reader drops what does not rise.
    pub counter: u64,
}

/// A sealed signal, taken apart. Nothing is verified yet.
#[derive(Clone, Copy, Debug)]
pub struct SealedSignal<'a> {
    /// The epoch whose keys seal it.
    pub epoch: u32,
    /// Beginning of the epoch's commitment.
    pub key_id: [u8; 8],
    salt: [u8; 16],
    commitment: [u8; 32],
    header: &'a [u8],
    ciphertext: &'a [u8],
}

impl SignalPlace<'_> {
    /// The bytes that the sender signs with a sealed signal.
    fn statement(&self, sealed: &[u8]) -> Vec<u8> {
        signal_statement(
            *self.space,
            self.subject,
            self.to,
            &self.session,
            self.counter,
            sealed,
        )
    }

    /// Signs a sealed signal as its sender.
    pub fn sign(&self, sealed: &[u8], sender: &Identity) -> Signature {
        sender.sign(&self.statement(sealed))
    }

    /// Checks that the sender signed this signal for this place.
    pub fn verify(&self, sealed: &[u8], signature: &Signature) -> Result<(), SignatureError> {
        let sender = PublicKey::parse(self.sender.public_key())?;
        sender.verify(&self.statement(sealed), signature)
    }

    fn key(&self, epoch: &Epoch, salt: &[u8; 16]) -> MessageKey {
        let context = lp([
            b"reeeductio/signal-message/v1".as_slice(),
            &self.space.to_bytes(),
            self.subject.as_bytes(),
            self.to
                .map(MemberId::to_bytes)
                .as_ref()
                .map_or(&[], |to| to.as_slice()),
            &self.sender.to_bytes(),
            &self.session,
            &self.counter.to_be_bytes(),
        ]);
        MessageKey::derive(&epoch.signal_key(), salt, &context)
    }
}

/// Checks the subject of a signal.
pub fn check_subject(subject: &str) -> Result<(), FormatError> {
    Subject::parse(subject).map(drop).map_err(|_| {
        FormatError::Malformed("a subject has 1 to 64 characters of a-z, 0-9, '.', '_' and '-'")
    })
}

/// Seals a signal under an epoch. `salt` is 16 fresh random bytes.
pub fn seal_signal(
    epoch: &Epoch,
    place: SignalPlace<'_>,
    salt: &[u8; 16],
    body: &[u8],
) -> Result<Vec<u8>, SealError> {
    check_subject(place.subject)?;
    if epoch.space() != *place.space {
        return Err(FormatError::Malformed("the epoch is of another space").into());
    }
    let plain = pad(body, MOST)?;
    let key = place.key(epoch, salt);
    let mut sealed = Vec::with_capacity(62 + plain.len() + TAG_LENGTH);
    sealed.extend_from_slice(&[FORMAT, SUITE]);
    sealed.extend_from_slice(&epoch.number().to_be_bytes());
    sealed.extend_from_slice(&epoch.key_id());
    sealed.extend_from_slice(salt);
    sealed.extend_from_slice(&key.commitment());
    let ciphertext = key.seal(&sealed, plain)?;
    sealed.extend_from_slice(&ciphertext);
    Ok(sealed)
}

/// Opens a signal that [`seal_signal`] made for the same place. The caller has verified its signature.
pub fn open_signal(
    epoch: &Epoch,
    place: SignalPlace<'_>,
    sealed: &SealedSignal<'_>,
) -> Result<Zeroizing<Vec<u8>>, SealedError> {
    check_subject(place.subject)?;
    if sealed.epoch != epoch.number() || sealed.key_id != epoch.key_id() {
        return Err(SealedError::Epoch(sealed.epoch));
    }
    let key = place.key(epoch, &sealed.salt);
    if !key.is_committed(&sealed.commitment) {
        return Err(SealedError::Commitment);
    }
    let plain = key.open(sealed.header, sealed.ciphertext)?;
    let body = unpad(&plain, MOST)?.len();
    Ok(end_of(plain, body, body))
}

impl<'a> SealedSignal<'a> {
    /// Reads the bytes of a sealed signal.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, FormatError> {
        let cut_off = || FormatError::Malformed("the signal is cut off");
        let mut reader = Reader::new(bytes);
        for (what, known) in [("signal format", FORMAT), ("suite", SUITE)] {
            let value = reader.byte().ok_or_else(cut_off)?;
            if value != known {
                return Err(FormatError::unknown(what, value));
            }
        }
        let epoch = reader.array().ok_or_else(cut_off)?;
        let key_id = reader.array().ok_or_else(cut_off)?;
        let salt = reader.array().ok_or_else(cut_off)?;
        let commitment = reader.array().ok_or_else(cut_off)?;
        let ciphertext = reader.rest();
        if !CIPHERTEXT.contains(&ciphertext.len()) {
            return Err(FormatError::Malformed("a signal has 270 to 16,462 bytes"));
        }
        let header = bytes.strip_suffix(ciphertext).ok_or_else(cut_off)?;
        Ok(Self {
            epoch: u32::from_be_bytes(epoch),
            key_id,
            salt,
            commitment,
            header,
            ciphertext,
        })
    }
}

#[cfg(test)]
mod tests;
