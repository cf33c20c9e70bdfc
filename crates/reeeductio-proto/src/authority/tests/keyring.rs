//! Epochs, wraps and rosters.

use super::*;
use crate::state_entry;

pub(super) const LINK: u8 = 40;

/// A space whose owner and one user, Ada, have keys; Ada may make epochs and wraps.
pub(super) fn space(history: History) -> Chain {
    let mut chain = Chain::with_policy(history);
    let owner = chain.key_entry(user(OWNER), OWNER, 0);
    chain.put(OWNER, user(OWNER), &owner).unwrap();
    chain.admit(2, user(2));
    chain.grant(user(2), "k", "create", "state/keyring/{...}");
    chain
}

impl Chain {
    /// The next epoch as an honest issuer makes it.
    pub(super) fn next_epoch(&self, issuer: MemberId) -> EpochEntry {
        let newest = self.view.newest_epoch();
        let number = newest.map_or(0, |newest| newest.entry.number + 1);
        let carries = number != 0 && self.view.policy().unwrap().history == History::Static;
        let at = self.last.unwrap().timestamp;
        EpochEntry {
            number,
            commitment: [u8::try_from(number + 1).unwrap(); 32],
            previous: carries.then_some([7; 48]),
            issuer,
            at,
            roster_hash: roster_hash(&self.view.space(), number, &self.view.roster(at)),
            shards: vec![Shard {
                blob: crate::BlobId::of(b"shard"),
                first: user(OWNER),
            }],
        }
    }

    /// The refusal's code and rule; past the server, the entry is ignored.
    fn refused(
        &mut self,
        seed: u8,
        sender: MemberId,
        epoch: &EpochEntry,
    ) -> (ErrorCode, Option<u8>) {
        let entry = state_entry::epoch(epoch).unwrap();
        let refusal = self
            .judge(sender, entry.path.as_str(), &entry.value)
            .unwrap_err();
        let version = self.view.version();
        let applied = self.had(seed, sender, entry.path.as_str(), &entry.value);
        assert!(matches!(applied, Applied::Ignored(_)));
        assert_eq!(self.view.version(), version);
        // The next entry does not begin where this one's sender began.
        self.value("profiles/owner");
        (refusal.code(), refusal.rule())
    }

    pub(super) fn begin(&mut self, seed: u8) {
        let epoch = self.next_epoch(user(seed));
        let entry = state_entry::epoch(&epoch).unwrap();
        self.put(seed, user(seed), &entry).unwrap();
        let newest = self.view.newest_epoch().unwrap();
        assert_eq!(newest.entry, epoch);
        assert_eq!(Some(newest.position), self.last);
        assert_eq!(self.view.epoch(epoch.number), Some(newest));
        assert!(self.view.is_epoch_current(self.time));
    }

    pub(super) fn link(&mut self, seed: u8, uses: u32) {
        if !self.view.has_role("guest") {
            self.own("auth/roles/guest", "{}");
        }
        let terms = LinkTerms {
            uses,
            role: "guest".to_owned(),
        };
        let entry = state_entry::link(tool(seed), None, &terms, NOW + 1_000).unwrap();
        self.put(OWNER, user(OWNER), &entry).unwrap();
        let key = self.key_entry(tool(seed), seed, 0);
        self.put(OWNER, user(OWNER), &key).unwrap();
    }

    pub(super) fn wrap(
        &mut self,
        seed: u8,
        by: MemberId,
        epoch: u32,
        to: MemberId,
    ) -> Result<(), ErrorCode> {
        let entry = state_entry::wrap(epoch, to, &[1; 1_179]).unwrap();
        self.put(seed, by, &entry)
    }
}

fn invalid(rule: u8) -> (ErrorCode, Option<u8>) {
    (ErrorCode::KeyringInvalid, Some(rule))
}

