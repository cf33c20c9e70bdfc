use reeeductio_proto::{Operation, PathPrefix};

use super::super::*;
use super::{Rig, path, right, rights};
use crate::state_entry;

const DIRECTORY: &[&str] = &["directory"];

/// A state that keeps what is at `directory` and below it.
fn rig() -> Rig {
    let mut rig = Rig::new();
    rig.state = StateChain::keeping(rig.space, DIRECTORY);
    rig
}

fn kept<'a>(state: &'a StateChain, at: &str) -> Option<&'a str> {
    state.newest(&path(at)).and_then(|newest| newest.data)
}

fn below(state: &StateChain, prefix: &str) -> Vec<String> {
    let prefix = PathPrefix::parse(prefix).unwrap();
    let newest = state.newest_below(&prefix);
    newest.map(|newest| newest.path.to_owned()).collect()
}

#[test]
fn the_newest_values_below_the_prefixes_are_kept_and_no_others() {
    let mut rig = rig();
    let owner = rig.owner.clone();
    rig.write(&owner, "directory", b"of the app");
    rig.write(&owner, "directory/ann", b"old");
    let newest = rig.write(&owner, "directory/ann", b"new");
    rig.write(&owner, "directory/bob", b"gone soon");
    rig.write(&owner, "directory/bob", b"");
    rig.write(&owner, "directory2/ann", b"beside");
    rig.write(&owner, "notice", b"elsewhere");
    assert_eq!(kept(&rig.state, "directory"), Some("b2YgdGhlIGFwcA=="));
    assert_eq!(kept(&rig.state, "directory/ann"), Some("bmV3"));
    for at in ["directory/bob", "directory2/ann", "notice", "never"] {
        assert_eq!(kept(&rig.state, at), None, "{at}");
    }
    let ann = rig.state.newest(&path("directory/ann")).unwrap();
    assert_eq!(ann.position, (&newest).into());
    assert_eq!((ann.sender, ann.is_removed), (owner.user_id(), false));
    let is_removed = |at: &str| rig.state.newest(&path(at)).unwrap().is_removed;
    assert!(is_removed("directory/bob") && !is_removed("notice"));
    assert!(rig.state.newest(&path("never")).is_none());
}

#[test]
fn entries_are_listed_by_their_paths_from_a_segment_on() {
    let mut rig = rig();
    let owner = rig.owner.clone();
    for at in ["b/c/d", "a", "b/c", "b-c", "b/b", "bc", "b"] {
        rig.write(&owner, at, b"value");
    }
    assert_eq!(below(&rig.state, "b"), ["b", "b/b", "b/c", "b/c/d"]);
    assert_eq!(below(&rig.state, "b/c"), ["b/c", "b/c/d"]);
    assert!(below(&rig.state, "c").is_empty());
    assert_eq!(below(&rig.state, "").len(), 7);
}

#[test]
fn what_was_written_without_the_right_replaces_no_value() {
    let mut rig = rig();
    let owner = rig.owner.clone();
    let (_, stranger) = Rig::with_poster();
    rig.own(&state_entry::user(stranger.user_id(), None).unwrap());
    rig.own(&rights(&stranger, &right(Operation::Create, "state/x")));
    let true_one = rig.write(&owner, "directory/ann", b"true");
    let false_one = rig.write(&stranger, "directory/ann", b"false");
    rig.write(&stranger, "directory/ann", b"");
    assert!(rig.state.refusal(&false_one.message_hash).is_some());
    let newest = rig.state.newest(&path("directory/ann")).unwrap();
    assert_eq!(newest.position, (&true_one).into());
    assert_eq!(newest.data, Some("dHJ1ZQ=="));
}

#[test]
fn values_that_do_not_fit_are_not_kept_and_the_newest_is_never_an_older_one() {
    let mut rig = rig();
    let owner = rig.owner.clone();
    // A path of 13 bytes and a value of 8 in base64.
    rig.state.keep_at_most(2 * 21);
    rig.write(&owner, "directory/ann", b"first");
    rig.write(&owner, "directory/bob", b"small");
    rig.write(&owner, "directory/eve", b"full!");
    assert_eq!(kept(&rig.state, "directory/eve"), None);
    rig.write(&owner, "directory/ann", b"much longer");
    assert_eq!(kept(&rig.state, "directory/ann"), None);
    assert!(rig.state.newest(&path("directory/ann")).is_some());
    // There is room again.
    rig.write(&owner, "directory/eve", b"again");
    assert_eq!(kept(&rig.state, "directory/eve"), Some("YWdhaW4="));
    rig.write(&owner, "directory/bob", b"");
    rig.write(&owner, "directory/joe", b"other");
    assert_eq!(kept(&rig.state, "directory/joe"), Some("b3RoZXI="));
}

#[test]
fn a_snapshot_has_the_values_for_those_who_keep_the_same_or_fewer() {
    let mut rig = Rig::new();
    rig.state = StateChain::keeping(rig.space, &["directory", "names"]);
    let owner = rig.owner.clone();
    rig.write(&owner, "directory/ann", b"ann");
    rig.write(&owner, "directory/bob", b"bob");
    rig.write(&owner, "directory/bob", b"");
    rig.write(&owner, "names/ann", b"Ann");
    let snapshot = rig.state.snapshot();
    let from = |prefixes| StateChain::from_snapshot_keeping(rig.space, prefixes, &snapshot);

    let same = from(&["directory", "names"]).unwrap();
    assert_eq!(kept(&same, "directory/ann"), Some("YW5u"));
    assert_eq!(kept(&same, "names/ann"), Some("QW5u"));
    assert!(same.newest(&path("directory/bob")).unwrap().is_removed);
    assert_eq!(same.kept_prefixes(), ["directory", "names"]);
    let fewer = from(&["directory/ann"]).unwrap();
    assert_eq!(kept(&fewer, "directory/ann"), Some("YW5u"));
    assert_eq!(kept(&fewer, "names/ann"), None);
    let none = StateChain::from_snapshot(rig.space, &snapshot).unwrap();
    assert_eq!(kept(&none, "directory/ann"), None);
    assert!(from(&["directory", "others"]).is_none());

    for length in 0..snapshot.len() {
        let cut = &snapshot[..length];
        assert!(StateChain::from_snapshot_keeping(rig.space, &["names"], cut).is_none());
    }

    // A value that is written later is kept as if nothing had been between.
    rig.state = same;
    rig.write(&owner, "directory/ann", b"new");
    assert_eq!(kept(&rig.state, "directory/ann"), Some("bmV3"));
}
