use super::*;

fn identity(seed: u8) -> Identity {
    Identity::from_seed(&[seed; 32])
}

fn space() -> SpaceId {
    identity(1).space_id()
}

#[test]
fn an_encryption_key_counts_only_if_its_member_has_signed_it() {
    let (space, ben) = (space(), identity(3));
    let member = ben.user_id();
    let key = ben.decryption_key(2).encryption_key().unwrap();
    let signature = ben.sign_encryption_key(&space, &member, &key);
    let read = EncryptionKey::verify(&space, &member, 2, key.as_bytes(), &signature).unwrap();
    assert_eq!(read, key);
    assert_eq!(key.as_bytes().len(), ENCRYPTION_KEY_LENGTH);

    // By the owner, for another space, member or generation, or another key.
    let owner = identity(1).sign_encryption_key(&space, &member, &key);
    let other = ben.decryption_key(3).encryption_key().unwrap();
    let elsewhere = identity(8).space_id();
    let ada = identity(2).user_id();
    for refused in [
        EncryptionKey::verify(&space, &member, 2, key.as_bytes(), &owner),
        EncryptionKey::verify(&elsewhere, &member, 2, key.as_bytes(), &signature),
        EncryptionKey::verify(&space, &ada, 2, key.as_bytes(), &signature),
        EncryptionKey::verify(&space, &member, 3, key.as_bytes(), &signature),
        EncryptionKey::verify(&space, &member, 2, other.as_bytes(), &signature),
    ] {
        assert!(matches!(refused, Err(EncryptionKeyError::Signature(_))));
    }
    let short = EncryptionKey::verify(&space, &member, 2, &key.as_bytes()[1..], &signature);
    assert_eq!(short, Err(EncryptionKeyError::Key));
    let high = [0xFF; ENCRYPTION_KEY_LENGTH];
    let mut small_order = key.as_bytes().to_vec();
    small_order[1_184..].fill(0);
    for bytes in [high.as_slice(), &small_order] {
        let refused = EncryptionKey::verify(&space, &member, 2, bytes, &signature);
        assert_eq!(refused, Err(EncryptionKeyError::Key));
    }
}

#[test]
fn keys_show_no_secret() {
    let key = identity(3).decryption_key(7);
    assert_eq!(format!("{key:?}"), "DecryptionKey { generation: 7, .. }");
}
