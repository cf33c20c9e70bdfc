use curve25519_dalek::constants::ED25519_BASEPOINT_TABLE;
use curve25519_dalek::{EdwardsPoint, Scalar};
use sha2::{Digest as _, Sha512};

use super::*;

/// The scalar that a signature's equation is made with (RFC 8032, 5.1.7).
fn challenge(r: &[u8; 32], key: &EdwardsPoint, message: &[u8]) -> Scalar {
    let mut hash = Sha512::new();
    hash.update(r);
    hash.update(key.compress().as_bytes());
    hash.update(message);
    Scalar::from_bytes_mod_order_wide(&hash.finalize().into())
}

/// A signature with `R` at `r`; its equation holds up to a point of small order.
fn signed(secret: &Scalar, key: &EdwardsPoint, r: &EdwardsPoint, message: &[u8]) -> [u8; 64] {
    let r = r.compress().to_bytes();
    let s = challenge(&r, key, message) * secret;
    let mut signature = [0; 64];
    let (first, second) = signature.split_at_mut(32);
    first.copy_from_slice(&r);
    second.copy_from_slice(s.as_bytes());
    signature
}

#[test]
fn no_signature_is_accepted_whose_r_has_small_order() {
    let secret = Scalar::from(0x5eed_u64);
    // Keys with a part of small order, and the one without.
    let mut crooked = 0;
    for part in &EIGHT_TORSION {
        let point = ED25519_BASEPOINT_TABLE * &secret + part;
        let bytes = point.compress().to_bytes();
        let lenient = VerifyingKey::from_bytes(&bytes).unwrap();
        let key = PublicKey::parse(&bytes).unwrap();
        for (number, r) in
            (0..64_u8).flat_map(|number| EIGHT_TORSION.iter().map(move |r| (number, r)))
        {
            let message = [number; 3];
            let bytes = signed(&secret, &point, r, &message);
            let signature = ed25519_dalek::Signature::from_bytes(&bytes);
            crooked += usize::from(lenient.verify(&message, &signature).is_ok());
            assert!(lenient.verify_strict(&message, &signature).is_err());
            let refused = key.verify(&message, &Signature::from_bytes(bytes));
            assert_eq!(refused, Err(SignatureError::Mismatch));
        }
    }
    assert!(
        crooked > 64,
        "without the strict check {crooked} would count"
    );
}

#[test]
fn an_encoding_of_r_that_is_not_the_canonical_one_is_refused() {
    let secret = Scalar::from(0x5eed_u64);
    let point = ED25519_BASEPOINT_TABLE * &secret;
    let key = PublicKey::parse(&point.compress().to_bytes()).unwrap();
    // The identity, with y = 1 + p and with the sign of a zero x.
    let mut above = [0xff; 32];
    above[0] = 0xee;
    above[31] = 0x7f;
    let mut signed_zero = [0; 32];
    signed_zero[0] = 1;
    signed_zero[31] = 0x80;
    for r in [above, signed_zero] {
        let s = challenge(&r, &point, b"message") * secret;
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&r);
        signature[32..].copy_from_slice(s.as_bytes());
        let refused = key.verify(b"message", &Signature::from_bytes(signature));
        assert_eq!(refused, Err(SignatureError::Mismatch));
    }
}
