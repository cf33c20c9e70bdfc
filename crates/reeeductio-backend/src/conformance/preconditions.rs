//! The conformance suite of what writes are stored by: lanes, judgements, quotas; and of the length of pages.

use reeeductio_proto::{ChainId, Lane, MemberId, MessageId, Position, TopicId, registration_path};

use super::purging::purge_step;
use super::records::{NOW, appended, message, space, stored, topic, unjudged};
use crate::{
    Append, AppendOutcome, Judged, MessageRange, Moved, Order, OverQuota, PageLimit, Quota,
    QuotaOf, QuotaUnit, Quotas, Records, Registration, Tally,
};

/// A page ends with the item that reaches its bytes, and is never empty while there is something.
pub async fn pages_end_where_their_bytes_do(records: &dyn Records) {
    let (here, general) = (space(1), topic("general"));
    let mut prev = None;
    for number in 0..4 {
        let text = format!("{number}").repeat(100);
        let committed = stored(records, here, message(&general, "n", prev, &text)).await;
        prev = Some(appended(&committed).message_hash);
    }
    for (bytes, count, has_more) in [
        (0, 1, true),
        (100, 1, true),
        (101, 2, true),
        (400, 4, false),
    ] {
        let limit = PageLimit { count: 10, bytes };
        for order in [Order::OldestFirst, Order::NewestFirst] {
            let range = MessageRange {
                from: i64::MIN,
                to: i64::MAX,
                order,
                limit,
            };
            let page = records.messages(here, &general, range).await.unwrap();
            assert_eq!(
                (page.items.len(), page.has_more),
                (count, has_more),
                "{bytes}"
            );
        }
        let page = records.events(here, 0, limit).await.unwrap();
        assert_eq!(
            (page.items.len(), page.has_more),
            (count, has_more),
            "{bytes}"
        );
    }
}

/// Lanes of a topic are chains of their own; time and events are the topic's.
pub async fn lanes_are_chains_of_their_own(records: &dyn Records) {
    let (here, general) = (space(1), topic("general"));
    let lane = |id| {
        Some(Lane {
            member: MemberId::user([9; 32]),
            id: [id; 8],
        })
    };
    let put = async |lane, prev, text: &str| {
        let append = Append {
            lane,
            ..unjudged(here, message(&general, "n", prev, text))
        };
        records.append(append).await.unwrap()
    };
    let at = |text: &str, timestamp| {
        Some(Position {
            hash: MessageId::of(text.as_bytes()),
            timestamp,
        })
    };
    assert!(matches!(
        put(None, None, "a").await,
        AppendOutcome::Stored(_)
    ));
    assert!(matches!(
        put(lane(1), None, "b").await,
        AppendOutcome::Stored(_)
    ));
    assert!(matches!(
        put(lane(2), None, "c").await,
        AppendOutcome::Stored(_)
    ));
    let second = Some(MessageId::of(b"b"));
    assert!(matches!(
        put(lane(1), second, "d").await,
        AppendOutcome::Stored(_)
    ));
    let moved = put(lane(1), second, "e").await;
    assert_eq!(moved, AppendOutcome::HeadMoved(at("d", NOW + 3)));
    for (lane, expected) in [
        (None, at("a", NOW)),
        (lane(1), at("d", NOW + 3)),
        (lane(2), at("c", NOW + 2)),
        (lane(3), None),
    ] {
        let chain = ChainId {
            topic: general.clone(),
            lane,
        };
        assert_eq!(records.head(here, &chain).await.unwrap(), expected);
    }
    let all = MessageRange {
        from: i64::MIN,
        to: i64::MAX,
        order: Order::OldestFirst,
        limit: PageLimit::count(10),
    };
    let page = records.messages(here, &general, all).await.unwrap();
    let texts: Vec<_> = page.items.iter().map(|message| &*message.data).collect();
    assert_eq!(texts, ["a", "b", "c", "d"]);
    assert_eq!(records.topics(here).await.unwrap(), [general]);
}

/// A write judged before its member's rights may have changed is refused, every kind of it; one that
/// does not concern the member is not in the way.
pub async fn writes_stand_or_fall_with_their_judgement(records: &dyn Records) {
    let here = space(1);
    let (ada, bob) = (MemberId::user([9; 32]), MemberId::user([8; 32]));
    let mut prev = None;
    let mut state = async |path: &str, text: &str| {
        let next = message(&TopicId::state(), path, prev, text);
        let committed = stored(records, here, next).await;
        let position = Position::from(&**appended(&committed));
        prev = Some(position.hash);
        position
    };
    let judged = |authority| {
        Some(Judged {
            member: ada,
            authority,
            registration: None,
        })
    };
    let mut number = 0;
    let mut post = async |authority| {
        number += 1;
        let name = topic(&format!("topic-{number}"));
        let append = Append {
            judged: judged(authority),
            ..unjudged(here, message(&name, "n", None, &format!("text {number}")))
        };
        records.append(append).await.unwrap()
    };
    assert!(matches!(post(None).await, AppendOutcome::Stored(_)));
    let other = state(&format!("auth/users/{bob}"), "1").await;
    assert!(
        matches!(post(None).await, AppendOutcome::Stored(_)),
        "not about her"
    );
    state("profiles/x", "2").await;
    let about_her = state(&format!("auth/users/{ada}/rights/x"), "3").await;
    let newest = state(&format!("auth/users/{bob}/rights/x"), "4").await;
    state("profiles/x", "5").await;
    for before in [None, Some(other)] {
        assert_eq!(
            post(before).await,
            AppendOutcome::JudgementMoved(Moved::Authority(newest))
        );
    }
    for known in [about_her, newest] {
        assert!(matches!(post(Some(known)).await, AppendOutcome::Stored(_)));
    }
    super::values::values_stand_or_fall_with_their_judgement(
        records,
        here,
        judged(Some(other)),
        judged(Some(newest)),
        Moved::Authority(newest),
    )
    .await;
}

