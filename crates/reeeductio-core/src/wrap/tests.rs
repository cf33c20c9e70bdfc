use super::*;
use crate::identity::Identity;

fn identity(seed: u8) -> Identity {
    Identity::from_seed(&[seed; 32])
}

fn space() -> SpaceId {
    identity(1).space_id()
}

struct Members {
    ada: MemberId,
    ben: MemberId,
    epoch: Epoch,
    space: SpaceId,
}

impl Members {
    fn new() -> Self {
        Self {
            ada: identity(2).user_id(),
            ben: identity(3).user_id(),
            epoch: Epoch::new(space(), 4, Key::new([9; 32])),
            space: space(),
        }
    }

    /// For Ben, by Ada.
    fn context(&self) -> WrapContext<'_> {
        WrapContext {
            space: &self.space,
            recipient: &self.ben,
            issuer: &self.ada,
            epoch: 4,
            commitment: self.epoch.commitment(),
        }
    }

    fn wrap(&self, key: &EncryptionKey, seed: u8) -> Vec<u8> {
        let wrap = key.wrap(&self.epoch, &self.ben, &self.ada, &[seed; 32]);
        wrap.unwrap()
    }
}

#[test]
fn a_wrap_opens_for_its_recipient_in_its_context_and_nowhere_else() {
    let members = Members::new();
    let ben = identity(3).decryption_key(0);
    let key = ben.encryption_key().unwrap();
    let context = members.context();
    let wrap = members.wrap(&key, 1);
    assert_eq!(wrap.len(), 1_179);
    let epoch = ben.unwrap(context, &wrap).unwrap();
    assert_eq!(epoch.root().expose(), &[9; 32]);
    assert_ne!(members.wrap(&key, 2), wrap);

    let other_space = identity(9).space_id();
    for other in [
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
        let refused = ben.unwrap(other, &wrap).unwrap_err();
        assert_eq!(refused, UnwrapError::Authentication);
    }
    for other in [identity(3).decryption_key(1), identity(2).decryption_key(0)] {
        let refused = other.unwrap(context, &wrap).unwrap_err();
        assert_eq!(refused, UnwrapError::Authentication);
    }
}

#[test]
fn wraps_that_are_changed_cut_off_or_of_a_later_format_do_not_open() {
    let members = Members::new();
    let ben = identity(3).decryption_key(0);
    let context = members.context();
    let wrap = members.wrap(&ben.encryption_key().unwrap(), 1);
    for index in (0..wrap.len()).step_by(7) {
        let mut changed = wrap.clone();
        changed[index] ^= 0x40;
        assert!(ben.unwrap(context, &changed).is_err(), "{index}");
    }
    for length in (0..wrap.len()).step_by(5) {
        let refused = ben.unwrap(context, &wrap[..length]).unwrap_err();
        assert!(matches!(refused, UnwrapError::Format(_)), "{length}");
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
    let mut small_order = wrap.clone();
    small_order[11 + 1_088..11 + 1_120].fill(0);
    let refused = ben.unwrap(context, &small_order).unwrap_err();
    assert_eq!(refused, UnwrapError::Authentication);
}
