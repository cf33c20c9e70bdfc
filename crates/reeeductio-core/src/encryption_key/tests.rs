use super::*;

fn identity(seed: u8) -> Identity {
    Identity::from_seed(&[seed; 32])
}

fn space() -> SpaceId {
    identity(1).space_id()
}

const COMMITMENT: [u8; 32] = [5; 32];

struct Members {
    ada: MemberId,
    ben: MemberId,
    space: SpaceId,
}

impl Members {
    fn new() -> Self {
        Self {
            ada: identity(2).user_id(),
            ben: identity(3).user_id(),
            space: space(),
        }
    }

    /// For Ben, by Ada.
    fn context(&self) -> WrapContext<'_> {
        WrapContext {
            purpose: "epoch",
            space: &self.space,
            recipient: &self.ben,
            issuer: &self.ada,
            epoch: 4,
            commitment: &COMMITMENT,
        }
    }
}

#[test]
fn a_wrap_opens_for_its_recipient_in_its_context_and_nowhere_else() {
    let members = Members::new();
    let ben = identity(3).decryption_key(0);
    let key = ben.encryption_key().unwrap();
    let context = members.context();
    let wrap = key.wrap(context, &[9; 32], &[1; 32]).unwrap();
    assert_eq!(wrap.len(), 1_179);
    assert_eq!(**ben.unwrap(context, &wrap).unwrap(), [9; 32]);
    assert_ne!(key.wrap(context, &[9; 32], &[2; 32]).unwrap(), wrap);

    let other_space = identity(9).space_id();
    for other in [
        WrapContext {
            purpose: "inbox",
            ..context
        },
        WrapContext {
            space: &other_space,
            ..context
        },
        WrapContext {
            recipient: &members.ada,
            ..context
        },
        WrapContext {
            issuer: &members.ben,
            ..context
        },
        WrapContext {
            epoch: 5,
            ..context
        },
        WrapContext {
            commitment: &[6; 32],
            ..context
        },
    ] {
        assert_eq!(ben.unwrap(other, &wrap), Err(UnwrapError::Authentication));
    }
    for other in [identity(3).decryption_key(1), identity(2).decryption_key(0)] {
        assert_eq!(
            other.unwrap(context, &wrap),
            Err(UnwrapError::Authentication)
        );
    }
}

#[test]
fn wraps_that_are_changed_cut_off_or_of_a_later_format_do_not_open() {
    let members = Members::new();
    let ben = identity(3).decryption_key(0);
    let context = members.context();
    let key = ben.encryption_key().unwrap();
    let wrap = key.wrap(context, &[9; 32], &[1; 32]).unwrap();
    for index in (0..wrap.len()).step_by(7) {
        let mut changed = wrap.clone();
        changed[index] ^= 0x40;
        assert!(ben.unwrap(context, &changed).is_err(), "{index}");
    }
    for length in (0..wrap.len()).step_by(5) {
        assert!(ben.unwrap(context, &wrap[..length]).is_err(), "{length}");
    }
    let with = |index: usize, value| {
        let mut changed = wrap.clone();
        changed[index] = value;
        ben.unwrap(context, &changed).unwrap_err().to_string()
    };
    assert_eq!(with(0, 2), "wrap format 2 is not known to this release");
    assert_eq!(with(2, 0x20), "KEM 25632 is not known to this release");
    assert_eq!(with(4, 3), "KDF 3 is not known to this release");
    assert_eq!(with(6, 1), "AEAD 1 is not known to this release");
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
    let refused = EncryptionKey::verify(&space, &member, 2, &high, &signature);
    assert_eq!(refused, Err(EncryptionKeyError::Key));
}

#[test]
fn keys_show_no_secret() {
    let key = identity(3).decryption_key(7);
    assert_eq!(format!("{key:?}"), "DecryptionKey { generation: 7, .. }");
}
