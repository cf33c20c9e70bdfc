//! The conformance suite of event trees.

use reeeductio_proto::tree::{Frontier, Proof, TreeHash, consistency_ranges, inclusion_ranges};
use reeeductio_proto::{
    EventKind, EventLeaf, EventPosition, Lane, MemberId, MessageId, SpaceId, TopicId,
    data_event_hash,
};

use super::records::{appended, message, space, topic, unjudged};
use super::values::entry;
use crate::{
    Append, AppendAll, AppendOutcome, Committed, DataVersion, DeleteData, DeleteDataOutcome, Entry,
    Leaf, MessageRange, NewMessage, Order, PageLimit, Payload, PutData, PutDataOutcome, Quotas,
    Records, TreeHead,
};

pub(super) const INCARNATION: [u8; 8] = [1; 8];

/// The tree as the specification says it is, beside the one that is stored.
pub(super) struct Expected {
    space: SpaceId,
    pub(super) frontier: Frontier,
    hashes: Vec<TreeHash>,
    topics: Vec<(TopicId, TreeHash)>,
    state: Option<MessageId>,
}

impl Expected {
    fn new(space: SpaceId) -> Self {
        Self {
            space,
            frontier: Frontier::default(),
            hashes: Vec::new(),
            topics: Vec::new(),
            state: None,
        }
    }

    fn previous(&self, topic: &TopicId) -> TreeHash {
        let newest = self.topics.iter().rfind(|(of, _)| of == topic);
        newest.map_or([0; 32], |(_, hash)| *hash)
    }

    fn push(
        &mut self,
        what: EventKind,
        topic: &str,
        lane: Option<Lane>,
        (hash, timestamp, previous): ([u8; 32], i64, TreeHash),
    ) -> (Leaf, TreeHash) {
        let number = self.hashes.len() as u64;
        let hash = EventLeaf {
            space: &self.space,
            number,
            what,
            topic,
            lane: lane.map_or([0; 8], |lane| lane.id),
            hash,
            timestamp: timestamp.cast_unsigned(),
            previous,
            state: self.state.map_or([0; 32], |state| *state.hash()),
        }
        .hash();
        self.frontier.push(hash);
        self.hashes.push(hash);
        let leaf = Leaf {
            number,
            state: self.state,
        };
        (leaf, hash)
    }

    /// Adds a message, and checks the leaf that it was stored with.
    fn message(&mut self, committed: &Committed, lane: Option<Lane>) {
        let message = appended(committed);
        let (topic, id) = (&message.topic_id, message.message_hash);
        let previous = self.previous(topic);
        let of = (*id.hash(), message.server_timestamp, previous);
        let (leaf, hash) = self.push(EventKind::Message, topic.as_str(), lane, of);
        assert_eq!(committed.leaf, Some(leaf));
        self.topics.push((topic.clone(), hash));
        if topic.is_state() {
            self.state = Some(id);
        }
    }

    async fn check(&self, records: &dyn Records) {
        let head = TreeHead {
            incarnation: INCARNATION,
            size: self.frontier.size(),
            root: self.frontier.root(),
        };
        assert_eq!(records.tree(self.space).await.unwrap(), Some(head));
    }
}

pub(super) async fn store(records: &dyn Records, append: Append) -> Committed {
    match records.append(append).await.unwrap() {
        AppendOutcome::Stored(committed) => committed,
        other => panic!("not stored: {other:?}"),
    }
}

/// A space that begins with its policy.
pub(super) async fn begun(records: &dyn Records, of: SpaceId) -> Expected {
    let policy = Append {
        begins_tree: Some(INCARNATION),
        ..unjudged(
            of,
            message(&TopicId::state(), "space/policy", None, "policy"),
        )
    };
    let mut expected = Expected::new(of);
    expected.message(&store(records, policy).await, None);
    expected
}

