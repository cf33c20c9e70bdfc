use reeeductio_proto::{
    DataEntry, DataPath, Message, MessageError, Operation, Position, Signature, TopicId, encoding,
};

use super::super::*;
use super::{Rig, path, right, rights};
use crate::{Identity, sign_entry, state_entry};

#[test]
fn state_is_taken_in_page_by_page_with_overlap() {
    let mut rig = Rig::new();
    let owner = rig.owner.clone();
    let all: Vec<Message> = (0..5)
        .map(|n| rig.write(&owner, &format!("n{n}"), b"x"))
        .collect();
    let mut fresh = StateChain::new(rig.space);
    for part in [&all[..3], &all[2..], &all[4..]] {
        fresh.extend(check(&rig.space, part.to_vec())).unwrap();
    }
    assert_eq!(fresh.head(), rig.state.head());
    assert!(
        all.iter()
            .all(|message| fresh.contains(&message.message_hash))
    );
}

#[test]
fn a_bad_page_leaves_the_state_as_it_was() {
    let mut rig = Rig::new();
    let owner = rig.owner.clone();
    rig.write(&owner, "a", b"1");
    let head = rig.state.head();
    let good = rig.next_state(&owner, "b", b"2");
    let mut forged = rig.signed(
        &TopicId::state(),
        &owner,
        "c",
        b"3",
        std::slice::from_ref(&good),
    );
    forged.signature = Signature::from_bytes([1; 64]);
    assert_eq!(
        rig.extend(vec![good, forged.clone()]),
        Err(ChainError::Message {
            message: forged.message_hash,
            error: MessageError::Signature(reeeductio_proto::SignatureError::Mismatch),
        })
    );
    assert_eq!(rig.state.head(), head);
    assert_eq!(rig.state.entry(&path("b")), None);
}

#[test]
fn a_state_message_that_is_not_in_the_chain_is_a_fork() {
    let mut rig = Rig::new();
    let owner = rig.owner.clone();
    rig.write(&owner, "a", b"1");
    let other = rig.next_state(&owner, "a", b"2");
    rig.write(&owner, "a", b"3");
    let mut page = rig.page(&[other]);
    page.topic = TopicId::state();
    page.start = Start::Anywhere;
    let linked = page.link().unwrap();
    assert_eq!(
        linked.judge(&rig.state).unwrap_err().code(),
        "verify.state_fork"
    );
}

#[test]
fn an_entry_without_authority_has_no_effect_and_cannot_be_read() {
    let (mut rig, poster) = Rig::with_poster();
    let stranger = Identity::from_seed(&[3; 32]);
    let good = rig.write(&rig.owner.clone(), "notice", b"real");
    let bad = rig.write(&poster, "notice", b"fake");
    let promoted = rights(&stranger, &right(Operation::Write, "{...}"));
    rig.write(&poster, promoted.path.as_str(), promoted.value.as_bytes());
    assert_eq!(
        rig.state.entry(&path("notice")),
        Some(Position::from(&good))
    );
    assert_eq!(
        rig.state.authorize_state(&bad).unwrap_err().code(),
        "verify.unauthorized"
    );
    assert!(rig.state.authorize_state(&good).is_ok());
    rig.post(&stranger);
    assert_eq!(rig.verify().unwrap_err().code(), "verify.unauthorized");
}

#[test]
fn a_data_entry_counts_only_from_who_may_write_there() {
    let (mut rig, poster) = Rig::with_poster();
    let entry = |by: &Identity, at: &str, data: &[u8], signed_at| {
        let at = DataPath::parse(at).unwrap();
        let body = sign_entry(&rig.space, &at, data, signed_at, &by.user_id(), by);
        DataEntry {
            path: at,
            data: body.data,
            signature: Signature::parse(&body.signature).unwrap(),
            signed_by: by.user_id(),
            signed_at,
        }
    };
    let by_owner = entry(&rig.owner, "presence/a", b"on", rig.now);
    let by_poster = entry(&poster, "presence/a", b"on", rig.now);
    let removed = entry(&poster, "presence/a", b"", rig.now);
    let elsewhere = entry(&poster, "absence/a", b"on", rig.now);
    let late = entry(&poster, "presence/a", b"on", rig.now + 6_000_000);
    assert!(rig.state.authorize_entry(&by_owner).is_ok());
    let code = |rig: &Rig, entry| {
        rig.state
            .authorize_entry(entry)
            .map_err(|error| error.code())
    };
    assert_eq!(code(&rig, &by_poster), Err("verify.unauthorized"));

    let entry = state_entry::right_of_member(
        poster.user_id(),
        "presence",
        &right(Operation::Modify, "data/presence/{any}"),
    );
    rig.own(&entry.unwrap());
    assert_eq!(code(&rig, &by_poster), Ok(()));
    assert_eq!(code(&rig, &removed), Err("verify.unauthorized"));
    assert_eq!(code(&rig, &elsewhere), Err("verify.unauthorized"));

    rig.remove(poster.user_id());
    assert_eq!(code(&rig, &by_poster), Ok(()));
    assert_eq!(code(&rig, &late), Err("verify.unauthorized"));
}

#[test]
fn a_data_entry_moved_or_altered_fails_its_signature() {
    let rig = Rig::new();
    let at = |text: &str| DataPath::parse(text).unwrap();
    let body = sign_entry(
        &rig.space,
        &at("a"),
        b"on",
        77,
        &rig.owner.user_id(),
        &rig.owner,
    );
    let good = DataEntry {
        path: at("a"),
        data: body.data,
        signature: Signature::parse(&body.signature).unwrap(),
        signed_by: rig.owner.user_id(),
        signed_at: 77,
    };
    assert!(good.verify_by_signer(&rig.space).is_ok());
    for altered in [
        DataEntry {
            path: at("b"),
            ..good.clone()
        },
        DataEntry {
            data: encoding::encode(b"off"),
            ..good.clone()
        },
        DataEntry {
            signed_at: 78,
            ..good.clone()
        },
        DataEntry {
            signed_by: Identity::from_seed(&[2; 32]).user_id(),
            ..good.clone()
        },
    ] {
        assert!(altered.verify_by_signer(&rig.space).is_err(), "{altered:?}");
    }
    assert!(
        good.verify_by_signer(&Identity::from_seed(&[2; 32]).space_id())
            .is_err()
    );
}
