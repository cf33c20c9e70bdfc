//! HKDF-SHA256 without salt: the one way keys come from keys (wire.md 2.1).

use hkdf::Hkdf;
use sha2::Sha256;

/// Thirty-two bytes from `input` for the purpose that `info` names.
#[expect(
    clippy::expect_used,
    reason = "HKDF-SHA256 refuses only outputs above 8160 bytes, and these are 32"
)]
pub(crate) fn derive(input: &[u8], info: &str) -> [u8; 32] {
    let mut output = [0; 32];
    Hkdf::<Sha256>::new(None, input)
        .expand(info.as_bytes(), &mut output)
        .expect("32 bytes are not too many");
    output
}
