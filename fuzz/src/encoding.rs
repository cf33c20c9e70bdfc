//! Standard base64 and signatures.

use reeeductio_proto::Signature;
use reeeductio_proto::encoding::{check as is_base64, decode, decode_array, encode};

use crate::input::text;

/// Decoded text is encoded to the same text; checking without decoding agrees; a signature is 64 bytes.
pub fn check(data: &[u8]) {
    assert_eq!(decode(&encode(data)).unwrap(), data);
    let Some(text) = text(data) else {
        return;
    };
    let decoded = decode(text);
    assert_eq!(is_base64(text).is_ok(), decoded.is_ok(), "{text}");
    assert_eq!(
        Signature::parse(text).is_ok(),
        decode_array::<64>(text).is_ok()
    );
    let Ok(bytes) = decoded else {
        return;
    };
    assert_eq!(encode(&bytes), text);
    assert_eq!(decode_array::<64>(text).is_ok(), bytes.len() == 64);
    if let Ok(signature) = Signature::parse(text) {
        assert_eq!(signature.to_string(), text);
        assert_eq!(signature.to_bytes().as_slice(), bytes);
    }
}
