//! The conformance suite of what the operator removes: purges, and blobs everywhere.

use reeeductio_proto::{
    BlobId, MemberId, MessageId, Position, SpaceId, TopicId, registration_path,
};

use super::records::{appended, message, space, stored, topic, unjudged};
use super::values::{entry, upload};
use crate::{
    AppendOutcome, Judged, MessageRange, Moved, ObjectName, Operator, Order, PageLimit, Purge,
    PurgeOutcome, Purged, PutData, Quotas, Records, RemoveBlob, RemoveBlobOutcome,
};

/// A step of a purge; `None` if the space is registered in the admin space.
pub(super) async fn purge_step(
    records: &dyn Records,
    space: SpaceId,
    admin: Option<SpaceId>,
) -> Option<Purged> {
    let operator = admin.map(|admin| Operator {
        admin,
        judged: Judged {
            member: MemberId::user([7; 32]),
            authority: None,
            registration: None,
        },
    });
    let purge = Purge {
        space,
        operator,
        apps: Vec::new(),
        limit: PageLimit::count(2),
    };
    match records.purge(purge).await.unwrap() {
        PurgeOutcome::Purged(purged) => Some(purged),
        PurgeOutcome::Registered => None,
        moved @ PurgeOutcome::JudgementMoved(_) => panic!("not purged: {moved:?}"),
    }
}

/// Purging removes all of one space, in steps, and nothing of another.
pub async fn purged_spaces_leave_nothing(records: &dyn Records) {
    let (here, there) = (space(1), space(2));
    let (ada, blob) = (MemberId::user([9; 32]), BlobId::of(b"content"));
    let general = topic("general");
    for (in_space, object) in [(here, "o1"), (there, "o2")] {
        let mut prev = None;
        for number in 0..5 {
            let next = message(&general, "n", prev, &format!("{number}"));
            prev = Some(next.message_hash);
            let append = unjudged(in_space, next);
            records.append(append).await.unwrap();
        }
        for path in ["a", "b", "c"] {
            let put = PutData {
                space: in_space,
                entry: entry(path, "1", 1),
                expected: None,
                judged: None,
                quotas: Quotas::default(),
            };
            records.put_data(put).await.unwrap();
        }
        let add = upload(in_space, blob, ada, object);
        records.add_blob(add).await.unwrap();
        records.raise_tool_uses(in_space, ada, 3).await.unwrap();
    }
    let sum = |usage: crate::Usage| {
        let tallies = [usage.messages, usage.entries, usage.blobs];
        tallies.iter().map(|tally| tally.count).sum::<u64>()
    };
    let (mut orphans, mut removed) = (Vec::new(), 0);
    loop {
        let step = purge_step(records, here, None).await.unwrap();
        removed += step.removed;
        orphans.extend(step.orphans);
        let left = sum(records.usage(here, None).await.unwrap());
        assert_eq!(left, 9 - removed, "what is left is counted");
        if !step.has_more {
            break;
        }
        assert!(step.removed <= 2);
        let listed = records.spaces(None, 10).await.unwrap();
        assert_eq!(listed, [here, there], "until it is done");
    }
    assert_eq!(orphans, [ObjectName::parse("o1").unwrap()]);
    assert_eq!(removed, 5 + 3 + 1);
    assert_eq!(records.spaces(None, 10).await.unwrap(), [there]);
    assert_eq!(records.topics(here).await.unwrap(), []);
    assert_eq!(records.last_event(here).await.unwrap(), 0);
    assert_eq!(
        records.usage(here, None).await.unwrap(),
        crate::Usage::default()
    );
    assert_eq!(
        records.usage(here, Some(ada)).await.unwrap(),
        crate::Usage::default()
    );
    assert_eq!(records.tool_uses(here, ada).await.unwrap(), 0);
    assert_eq!(records.blob_references(here, blob).await.unwrap(), []);
    assert_eq!(records.last_event(there).await.unwrap(), 5);
    assert_eq!(records.blob_spaces(blob).await.unwrap(), [there]);
    let newest = MessageRange {
        from: i64::MIN,
        to: i64::MAX,
        order: Order::NewestFirst,
        limit: PageLimit::count(1),
    };
    let listed = records.messages(here, &general, newest).await.unwrap();
    assert_eq!(listed.items, []);
    // The space can begin anew.
    let first = message(&general, "n", None, "anew");
    let append = unjudged(here, first);
    records.append(append).await.unwrap();
    assert_eq!(records.last_event(here).await.unwrap(), 1);
}

/// A step of a purge ends with the row that reaches its bytes.
pub async fn purges_go_by_bytes_too(records: &dyn Records) {
    let here = space(1);
    let long = "1".repeat(100);
    for number in 0..6 {
        let put = PutData {
            space: here,
            entry: entry(&format!("{number}"), &long, 1),
            expected: None,
            judged: None,
            quotas: Quotas::default(),
        };
        records.put_data(put).await.unwrap();
    }
    let mut removed = Vec::new();
    for bytes in [1, 101, 102, 1000] {
        let purge = Purge {
            space: here,
            operator: None,
            apps: Vec::new(),
            limit: PageLimit { count: 100, bytes },
        };
        let outcome = records.purge(purge).await.unwrap();
        let PurgeOutcome::Purged(step) = outcome else {
            panic!("not purged: {outcome:?}");
        };
        removed.push((step.removed, step.has_more));
    }
    assert_eq!(removed, [(1, true), (1, true), (2, true), (2, false)]);
}