/// A write judged by a registration that was withdrawn or written again is refused, every kind of it, also once
/// the space was purged; and a space is purged only while it is not registered.
pub async fn writes_stand_or_fall_with_the_registration(records: &dyn Records) {
    let (admin, here) = (space(1), space(2));
    let ada = MemberId::user([9; 32]);
    let mut prev = None;
    let mut register = async |data: &str| {
        let mut next = message(&TopicId::state(), &registration_path(&here), prev, data);
        next.message_hash = MessageId::of(format!("entry {prev:?}").as_bytes());
        data.clone_into(&mut next.data);
        let committed = stored(records, admin, next).await;
        let entry = Position::from(&**appended(&committed));
        prev = Some(entry.hash);
        Judged {
            member: ada,
            authority: None,
            registration: Some(Registration {
                registrar: admin,
                entry,
            }),
        }
    };
    let mut number = 0;
    let mut post = async |judged| {
        number += 1;
        let name = topic(&format!("topic-{number}"));
        let append = Append {
            judged: Some(judged),
            ..unjudged(here, message(&name, "n", None, &format!("text {number}")))
        };
        records.append(append).await.unwrap()
    };
    let moved = AppendOutcome::JudgementMoved(Moved::Registration);
    let first = register("1").await;
    assert!(matches!(post(first).await, AppendOutcome::Stored(_)));
    let second = register("2").await;
    assert_eq!(post(first).await, moved);
    assert!(matches!(post(second).await, AppendOutcome::Stored(_)));
    assert_eq!(purge_step(records, here, Some(admin)).await, None);
    let withdrawn = register("").await;
    for judged in [first, second, withdrawn] {
        assert_eq!(post(judged).await, moved);
    }
    while purge_step(records, here, Some(admin))
        .await
        .is_some_and(|step| step.has_more)
    {
        assert_eq!(post(second).await, moved);
    }
    assert_eq!(post(second).await, moved);
    assert_eq!(records.spaces(None, 10).await.unwrap(), [admin]);
    let again = register("3").await;
    assert_eq!(purge_step(records, here, Some(admin)).await, None);
    super::values::values_stand_or_fall_with_their_judgement(
        records,
        here,
        Some(second),
        Some(again),
        Moved::Registration,
    )
    .await;
    assert!(matches!(post(again).await, AppendOutcome::Stored(_)));
}

/// Nothing is stored beyond a quota, what is stored is counted, and both outlive the process.
pub async fn messages_are_counted_and_limited(records: &dyn Records) {
    let (here, general) = (space(1), topic("general"));
    let ada = MemberId::user([9; 32]);
    let post = async |prev: Option<&str>, text: &str, quotas| {
        let prev = prev.map(|text| MessageId::of(text.as_bytes()));
        let append = Append {
            quotas,
            ..unjudged(here, message(&general, "kind", prev, text))
        };
        records.append(append).await.unwrap()
    };
    let count = |count| Quota {
        count: Some(count),
        bytes: None,
    };
    let bytes = |bytes| Quota {
        count: None,
        bytes: Some(bytes),
    };
    let member = |member| Quotas {
        member,
        ..Quotas::default()
    };
    let of_space = |space| Quotas {
        space,
        ..Quotas::default()
    };
    let over = |of, unit, limit, stored| {
        AppendOutcome::OverQuota(OverQuota {
            of,
            unit,
            limit,
            stored,
        })
    };
    assert_eq!(
        post(None, "1", member(count(0))).await,
        over(QuotaOf::Member, QuotaUnit::Items, 0, 0)
    );
    assert_eq!(
        post(None, "1", of_space(bytes(4))).await,
        over(QuotaOf::Space, QuotaUnit::Bytes, 4, 0)
    );
    assert!(matches!(
        post(None, "1", of_space(bytes(5))).await,
        AppendOutcome::Stored(_)
    ));
    assert_eq!(
        post(Some("1"), "23", member(count(1))).await,
        over(QuotaOf::Member, QuotaUnit::Items, 1, 1)
    );
    assert!(matches!(
        post(Some("1"), "23", member(count(2))).await,
        AppendOutcome::Stored(_)
    ));
    for member in [None, Some(ada)] {
        let usage = records.usage(here, member).await.unwrap();
        assert_eq!(
            usage.messages,
            Tally {
                count: 2,
                bytes: 11
            }
        );
        assert_eq!(usage.entries, Tally::default());
    }
    let nobody = records.usage(here, Some(MemberId::user([1; 32]))).await;
    assert_eq!(nobody.unwrap().messages, Tally::default());
}
