use reeeductio_proto::{Operation, StatePath};

use super::super::*;
use super::{Rig, path, right, rights};
use crate::{Identity, state_entry};

/// A state with entries of every kind: replaced, removed, refused, below `auth/` and elsewhere.
fn rig() -> (Rig, Identity) {
    let (mut rig, poster) = Rig::with_poster();
    let owner = rig.owner.clone();
    rig.write(&owner, "notice", b"old");
    rig.write(&owner, "notice", b"new");
    rig.write(&owner, "gone", b"here");
    rig.write(&owner, "gone", b"");
    rig.write(&poster, "notice", b"without the right");
    rig.own(&state_entry::role("writer", None).unwrap());
    let write = right(Operation::Write, "state/{any}");
    rig.own(&state_entry::right_of_role("writer", "write", &write).unwrap());
    rig.own(&state_entry::role_grant(poster.user_id(), "writer", None).unwrap());
    rig.write(&poster, "profile", b"with the right");
    rig.remove(poster.user_id());
    rig.own(&state_entry::user(poster.user_id(), None).unwrap());
    (rig, poster)
}

#[test]
fn a_state_goes_on_from_its_snapshot_as_if_it_had_been_read_anew() {
    let (mut rig, poster) = rig();
    let before = rig.state.clone();
    let restored = StateChain::from_snapshot(rig.space, &before.snapshot()).unwrap();
    assert_eq!(restored.head(), before.head());
    for text in ["notice", "gone", "profile", "never"] {
        assert_eq!(
            restored.entry(&path(text)),
            before.entry(&path(text)),
            "{text}"
        );
    }
    let mut names: Vec<&str> = restored.view().roles().collect();
    names.sort_unstable();
    assert_eq!(names, ["writer"]);
    let definition = StatePath::parse(&format!("auth/users/{}", poster.user_id())).unwrap();
    assert_eq!(
        restored.view().entry(&definition),
        before.view().entry(&definition)
    );

    // Later entries are judged alike, and so is the past.
    rig.state = restored;
    let mut unrestored = before;
    let rights = rights(&poster, &right(Operation::Create, "topics/{any}"));
    let owner = rig.owner.clone();
    for (by, at, value) in [
        (&poster, "notice", &b"its role was taken with it"[..]),
        (&owner, rights.path.as_str(), rights.value.as_bytes()),
        (&poster, "notice", b"still no right"),
    ] {
        let message = rig.write(by, at, value);
        let id = message.message_hash;
        unrestored.extend(check(&rig.space, vec![message])).unwrap();
        assert_eq!(rig.state.refusal(&id), unrestored.refusal(&id));
        assert!(rig.state.contains(&id));
    }
    rig.post(&poster);
    assert!(rig.verify().is_ok());
    assert_eq!(rig.state.head(), unrestored.head());
}

#[test]
fn of_an_empty_state_there_is_a_snapshot_too() {
    let rig = Rig::new();
    let restored = StateChain::from_snapshot(rig.space, &rig.state.snapshot()).unwrap();
    assert_eq!(restored.head(), None);
}

#[test]
fn bytes_of_another_space_or_cut_or_prolonged_are_no_snapshot() {
    let (rig, _) = rig();
    let good = rig.state.snapshot();
    let other = Identity::from_seed(&[9; 32]).space_id();
    assert!(StateChain::from_snapshot(other, &good).is_none());
    for length in 0..good.len() {
        assert!(StateChain::from_snapshot(rig.space, &good[..length]).is_none());
    }
    let mut longer = good.clone();
    longer.push(0);
    assert!(StateChain::from_snapshot(rig.space, &longer).is_none());
    // Lengths that nothing could have do not make it allocate or panic.
    for index in 0..good.len() {
        let mut wild = good.clone();
        wild[index] = u8::MAX;
        drop(StateChain::from_snapshot(rig.space, &wild));
    }
}