#[test]
fn epochs_follow_one_another_and_each_but_the_first_carries_the_root_before_if_history_is_static() {
    for history in [History::Static, History::Rotate] {
        let mut chain = space(history);
        assert_eq!(chain.view.newest_epoch(), None);
        assert!(!chain.view.is_epoch_current(chain.time));
        chain.begin(OWNER);
        chain.begin(2);
        assert_eq!(chain.view.epoch(1).unwrap().entry.issuer, user(2));
        assert_eq!(chain.view.epoch(2), None);
        let mut other = chain.next_epoch(user(2));
        other.previous = match other.previous {
            Some(_) => None,
            None => Some([7; 48]),
        };
        assert_eq!(chain.refused(2, user(2), &other), invalid(4));
    }
}

#[test]
fn the_first_epoch_carries_no_root_before_it() {
    let mut chain = space(History::Static);
    let mut epoch = chain.next_epoch(user(2));
    epoch.previous = Some([7; 48]);
    assert_eq!(chain.refused(2, user(2), &epoch), invalid(4));
}

#[test]
fn an_epoch_has_one_root_for_everybody_because_nobody_writes_it_twice() {
    let mut chain = space(History::Static);
    chain.begin(2);
    let mut twice = chain.next_epoch(user(OWNER));
    twice.number = 0;
    twice.previous = None;
    let taken = (ErrorCode::KeyringEpochTaken, None);
    assert_eq!(chain.refused(OWNER, user(OWNER), &twice), taken);
    for sender in [OWNER, 2] {
        assert_eq!(
            chain.write(sender, "keyring/0", ""),
            Err(ErrorCode::KeyringInvalid)
        );
        assert!(matches!(
            chain.had(sender, user(sender), "keyring/0", ""),
            Applied::Ignored(_)
        ));
    }
    assert_eq!(chain.view.newest_epoch().unwrap().entry.number, 0);
    assert_eq!(chain.view.epoch(0).unwrap().entry.issuer, user(2));
}

#[test]
fn epochs_have_no_gaps_and_one_spelling() {
    let mut chain = space(History::Static);
    let mut gap = chain.next_epoch(user(2));
    gap.number = 1;
    gap.previous = Some([7; 48]);
    assert_eq!(chain.refused(2, user(2), &gap), invalid(1));
    let entry = state_entry::epoch(&chain.next_epoch(user(2))).unwrap();
    for path in [
        "keyring/00",
        "keyring/1",
        "keyring/-0",
        "keyring/4294967296",
        "keyring/x",
        "keyring/0/x",
    ] {
        let refusal = chain.judge(user(2), path, &entry.value).unwrap_err();
        assert_eq!((refusal.code(), refusal.rule()), invalid(1), "{path}");
    }
}

#[test]
fn an_epoch_is_made_by_its_issuer_with_the_right_to() {
    let mut chain = space(History::Static);
    let bob = user(3);
    chain.admit(3, bob);
    let mut by_bob = chain.next_epoch(bob);
    let denied = (ErrorCode::PermissionDenied, None);
    assert_eq!(chain.refused(3, bob, &by_bob), denied);
    // Each refused entry is in the chain, so the time before moves on.
    by_bob = chain.next_epoch(bob);
    assert_eq!(chain.refused(2, user(2), &by_bob), invalid(2));
    let stranger = chain.next_epoch(user(9));
    assert_eq!(
        chain.refused(9, user(9), &stranger),
        (ErrorCode::MemberUnknown, None)
    );
}

#[test]
fn a_link_makes_no_epoch_even_with_the_right_to() {
    let mut chain = space(History::Static);
    chain.link(LINK, 1);
    chain.grant(tool(LINK), "k", "create", "state/keyring/{any}");
    let epoch = chain.next_epoch(tool(LINK));
    assert_eq!(chain.refused(LINK, tool(LINK), &epoch), invalid(2));
    // A plain tool may.
    chain.admit(41, tool(41));
    chain.grant(tool(41), "k", "create", "state/keyring/{any}");
    let entry = state_entry::epoch(&chain.next_epoch(tool(41))).unwrap();
    chain.put(41, tool(41), &entry).unwrap();
}

#[test]
fn the_owner_makes_epochs_by_either_of_its_ids() {
    let mut chain = space(History::Static);
    let entry = state_entry::epoch(&chain.next_epoch(user(OWNER))).unwrap();
    let space = MemberId::owner_of(chain.view.space());
    chain.put(OWNER, space, &entry).unwrap();
    assert_eq!(chain.view.newest_epoch().unwrap().entry.issuer, user(OWNER));
}

