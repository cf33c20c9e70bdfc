use curve25519_dalek::constants::ED25519_BASEPOINT_TABLE;
use curve25519_dalek::{EdwardsPoint, Scalar};
use ed25519_dalek::SigningKey;
use sha2::{Digest as _, Sha512};

use super::*;

/// The order of the group, little-endian (RFC 8032, 5.1).
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The scalar that a signature's equation is made with (RFC 8032, 5.1.7).
fn challenge(r: &[u8; 32], key: &EdwardsPoint, message: &[u8]) -> Scalar {
    let mut hash = Sha512::new();
    hash.update(r);
    hash.update(key.compress().as_bytes());
    hash.update(message);
    Scalar::from_bytes_mod_order_wide(&hash.finalize().into())
}

fn joined(r: &[u8; 32], s: &[u8; 32]) -> [u8; 64] {
    let mut signature = [0; 64];
    let (first, second) = signature.split_at_mut(32);
    first.copy_from_slice(r);
    second.copy_from_slice(s);
    signature
}

/// A signature whose `R` is `nonce` times the base point and `part`, encoded as `r` says.
fn signed(
    secret: &Scalar,
    key: &EdwardsPoint,
    nonce: &Scalar,
    r: &[u8; 32],
    message: &[u8],
) -> [u8; 64] {
    let s = nonce + challenge(r, key, message) * secret;
    joined(r, s.as_bytes())
}

/// The sum of a number below the order and the order, which has the same remainder.
fn raised(s: &[u8]) -> [u8; 32] {
    let mut sum = [0; 32];
    let mut carry = 0;
    for (at, place) in sum.iter_mut().enumerate() {
        carry += u16::from(s[at]) + u16::from(ORDER[at]);
        *place = carry.to_le_bytes()[0];
        carry >>= 8;
    }
    sum
}

/// Counts the signatures compared, by outcome.
#[derive(Default)]
struct Compared {
    /// Accepted by both.
    accepted: usize,
    /// Refused by both, though without the strict checks they would be accepted.
    refused_for_r: usize,
}

impl Compared {
    fn compare(&mut self, key: &EdwardsPoint, message: &[u8], bytes: [u8; 64]) {
        let dalek = VerifyingKey::from_bytes(key.compress().as_bytes()).unwrap();
        let signature = ed25519_dalek::Signature::from_bytes(&bytes);
        let strict = dalek.verify_strict(message, &signature).is_ok();
        let ours = PublicKey::parse(key.compress().as_bytes())
            .and_then(|key| key.verify(message, &Signature::from_bytes(bytes)));
        assert_eq!(ours.is_ok(), strict, "{bytes:?}");
        self.accepted += usize::from(strict);
        self.refused_for_r += usize::from(!strict && dalek.verify(message, &signature).is_ok());
    }
}

#[test]
fn the_same_signatures_are_accepted_as_by_verify_strict() {
    let secret = Scalar::from(0x5eed_u64);
    let mut compared = Compared::default();
    // Keys with a part of small order, and the one without; and the same of `R`.
    for part in &EIGHT_TORSION {
        let key = ED25519_BASEPOINT_TABLE * &secret + part;
        for number in 0..16_u8 {
            let message = [number; 3];
            for nonce in [Scalar::ZERO, Scalar::from(0xace_u64)] {
                for r_part in &EIGHT_TORSION {
                    let r = (ED25519_BASEPOINT_TABLE * &nonce + r_part)
                        .compress()
                        .to_bytes();
                    let bytes = signed(&secret, &key, &nonce, &r, &message);
                    compared.compare(&key, &message, bytes);
                    let s = raised(&bytes[32..]);
                    compared.compare(&key, &message, joined(&r, &s));
                }
            }
        }
    }
    assert!(compared.accepted >= 16, "{}", compared.accepted);
    assert!(compared.refused_for_r >= 16, "{}", compared.refused_for_r);
}

#[test]
fn an_encoding_of_r_that_is_not_canonical_is_refused() {
    let secret = Scalar::from(0x5eed_u64);
    let key = ED25519_BASEPOINT_TABLE * &secret;
    let mut compared = Compared::default();
    // p + 0 to p + 18, with both signs of x, and zeros with a sign.
    for above in 0..19_u8 {
        for top in [0x7f, 0xff] {
            let mut r = [0xff; 32];
            r[0] = 0xed + above;
            r[31] = top;
            compared.compare(
                &key,
                b"message",
                signed(&secret, &key, &Scalar::ZERO, &r, b"message"),
            );
        }
    }
    for y in [1_u8, 0xec] {
        let mut r = [if y == 1 { 0 } else { 0xff }; 32];
        r[0] = y;
        r[31] = if y == 1 { 0x80 } else { 0xff };
        compared.compare(
            &key,
            b"message",
            signed(&secret, &key, &Scalar::ZERO, &r, b"message"),
        );
    }
    assert_eq!(compared.accepted, 0);
}

#[test]
fn an_ordinary_signature_is_accepted_and_a_changed_one_is_not() {
    use ed25519_dalek::Signer as _;
    let secret = SigningKey::from_bytes(&[7; 32]);
    let key = PublicKey::parse(secret.verifying_key().as_bytes()).unwrap();
    let signature = secret.sign(b"message").to_bytes();
    assert_eq!(
        key.verify(b"message", &Signature::from_bytes(signature)),
        Ok(())
    );
    for at in [0, 31, 32, 63] {
        let mut changed = signature;
        changed[at] ^= 1;
        let refused = key.verify(b"message", &Signature::from_bytes(changed));
        assert_eq!(refused, Err(SignatureError::Mismatch), "byte {at}");
    }
}
