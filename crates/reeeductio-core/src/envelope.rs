//! Bytes sealed to an encryption key by HPKE, single shot (`spec/crypto.md`, "Wraps" and "Inbox items").

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use reeeductio_proto::{FormatError, Reader, lp};
use zeroize::Zeroizing;

use crate::seeded::Seeded;
use crate::small_order::ends_in_small_order;

/// The key encapsulation, key derivation and AEAD of suite 1, as HPKE numbers them.
const HPKE_SUITE: [u16; 3] = [0x647a, 0x0001, 0x0002];
const FORMAT: u8 = 1;
/// Bytes that X-Wing encapsulates into.
const ENCAPSULATED: usize = 1_120;

pub(crate) type PublicHalf = <XWing as Kem>::PublicKey;
pub(crate) type SecretHalf = <XWing as Kem>::PrivateKey;

/// The encapsulated key and the ciphertext of sealed bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Envelope<'a> {
    encapsulated: &'a [u8],
    pub(crate) ciphertext: &'a [u8],
}

/// Seals `plain` to a key. All context is in `info`; `seed` is 32 fresh random bytes. `None` if the key cannot be used.
pub(crate) fn seal(
    key: &PublicHalf,
    info: &[u8],
    plain: &[u8],
    seed: &[u8; 32],
) -> Option<Vec<u8>> {
    let sealed = hpke::single_shot_seal_with_rng::<AesGcm256, HkdfSha256, XWing>(
        &OpModeS::Base,
        key,
        info,
        plain,
        b"",
        &mut Seeded::new(seed),
    );
    let (encapsulated, ciphertext) = sealed.ok()?;
    let mut bytes = vec![FORMAT];
    for number in HPKE_SUITE {
        bytes.extend_from_slice(&number.to_be_bytes());
    }
    bytes.extend(lp([encapsulated.to_bytes().as_slice()]));
    bytes.extend_from_slice(&ciphertext);
    Some(bytes)
}

impl<'a> Envelope<'a> {
    /// Reads what [`seal`] wrote. `what` names it in errors.
    pub(crate) fn parse(what: &'static str, bytes: &'a [u8]) -> Result<Self, FormatError> {
        let cut_off = || FormatError::Malformed("the sealed bytes are cut off");
        let mut reader = Reader::new(bytes);
        let format = reader.byte().ok_or_else(cut_off)?;
        if format != FORMAT {
            return Err(FormatError::unknown(what, format));
        }
        for (what, expected) in ["KEM", "KDF", "AEAD"].into_iter().zip(HPKE_SUITE) {
            let number = reader.array().map(u16::from_be_bytes);
            let number = number.ok_or_else(cut_off)?;
            if number != expected {
                return Err(FormatError::unknown(what, number));
            }
        }
        let encapsulated = reader.field().ok_or_else(cut_off)?;
        if encapsulated.len() != ENCAPSULATED {
            return Err(FormatError::Malformed(
                "the encapsulated key has another length",
            ));
        }
        let ciphertext = reader.rest();
        Ok(Self {
            encapsulated,
            ciphertext,
        })
    }

    /// Opens it with the key and the context that it was sealed for; `None` with any other.
    pub(crate) fn open(&self, key: &SecretHalf, info: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        if ends_in_small_order(self.encapsulated) {
            return None;
        }
        let encapsulated = Deserializable::from_bytes(self.encapsulated).ok()?;
        hpke::single_shot_open::<AesGcm256, HkdfSha256, XWing>(
            &OpModeR::Base,
            key,
            &encapsulated,
            info,
            self.ciphertext,
            b"",
        )
        .map(Zeroizing::new)
        .ok()
    }
}
