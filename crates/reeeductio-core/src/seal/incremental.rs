//! The same AES-256-GCM over content that arrives in pieces (NIST SP 800-38D; docs/adr/0008).
//!
//! Counter mode and GHASH are those that the `aes-gcm` crate is made of; only their order is here.

use std::fmt;

use aes::Aes256;
use aes::cipher::{BlockEncrypt as _, KeyInit as _, KeyIvInit as _, StreamCipher as _};
use ctr::Ctr32BE;
use ghash::GHash;
use ghash::universal_hash::UniversalHash as _;
use subtle::ConstantTimeEq as _;

use super::{NONCE_LENGTH, OpenError, SealError, TAG_LENGTH};
use crate::keys::Key;

const BLOCK: usize = 16;
/// The most that one nonce encrypts, in bytes.
const LONGEST: u64 = ((1 << 32) - 2) * BLOCK as u64;

/// Seals content in pieces. The output is the nonce, then each piece, then the tag.
pub struct Sealer(Gcm);

/// Opens content in pieces. Nothing it gives is proven before [`verify`](Self::verify) has accepted the tag:
/// until then nobody must act on it.
pub struct Opener(Gcm);

impl Sealer {
    /// Begins with a key and nonce that are used for this content only.
    pub fn new(key: &Key, nonce: [u8; NONCE_LENGTH]) -> Self {
        Self(Gcm::new(key, nonce))
    }

    /// Encrypts the next piece in place.
    pub fn seal(&mut self, piece: &mut [u8]) -> Result<(), SealError> {
        self.0.encrypt(piece).ok_or(SealError::TooLong)?;
        self.0.authenticate(piece);
        Ok(())
    }

    /// The tag.
    pub fn finish(self) -> [u8; TAG_LENGTH] {
        self.0.tag()
    }
}

impl Opener {
    /// Begins with the key and the nonce that stands before the content.
    pub fn new(key: &Key, nonce: [u8; NONCE_LENGTH]) -> Self {
        Self(Gcm::new(key, nonce))
    }

    /// Takes in the next piece without opening it, to check the tag first. Do not mix with
    /// [`open`](Self::open).
    pub fn absorb(&mut self, piece: &[u8]) {
        self.0.authenticate(piece);
    }

    /// Decrypts the next piece in place.
    pub fn open(&mut self, piece: &mut [u8]) -> Result<(), OpenError> {
        self.0.authenticate(piece);
        self.0.encrypt(piece).ok_or(OpenError::Authentication)
    }

    /// Compares with the tag that stands behind the content.
    pub fn verify(self, tag: [u8; TAG_LENGTH]) -> Result<(), OpenError> {
        if bool::from(self.0.tag().ct_eq(&tag)) {
            Ok(())
        } else {
            Err(OpenError::Authentication)
        }
    }
}

struct Gcm {
    counter: Ctr32BE<Aes256>,
    ghash: GHash,
    /// Hides the hash in the tag.
    mask: [u8; TAG_LENGTH],
    /// Bytes that do not fill a block yet.
    partial: [u8; BLOCK],
    filled: usize,
    encrypted: u64,
    authenticated: u64,
}

impl Gcm {
    fn new(key: &Key, nonce: [u8; NONCE_LENGTH]) -> Self {
        let mut hash_key = ghash::Key::default();
        Aes256::new(key.expose().into()).encrypt_block(&mut hash_key);
        let mut first = [0; BLOCK];
        let (place, count) = first.split_at_mut(NONCE_LENGTH);
        place.copy_from_slice(&nonce);
        count.copy_from_slice(&1_u32.to_be_bytes());
        let mut counter = Ctr32BE::<Aes256>::new(key.expose().into(), &first.into());
        let mut mask = [0; TAG_LENGTH];
        counter.apply_keystream(&mut mask);
        Self {
            counter,
            ghash: GHash::new(&hash_key),
            mask,
            partial: [0; BLOCK],
            filled: 0,
            encrypted: 0,
            authenticated: 0,
        }
    }

    /// `None` when the nonce has encrypted all it may.
    fn encrypt(&mut self, piece: &mut [u8]) -> Option<()> {
        self.encrypted = self.encrypted.saturating_add(piece.len() as u64);
        if self.encrypted > LONGEST {
            return None;
        }
        self.counter.try_apply_keystream(piece).ok()
    }

