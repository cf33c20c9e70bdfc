//! Secrets that a password login returns.

use reeeductio_core::{Identity, Key, MemberSecrets, WrapKey};

use crate::input::Numbers;

/// Nothing opens but what was sealed. Secrets open to what they were, in both forms, and not at all with a bit
/// turned or another export key.
pub fn check(data: &[u8]) {
    let key = WrapKey::from_export_key(b"export");
    if let Ok(secrets) = key.open(data) {
        let nonce = *data.first_chunk().unwrap();
        assert_eq!(key.seal(nonce, &secrets).unwrap(), data);
    }
    let mut numbers = Numbers(data);
    let place = usize::from(numbers.byte());
    let secrets = MemberSecrets {
        identity: Identity::from_seed(&numbers.array()),
        symmetric_root: Key::new(numbers.array()),
        user_key: (!numbers.is_empty()).then(|| Key::new(numbers.array())),
    };
    let sealed = key.seal(numbers.array(), &secrets).unwrap();
    let opened = key.open(&sealed).unwrap();
    assert_eq!(opened.identity.seed(), secrets.identity.seed());
    assert_eq!(
        opened.symmetric_root.expose(),
        secrets.symmetric_root.expose()
    );
    assert_eq!(
        opened.user_key.as_ref().map(Key::expose),
        secrets.user_key.as_ref().map(Key::expose)
    );
    assert!(WrapKey::from_export_key(data).open(&sealed).is_err() || data == b"export");
    let mut changed = sealed.clone();
    let place = place % sealed.len();
    changed[place] ^= 1;
    assert!(key.open(&changed).is_err());
    assert!(key.open(&sealed[..place]).is_err());
}