#[test]
fn a_key_id_names_one_epoch() {
    let mut chain = space(History::Static);
    chain.begin(2);
    chain.begin(2);
    let mut epoch = chain.next_epoch(user(2));
    // The same first 8 bytes, another commitment.
    epoch.commitment[..8].fill(1);
    assert_eq!(chain.refused(2, user(2), &epoch), invalid(3));
    let epoch = chain.next_epoch(user(2));
    let entry = state_entry::epoch(&epoch).unwrap();
    let (right, wrong) = (encoding::encode(&epoch.key_id()), encoding::encode(&[9; 8]));
    let body = entry.value.replace(&right, &wrong);
    let refusal = chain
        .judge(user(2), entry.path.as_str(), &body)
        .unwrap_err();
    assert_eq!((refusal.code(), refusal.rule()), invalid(3));
}

#[test]
fn an_epoch_leaves_nobody_out_and_includes_nobody_else() {
    let mut chain = space(History::Static);
    let bob = user(3);
    chain.add(bob);
    let space = chain.view.space();
    let all = [user(OWNER), user(2)];
    for others in [vec![user(2)], vec![], vec![all[0], all[1], bob]] {
        let mut epoch = chain.next_epoch(user(2));
        epoch.roster_hash = roster_hash(&space, 0, &others);
        assert_eq!(chain.refused(2, user(2), &epoch), invalid(5));
    }
    // A member is for the roster once it has a key, and not any more when it was removed.
    let key = chain.key_entry(bob, 3, 0);
    chain.put(3, bob, &key).unwrap();
    let mut roster = chain.view.roster(chain.time);
    let mut expected = vec![all[0], all[1], bob];
    expected.sort_unstable_by_key(MemberId::to_bytes);
    assert_eq!(roster, expected);
    chain.begin(2);
    chain.own(&format!("auth/users/{bob}"), "");
    let mut epoch = chain.next_epoch(user(2));
    epoch.roster_hash = roster_hash(&space, 1, &roster);
    assert_eq!(chain.refused(2, user(2), &epoch), invalid(5));
    roster.retain(|member| *member != bob);
    assert_eq!(chain.view.roster(chain.time), roster);
    chain.begin(2);
}

#[test]
fn an_epoch_is_of_the_time_of_the_message_before_it() {
    let mut chain = space(History::Static);
    for shift in [-1, 1, -1_000_000] {
        let mut epoch = chain.next_epoch(user(2));
        epoch.at += shift;
        assert_eq!(chain.refused(2, user(2), &epoch), invalid(5));
    }
    // A backdated one would be for a tool that has expired.
    chain.link(LINK, 1);
    chain.value("profiles/ada");
    chain.time = NOW + 1_000;
    chain.value("profiles/ada");
    let mut epoch = chain.next_epoch(user(2));
    epoch.at = NOW + 500;
    epoch.roster_hash = roster_hash(&chain.view.space(), 0, &chain.view.roster(epoch.at));
    assert!(chain.view.roster(epoch.at).contains(&tool(LINK)));
    assert_eq!(chain.refused(2, user(2), &epoch), invalid(5));
    chain.begin(2);
}

#[test]
fn a_view_of_entries_alone_compares_the_time_with_those_around_it() {
    let mut chain = space(History::Static);
    let entries = chain.view.clone();
    let newest_entry = chain.time;
    chain.time += 100;
    chain.value("profiles/ada");
    let honest = chain.next_epoch(user(2));
    let (head, last, time) = (chain.head, chain.last, chain.time);
    for at in [newest_entry - 1, newest_entry, time, time + 1] {
        (chain.head, chain.last, chain.time) = (head, last, time);
        let mut epoch = honest.clone();
        epoch.at = at;
        let entry = state_entry::epoch(&epoch).unwrap();
        let message = chain.sign(2, user(2), entry.path.as_str(), &entry.value);
        let taken = |view: &View| view.clone().replay(&message) == Applied::Changed;
        assert_eq!(taken(&entries), (newest_entry..=time).contains(&at), "{at}");
        // The whole chain says it exactly.
        assert_eq!(taken(&chain.view), at == time, "{at}");
    }
}