    fn authenticate(&mut self, mut piece: &[u8]) {
        self.authenticated = self.authenticated.saturating_add(piece.len() as u64);
        if self.filled > 0 {
            let taken = piece.len().min(BLOCK - self.filled);
            let (head, rest) = piece.split_at(taken);
            for (place, byte) in self.partial.iter_mut().skip(self.filled).zip(head) {
                *place = *byte;
            }
            self.filled += taken;
            piece = rest;
            if self.filled < BLOCK {
                return;
            }
            self.ghash.update(&[self.partial.into()]);
            self.filled = 0;
        }
        let (whole, rest) = piece.split_at(piece.len() - piece.len() % BLOCK);
        self.ghash.update_padded(whole);
        self.partial = [0; BLOCK];
        for (place, byte) in self.partial.iter_mut().zip(rest) {
            *place = *byte;
        }
        self.filled = rest.len();
    }

    fn tag(mut self) -> [u8; TAG_LENGTH] {
        if self.filled > 0 {
            for place in self.partial.iter_mut().skip(self.filled) {
                *place = 0;
            }
            self.ghash.update(&[self.partial.into()]);
        }
        // No context, so its length is zero; both lengths are in bits.
        let lengths = u128::from(self.authenticated) * 8;
        self.ghash.update(&[lengths.to_be_bytes().into()]);
        let mut tag = self.mask;
        for (byte, hashed) in tag.iter_mut().zip(self.ghash.finalize()) {
            *byte ^= hashed;
        }
        tag
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(..)")
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opener(..)")
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

    use super::*;
    use crate::seal::seal;

    /// Cuts content into random pieces, of which some are empty.
    fn pieces(rng: &mut ChaCha20Rng, length: usize) -> Vec<std::ops::Range<usize>> {
        let mut pieces = Vec::new();
        let mut at = 0;
        while at < length {
            let most = [1, 15, 16, 17, 40, 4096][rng.next_u32() as usize % 6];
            let end = length.min(at + rng.next_u32() as usize % (most + 1));
            pieces.push(at..end);
            at = end;
        }
        pieces
    }

    #[test]
    fn any_pieces_seal_to_the_same_bytes_as_the_whole_and_open_again() {
        let mut rng = ChaCha20Rng::from_seed([7; 32]);
        for round in 0..400 {
            let length = match round {
                0..=70 => round,
                _ => rng.next_u32() as usize % 20_000,
            };
            let (mut key, mut nonce, mut plain) = ([0; 32], [0; 12], vec![0; length]);
            rng.fill_bytes(&mut key);
            rng.fill_bytes(&mut nonce);
            rng.fill_bytes(&mut plain);
            let key = Key::new(key);
            let whole = seal(&key, nonce, &plain).unwrap();
            let (body, tag) = whole[NONCE_LENGTH..].split_at(length);
            let tag: [u8; TAG_LENGTH] = tag.try_into().unwrap();

            let mut sealer = Sealer::new(&key, nonce);
            let mut sealed = plain.clone();
            for piece in pieces(&mut rng, length) {
                sealer.seal(&mut sealed[piece]).unwrap();
            }
            assert_eq!((sealed.as_slice(), sealer.finish()), (body, tag));

            let (mut opener, mut checker) = (Opener::new(&key, nonce), Opener::new(&key, nonce));
            let mut opened = body.to_vec();
            for piece in pieces(&mut rng, length) {
                checker.absorb(&body[piece.clone()]);
                opener.open(&mut opened[piece]).unwrap();
            }
            assert_eq!(opened, plain);
            opener.verify(tag).unwrap();
            checker.verify(tag).unwrap();
        }
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let key = Key::new([7; 32]);
        let whole = seal(&key, [1; 12], b"a little more than a block").unwrap();
        let check = |sealed: &[u8]| {
            let (nonce, rest) = sealed.split_at(NONCE_LENGTH);
            let (body, tag) = rest.split_at(rest.len() - TAG_LENGTH);
            let mut opener = Opener::new(&key, nonce.try_into().unwrap());
            opener.absorb(body);
            opener.verify(tag.try_into().unwrap())
        };
        assert_eq!(check(&whole), Ok(()));
        for index in 0..whole.len() {
            for bit in 0..8 {
                let mut changed = whole.clone();
                changed[index] ^= 1 << bit;
                assert_eq!(check(&changed), Err(OpenError::Authentication));
            }
        }
    }

    #[test]
    fn no_more_is_sealed_than_one_nonce_allows() {
        let mut sealer = Sealer::new(&Key::new([7; 32]), [1; 12]);
        sealer.0.encrypted = LONGEST - 1;
        assert_eq!(sealer.seal(&mut [0; 1]), Ok(()));
        assert_eq!(sealer.seal(&mut [0; 1]), Err(SealError::TooLong));
    }
}
