//! Points of Curve25519 whose shared secret with any key is zero.

/// Bytes of an X25519 key.
const LENGTH: usize = 32;

/// The u-coordinates of small order, and those that name the same ones without being reduced (RFC 7748, section 6.1).
const SMALL_ORDER: [[u8; LENGTH]; 7] = [
    [0; LENGTH],
    first(1, [0; LENGTH]),
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
        0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
        0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
        0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
        0x11, 0x57,
    ],
    first(0xec, LARGE),
    first(0xed, LARGE),
    first(0xee, LARGE),
];

const LARGE: [u8; LENGTH] = {
    let mut bytes = [0xff; LENGTH];
    bytes[LENGTH - 1] = 0x7f;
    bytes
};

const fn first(byte: u8, mut bytes: [u8; LENGTH]) -> [u8; LENGTH] {
    bytes[0] = byte;
    bytes
}

/// Returns whether the X25519 key at the end of `bytes` is of small order. Its highest bit does not count.
pub(crate) fn ends_in_small_order(bytes: &[u8]) -> bool {
    let Some((_, key)) = bytes.split_last_chunk::<LENGTH>() else {
        return true;
    };
    let mut key = *key;
    if let Some(last) = key.last_mut() {
        *last &= 0x7f;
    }
    SMALL_ORDER.contains(&key)
}
