//! Encryption keys of members.

use super::*;
use crate::state_entry;

#[test]
fn nobody_names_a_key_that_the_member_has_not_signed() {
    let mut chain = Chain::with_policy(History::Static);
    let (ada, bob) = (user(2), user(3));
    chain.add(ada);
    chain.add(bob);
    // By the owner too; and another member's key is not taken for this one.
    for entry in [chain.key_entry(ada, OWNER, 0), chain.key_entry(ada, 3, 0)] {
        for (seed, sender) in [(OWNER, user(OWNER)), (2, ada)] {
            let refused = chain.put(seed, sender, &entry);
            assert_eq!(refused, Err(ErrorCode::AuthKeySignature));
        }
        let applied = chain.had(OWNER, user(OWNER), entry.path.as_str(), &entry.value);
        assert!(matches!(applied, Applied::Ignored(_)));
    }
    let moved = chain.key_entry(bob, 3, 0).value;
    let path = format!("auth/keys/{ada}");
    assert_eq!(
        chain.write(OWNER, &path, &moved),
        Err(ErrorCode::AuthKeySignature)
    );
    assert_eq!(chain.view.encryption_key(&ada), None);
    let entry = chain.key_entry(ada, 2, 0);
    chain.put(OWNER, user(OWNER), &entry).unwrap();
    let key = chain.view.encryption_key(&ada).unwrap();
    assert_eq!((key.suite, key.generation), (1, 0));
    assert_eq!(&key.public_key[..], &[2; ENCRYPTION_KEY]);
}

#[test]
fn a_key_of_a_generation_that_was_there_does_not_come_back() {
    let mut chain = Chain::with_policy(History::Static);
    let ada = user(2);
    chain.admit(2, ada);
    let (old, new) = (chain.key_entry(ada, 2, 0), chain.key_entry(ada, 2, 3));
    let taken = Err(ErrorCode::AuthInvalidEntry);
    assert_eq!(chain.put(OWNER, user(OWNER), &old), taken);
    chain.put(2, ada, &new).unwrap();
    assert_eq!(chain.put(OWNER, user(OWNER), &old), taken);
    // Not after it was withdrawn, and not after its member was removed.
    chain.write(2, &format!("auth/keys/{ada}"), "").unwrap();
    assert_eq!(chain.view.encryption_key(&ada), None);
    assert_eq!(chain.put(OWNER, user(OWNER), &new), taken);
    chain.own(&format!("auth/users/{ada}"), "");
    chain.add(ada);
    assert_eq!(chain.put(OWNER, user(OWNER), &new), taken);
    let next = chain.key_entry(ada, 2, 4);
    chain.put(OWNER, user(OWNER), &next).unwrap();
}

#[test]
fn a_key_that_nobody_could_wrap_to_is_refused_though_its_member_signed_it() {
    let mut chain = Chain::with_policy(History::Static);
    let ada = user(2);
    chain.add(ada);
    let path = format!("auth/keys/{ada}");
    let mut good = vec![2; ENCRYPTION_KEY];
    // The largest coefficients that are reduced: 3,328 twice.
    good[1_149..1_152].copy_from_slice(&[0x00, 0x0d, 0xd0]);
    let (mut even, mut odd, mut zero, mut one) =
        (good.clone(), good.clone(), good.clone(), good.clone());
    even[1_149] = 1;
    odd[1_150] = 0x1d;
    zero[1_184..].fill(0);
    one[1_184..].fill(0);
    one[1_184] = 1;
    one[ENCRYPTION_KEY - 1] = 0x80;
    for (wrong, public_key) in [
        (true, even),
        (true, odd),
        (true, zero),
        (true, one),
        (false, good),
    ] {
        let statement = encryption_key_statement(&chain.view.space(), &ada, 0, &public_key);
        let signature = Signature::from_bytes(key(2).sign(&statement).to_bytes());
        let published = PublishedKey {
            suite: 1,
            generation: 0,
            public_key: public_key.into(),
        };
        let entry = state_entry::encryption_key(ada, &published, &signature).unwrap();
        let expected = if wrong {
            Err(ErrorCode::FormatMalformed)
        } else {
            Ok(())
        };
        assert_eq!(chain.write(2, &path, &entry.value), expected);
    }
}

#[test]
fn others_carry_a_key_with_the_right_to_create_it_and_the_member_without() {
    let mut chain = Chain::with_policy(History::Static);
    let (ada, bob) = (user(2), user(3));
    chain.add(ada);
    chain.add(bob);
    let entry = |chain: &Chain, generation| chain.key_entry(bob, 3, generation);
    let denied = Err(ErrorCode::PermissionDenied);
    let first = entry(&chain, 0);
    assert_eq!(chain.put(2, ada, &first), denied);
    chain.grant(ada, "k", "create", "state/auth/keys/{any}");
    chain.put(2, ada, &first).unwrap();
    let second = entry(&chain, 1);
    chain.put(2, ada, &second).unwrap();
    assert_eq!(chain.write(2, &format!("auth/keys/{bob}"), ""), denied);
    let third = entry(&chain, 2);
    chain.put(3, bob, &third).unwrap();
}

#[test]
fn a_key_is_for_a_member_and_of_a_known_suite() {
    let mut chain = Chain::with_policy(History::Static);
    let ada = user(2);
    let entry = chain.key_entry(ada, 2, 0);
    let invalid = Err(ErrorCode::AuthInvalidEntry);
    assert_eq!(chain.put(OWNER, user(OWNER), &entry), invalid);
    chain.add(ada);
    let other_suite = entry.value.replace(r#""suite":1"#, r#""suite":2"#);
    assert_eq!(
        chain.write(OWNER, entry.path.as_str(), &other_suite),
        Err(ErrorCode::FormatUnknown)
    );
    let short = entry
        .value
        .replace(r#""public_key":"A"#, r#""public_key":""#);
    assert_eq!(chain.write(OWNER, entry.path.as_str(), &short), invalid);
    for path in ["auth/keys/nobody", "auth/keys"] {
        let path = format!("{path}/x");
        assert_eq!(chain.write(OWNER, &path, &entry.value), invalid);
    }
}