/// The operator's judgement in the admin space is compared like a member's.
pub async fn acts_of_the_operator_stand_or_fall_with_their_judgement(records: &dyn Records) {
    let (admin, here) = (space(1), space(2));
    let (ada, blob) = (MemberId::user([9; 32]), BlobId::of(b"content"));
    let path = format!("auth/users/{ada}");
    let next = message(&TopicId::state(), &path, None, "1");
    let committed = stored(records, admin, next).await;
    let newest = Position::from(&**appended(&committed));
    let add = upload(here, blob, ada, "o1");
    records.add_blob(add).await.unwrap();
    for (authority, stands) in [(None, false), (Some(newest), true)] {
        let operator = Some(Operator {
            admin,
            judged: Judged {
                member: ada,
                authority,
                registration: None,
            },
        });
        let purge = Purge {
            space: here,
            operator,
            apps: Vec::new(),
            limit: PageLimit::count(1),
        };
        let remove = RemoveBlob {
            space: here,
            blob,
            uploaded_by: None,
            judged: None,
            operator,
        };
        let moved = Moved::Authority(newest);
        let removed = records.remove_blob(remove).await.unwrap();
        assert_eq!(removed != RemoveBlobOutcome::JudgementMoved(moved), stands);
        let purged = records.purge(purge).await.unwrap();
        assert_eq!(purged != PurgeOutcome::JudgementMoved(moved), stands);
    }
    assert_eq!(records.blob(here, blob).await.unwrap(), None);
}

/// From the first step of its purge to the last a space cannot be registered; its entry can be withdrawn.
pub async fn spaces_are_not_registered_while_they_are_purged(records: &dyn Records) {
    let (admin, here) = (space(1), space(2));
    let mut prev = None;
    for text in ["1", "2", "3"] {
        let next = message(&topic("general"), "n", prev, text);
        prev = Some(next.message_hash);
        stored(records, here, next).await;
    }
    let entry = |registered, prev, data: &str| {
        let path = registration_path(&registered);
        let mut next = message(&TopicId::state(), &path, prev, data);
        next.message_hash = MessageId::of(format!("{registered} {prev:?} {data}").as_bytes());
        data.clone_into(&mut next.data);
        next
    };
    let append = async |message| records.append(unjudged(admin, message)).await.unwrap();
    let step = purge_step(records, here, Some(admin)).await.unwrap();
    assert!(step.has_more);
    assert_eq!(
        append(entry(here, None, "1")).await,
        AppendOutcome::PurgeUnfinished
    );
    // Other spaces can, and what is no registration is none of its business.
    let other = entry(space(3), None, "1");
    let mut head = Some(other.message_hash);
    assert!(matches!(append(other).await, AppendOutcome::Stored(_)));
    let tombstone = entry(here, head, "");
    head = Some(tombstone.message_hash);
    assert!(matches!(append(tombstone).await, AppendOutcome::Stored(_)));
    let elsewhere = message(&topic("notes"), &registration_path(&here), None, "note");
    assert!(matches!(append(elsewhere).await, AppendOutcome::Stored(_)));
    let mut steps = 1;
    loop {
        let again = append(entry(here, head, "1")).await;
        assert_eq!(again, AppendOutcome::PurgeUnfinished, "after step {steps}");
        let step = purge_step(records, here, Some(admin)).await.unwrap();
        steps += 1;
        if !step.has_more {
            break;
        }
    }
    let again = append(entry(here, head, "1")).await;
    assert!(matches!(again, AppendOutcome::Stored(_)), "{again:?}");
    assert_eq!(purge_step(records, here, Some(admin)).await, None);
}

/// A space that an app registers is not purged, whether the admin space registers it or not.
pub async fn spaces_that_an_app_registers_are_not_purged(records: &dyn Records) {
    let (admin, app, here) = (space(1), space(2), space(3));
    stored(records, here, message(&topic("general"), "n", None, "1")).await;
    let mut prev = None;
    let mut register = async |data: &str| {
        let path = registration_path(&here);
        let mut next = message(&TopicId::state(), &path, prev, data);
        next.message_hash = MessageId::of(format!("{prev:?} {data}").as_bytes());
        data.clone_into(&mut next.data);
        prev = Some(next.message_hash);
        stored(records, app, next).await;
    };
    let purge = async |apps: &[SpaceId]| {
        let operator = Some(Operator {
            admin,
            judged: Judged {
                member: MemberId::user([7; 32]),
                authority: None,
                registration: None,
            },
        });
        let purge = Purge {
            space: here,
            operator,
            apps: apps.to_vec(),
            limit: PageLimit::count(1),
        };
        records.purge(purge).await.unwrap()
    };
    register("1").await;
    for apps in [&[app][..], &[space(4), app]] {
        assert_eq!(purge(apps).await, PurgeOutcome::Registered);
    }
    register("").await;
    assert!(matches!(purge(&[app]).await, PurgeOutcome::Purged(_)));
}
