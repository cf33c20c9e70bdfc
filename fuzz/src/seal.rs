//! Sealed payloads and blobs.

use reeeductio_core::{BlobHasher, Key, NONCE_LENGTH, SealedBlob, open, open_in, seal, seal_in};
use reeeductio_proto::BlobId;

use crate::input::Numbers;

/// Sealed content opens to what it was, and to nothing with a bit turned, another key, or another context.
/// Whatever opens is exactly what sealing makes. A blob's id does not depend on the pieces it arrives in.
pub fn check(data: &[u8]) {
    let key = Key::new([7; 32]);
    if let Ok(plain) = open(&key, data) {
        let nonce = *data.first_chunk::<NONCE_LENGTH>().unwrap();
        assert_eq!(seal(&key, nonce, &plain).unwrap(), data);
    }
    let mut numbers = Numbers(data);
    let (nonce, place, piece) = (numbers.array(), numbers.byte(), numbers.byte());
    let plain = numbers.0;
    let context = plain.first_chunk::<4>().map_or(&b""[..], |context| context);

    let sealed = seal_in(context, &key, nonce, plain).unwrap();
    assert_eq!(open_in(context, &key, &sealed).unwrap(), plain);
    assert!(open_in(b"elsewhere", &key, &sealed).is_err());
    assert!(open_in(context, &Key::new([8; 32]), &sealed).is_err());
    let mut changed = sealed.clone();
    let place = usize::from(place) % sealed.len();
    changed[place] ^= 1;
    assert!(open_in(context, &key, &changed).is_err());
    assert!(open_in(context, &key, &sealed[..place]).is_err());

    let blob = SealedBlob::seal(key, nonce, plain).unwrap();
    assert_eq!(SealedBlob::open(&blob.key, &blob.bytes).unwrap(), plain);
    let mut hasher = BlobHasher::default();
    for piece in blob.bytes.chunks(usize::from(piece).max(1)) {
        hasher.update(piece);
    }
    assert_eq!(hasher.finish(), blob.id);
    assert_eq!(BlobId::of(&blob.bytes), blob.id);
}