#[test]
fn a_removal_and_a_new_epoch_go_into_one_command() {
    let mut chain = space(History::Static);
    chain.admit(3, user(3));
    chain.begin(2);
    chain.grant(user(2), "u", "delete", "state/auth/users/{any}");
    // Both are made before either has a time, at the time of the head.
    let before = chain.last;
    let at = before.unwrap().timestamp;
    chain.time += 50;
    chain
        .write(2, &format!("auth/users/{}", user(3)), "")
        .unwrap();
    let mut epoch = chain.next_epoch(user(2));
    epoch.at = at;
    let entry = state_entry::epoch(&epoch).unwrap();
    let write = StateWrite {
        path: &entry.path,
        data: &encoding::encode(entry.value.as_bytes()),
        existing: None,
        prev: before,
    };
    assert_eq!(
        judge_state_write(&chain.view, &user(2), &write, chain.time),
        Ok(())
    );
    let applied = chain.had(2, user(2), entry.path.as_str(), &entry.value);
    assert_eq!(applied, Applied::Changed);
    assert!(chain.view.is_epoch_current(chain.time));
}

#[test]
fn a_space_begins_with_its_first_epoch_in_one_command() {
    let mut chain = Chain::new();
    let policy = state_entry::policy(&Policy::new(History::Static)).unwrap();
    chain.put(OWNER, user(OWNER), &policy).unwrap();
    let key = chain.key_entry(user(OWNER), OWNER, 0);
    chain.put(OWNER, user(OWNER), &key).unwrap();
    let mut epoch = chain.next_epoch(user(OWNER));
    epoch.at = 0;
    let entry = state_entry::epoch(&epoch).unwrap();
    let write = StateWrite {
        path: &entry.path,
        data: &encoding::encode(entry.value.as_bytes()),
        existing: None,
        prev: None,
    };
    let judged = judge_state_write(&chain.view, &user(OWNER), &write, chain.time);
    assert_eq!(judged, Ok(()));
    let applied = chain.had(OWNER, user(OWNER), entry.path.as_str(), &entry.value);
    assert_eq!(applied, Applied::Changed);
}

#[test]
fn shards_ascend_and_are_1_to_400() {
    let mut chain = space(History::Static);
    let shard = |seed: u16| {
        let [high, low] = seed.to_be_bytes();
        let mut key = [0; 32];
        (key[0], key[1]) = (high, low);
        Shard {
            blob: crate::BlobId::of(&seed.to_be_bytes()),
            first: MemberId::user(key),
        }
    };
    for shards in [
        vec![],
        vec![shard(1), shard(1)],
        vec![shard(2), shard(1)],
        (0..401).map(shard).collect(),
    ] {
        let mut epoch = chain.next_epoch(user(2));
        epoch.shards = shards;
        assert_eq!(chain.refused(2, user(2), &epoch), invalid(6));
    }
    let mut epoch = chain.next_epoch(user(2));
    epoch.shards = (0..400).map(shard).collect();
    let entry = state_entry::epoch(&epoch).unwrap();
    chain.put(2, user(2), &entry).unwrap();
}

#[test]
fn an_epoch_that_is_no_entry_is_refused_and_unknown_fields_are_passed_over() {
    let mut chain = space(History::Static);
    let entry = state_entry::epoch(&chain.next_epoch(user(2))).unwrap();
    let body: serde_json::Value = serde_json::from_str(&entry.value).unwrap();
    let fields = body.as_object().unwrap().keys().cloned();
    for field in fields.collect::<Vec<_>>() {
        for wrong in [None, Some(serde_json::json!([1]))] {
            let mut body = body.clone();
            let object = body.as_object_mut().unwrap();
            object.remove(&field);
            if let Some(wrong) = wrong {
                object.insert(field.clone(), wrong);
            }
            assert_eq!(
                chain.write(2, "keyring/0", &body.to_string()),
                Err(ErrorCode::AuthInvalidEntry),
                "{field}"
            );
        }
    }
    let more = entry.value.replacen('{', r#"{"colour": "red", "#, 1);
    chain.write(2, "keyring/0", &more).unwrap();
}