/// A tree begins with the first event of a space and in no other.
pub async fn trees_begin_in_empty_spaces(records: &dyn Records) {
    let begins = |of: u8, text: &str| Append {
        begins_tree: Some(INCARNATION),
        ..unjudged(space(of), message(&topic("general"), "n", None, text))
    };
    for of in [1, 2, 3] {
        assert_eq!(records.tree(space(of)).await.unwrap(), None);
        assert_eq!(records.leaf(space(of), 0).await.unwrap(), None);
    }
    let base = store(
        records,
        unjudged(space(1), message(&topic("other"), "n", None, "1")),
    )
    .await;
    assert_eq!(base.leaf, None);
    let put = |of, path: &str| PutData {
        space: space(of),
        entry: entry(path, "1", 1),
        expected: None,
        judged: None,
        quotas: Quotas::default(),
    };
    let stored = records.put_data(put(2, "a")).await.unwrap();
    assert_eq!(stored, PutDataOutcome::Stored(None));
    let removed = DeleteData {
        space: space(2),
        path: entry("a", "", 1).path,
        expected: Some(DataVersion::from(&entry("a", "1", 1))),
        judged: None,
    };
    let outcome = records.delete_data(removed).await.unwrap();
    assert_eq!(outcome, DeleteDataOutcome::Deleted(None));
    for of in [1, 2] {
        let refused = records.append(begins(of, "begins")).await.unwrap();
        assert_eq!(refused, AppendOutcome::SpaceNotEmpty, "{of}");
        assert_eq!(records.tree(space(of)).await.unwrap(), None);
    }
    let mut expected = Expected::new(space(3));
    expected.message(&store(records, begins(3, "begins")).await, None);
    expected.check(records).await;
    let twice = records.append(begins(3, "begins")).await.unwrap();
    assert_eq!(twice, AppendOutcome::SpaceNotEmpty);
    // The others stay as they are.
    let outcome = records.put_data(put(2, "b")).await.unwrap();
    assert_eq!(outcome, PutDataOutcome::Stored(None));
    // A command can begin one too.
    let first = message(&TopicId::state(), "space/policy", None, "p");
    let second = message(&TopicId::state(), "auth/x", Some(first.message_hash), "q");
    let command = AppendAll {
        space: space(4),
        messages: [first, second]
            .map(|message| NewMessage {
                message,
                payload: None,
            })
            .into(),
        lane: None,
        begins_tree: Some(INCARNATION),
        judged: None,
        tool_use: None,
        quotas: Quotas::default(),
    };
    let AppendOutcome::Stored(stored) = records.append_all(command).await.unwrap() else {
        panic!("not stored");
    };
    let mut expected = Expected::new(space(4));
    for committed in &stored {
        expected.message(committed, None);
    }
    expected.check(records).await;
}

/// Every event is a leaf, of which all say the same: answers, listings, streams and the tree.
pub async fn every_event_is_a_leaf(records: &dyn Records) {
    let here = space(1);
    let mut expected = begun(records, here).await;
    let lane = |id| Lane {
        member: MemberId::user([9; 32]),
        id: [id; 8],
    };
    let mut heads: Vec<(&str, Lane, MessageId)> = Vec::new();
    let mut state = MessageId::of(b"policy");
    for number in 0..200_u8 {
        match number % 5 {
            0 => {
                let path = format!("profiles/{number}");
                let text = format!("state {number}");
                let next = message(&TopicId::state(), &path, Some(state), &text);
                state = next.message_hash;
                expected.message(&store(records, unjudged(here, next)).await, None);
            }
            1 => {
                data_is_a_leaf(records, &mut expected, number).await;
            }
            other => {
                let (name, lane) = (
                    ["first", "second", "third"][usize::from(other - 2)],
                    lane(number % 2),
                );
                let at = heads
                    .iter()
                    .position(|(of, in_lane, _)| *of == name && *in_lane == lane);
                let prev = at.map(|at| heads[at].2);
                let next = message(&topic(name), "sealed", prev, &format!("{name} {number}"));
                at.map(|at| heads.remove(at));
                heads.push((name, lane, next.message_hash));
                let append = Append {
                    lane: Some(lane),
                    payload: Some(Payload::new(vec![number; 3])),
                    ..unjudged(here, next)
                };
                expected.message(&store(records, append).await, Some(lane));
            }
        }
        expected.check(records).await;
    }
    let nothing = DeleteData {
        space: here,
        path: entry("nothing", "", 0).path,
        expected: None,
        judged: None,
    };
    let outcome = records.delete_data(nothing).await.unwrap();
    assert_eq!(outcome, DeleteDataOutcome::Deleted(None));
    expected.check(records).await;
    let events = records
        .events(here, 0, PageLimit::count(1_000))
        .await
        .unwrap();
    let leaves: Vec<_> = events
        .items
        .iter()
        .map(|one| one.leaf.unwrap().number)
        .collect();
    assert!(leaves.is_sorted() && leaves.len() == 161, "{leaves:?}");
    let changes = records.changes(here, EventPosition::default(), PageLimit::count(1_000));
    let changes = changes.await.unwrap().items;
    let last = changes.iter().map(|one| one.leaf.unwrap().number).max();
    assert_eq!(last, Some(expected.frontier.size() - 1));
    proofs_lead_to_the_root(records, &expected).await;
    entries_tell_the_leaf_before(records, &expected).await;
}

/// Stores an entry, and removes some of them again.
async fn data_is_a_leaf(records: &dyn Records, expected: &mut Expected, number: u8) {
    let here = expected.space;
    let path = format!("path/{}", number % 3);
    let at = i64::from(number);
    let there = records.data(here, &entry(&path, "", 0).path).await.unwrap();
    let new = entry(&path, "1", at);
    let put = PutData {
        space: here,
        entry: new.clone(),
        expected: there.as_deref().map(DataVersion::from),
        judged: None,
        quotas: Quotas::default(),
    };
    let outcome = records.put_data(put.clone()).await.unwrap();
    let hash = |entry: &reeeductio_proto::DataEntry| {
        let signed_at = entry.signed_at.cast_unsigned();
        data_event_hash(entry.path.as_str(), &entry.signature.to_bytes(), signed_at)
    };
    let of = (hash(&new), at, [0; 32]);
    let (leaf, _) = expected.push(EventKind::Data, "", None, of);
    assert_eq!(outcome, PutDataOutcome::Stored(Some(leaf)));
    // Again it is the same event.
    let again = records.put_data(put).await.unwrap();
    assert_eq!(again, PutDataOutcome::Stored(Some(leaf)));
    if number.is_multiple_of(2) {
        let delete = |expected| DeleteData {
            space: here,
            path: new.path.clone(),
            expected,
            judged: None,
        };
        let stored = delete(Some(DataVersion::from(&new)));
        let outcome = records.delete_data(stored).await.unwrap();
        let (leaf, _) = expected.push(EventKind::DataRemoved, "", None, of);
        assert_eq!(outcome, DeleteDataOutcome::Deleted(Some(leaf)));
        let again = records.delete_data(delete(None)).await.unwrap();
        assert_eq!(again, DeleteDataOutcome::Deleted(Some(leaf)));
    }
}

async fn proofs_lead_to_the_root(records: &dyn Records, expected: &Expected) {
    let here = expected.space;
    let (size, root) = (expected.frontier.size(), expected.frontier.root());
    for index in [0, 1, 62, 63, 64, 65, 127, 128, size - 1] {
        let leaf = records.leaf(here, index).await.unwrap().unwrap();
        assert_eq!(
            Some(&leaf),
            expected.hashes.get(usize::try_from(index).unwrap())
        );
        for of in [index + 1, size] {
            let mut tree = Frontier::default();
            let leaves = expected.hashes.iter().take(usize::try_from(of).unwrap());
            leaves.for_each(|hash| drop(tree.push(*hash)));
            let ranges = inclusion_ranges(index, of);
            let proof = Proof(records.range_roots(here, ranges).await.unwrap().unwrap());
            proof
                .verify_inclusion(&leaf, index, of, &tree.root())
                .unwrap();
            let ranges = consistency_ranges(of, size);
            let proof = Proof(records.range_roots(here, ranges).await.unwrap().unwrap());
            proof
                .verify_consistency((of, &tree.root()), (size, &root))
                .unwrap();
        }
    }
    assert_eq!(records.leaf(here, size).await.unwrap(), None);
    assert_eq!(records.leaf(here, u64::MAX).await.unwrap(), None);
    let reversed = std::ops::Range { start: 5, end: 3 };
    for wrong in [
        size..size + 1,
        0..size + 1,
        0..u64::MAX,
        3..3,
        1..3,
        reversed,
    ] {
        let answer = records.range_roots(here, vec![0..1, wrong.clone()]).await;
        assert_eq!(answer.unwrap(), None, "{wrong:?}");
    }
    let none = records.range_roots(here, Vec::new()).await.unwrap();
    assert_eq!(none, Some(Vec::new()));
    let nowhere = records.range_roots(space(9), Vec::new()).await.unwrap();
    assert_eq!(nowhere, None);
}

async fn entries_tell_the_leaf_before(records: &dyn Records, expected: &Expected) {
    let here = expected.space;
    let range = |order, from, count| MessageRange {
        from,
        to: i64::MAX,
        order,
        limit: PageLimit::count(count),
    };
    for name in ["first", "second", "state"] {
        let of = topic(name);
        let all = records
            .entries(here, &of, range(Order::OldestFirst, 0, 100))
            .await
            .unwrap();
        assert!(!all.has_more && all.items.len() > 30);
        let hashes: Vec<TreeHash> = std::iter::once([0; 32])
            .chain(
                expected
                    .topics
                    .iter()
                    .filter(|(topic, _)| *topic == of)
                    .map(|(_, hash)| *hash),
            )
            .collect();
        let previous: Vec<TreeHash> = all.items.iter().map(|entry| entry.previous).collect();
        assert_eq!(previous, hashes[..hashes.len() - 1], "{name}");
        let plain = records
            .messages(here, &of, range(Order::OldestFirst, 0, 100))
            .await
            .unwrap();
        let messages: Vec<_> = all
            .items
            .iter()
            .map(|entry| entry.message.clone())
            .collect();
        assert_eq!(messages, plain.items);
        assert!(
            all.items
                .iter()
                .all(|entry| entry.payload.is_none() == (name == "state"))
        );
        // From the middle, and backwards, it is the same.
        let from = all.items[20].message.server_timestamp;
        let later = records
            .entries(here, &of, range(Order::OldestFirst, from, 3))
            .await
            .unwrap();
        assert_eq!(later.items, all.items[20..23]);
        assert!(later.has_more);
        let newest = records
            .entries(here, &of, range(Order::NewestFirst, 0, 5))
            .await
            .unwrap();
        let backwards: Vec<Entry> = all.items.iter().rev().take(5).cloned().collect();
        assert_eq!(newest.items, backwards);
        let one = &all.items[7];
        let found = records
            .entry(here, &of, one.message.message_hash)
            .await
            .unwrap();
        assert_eq!(found.as_ref(), Some(one));
        assert_eq!(
            records
                .entry(here, &topic("third"), one.message.message_hash)
                .await
                .unwrap(),
            None
        );
    }
}
