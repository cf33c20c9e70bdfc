//! The conformance suite of listings of data entries, and of the changes of data in the order of events.

use std::sync::Arc;

use parking_lot::Mutex;
use reeeductio_proto::{Change, DataPath, Event, EventPosition, PathPrefix, SpaceId};

use super::records::{appended, message, space, stored, topic};
use super::values::entry;
use crate::{
    CommitSink, Committed, DataRange, DataVersion, DeleteData, DeleteDataOutcome, ItemLeft,
    PageLimit, PutData, PutDataOutcome, Quotas, Records,
};

async fn version(records: &dyn Records, of: SpaceId, path: &DataPath) -> Option<DataVersion> {
    let there = records.data(of, path).await.unwrap();
    there.as_deref().map(DataVersion::from)
}

/// Stores an entry in the place of whatever is there.
async fn put(records: &dyn Records, in_space: SpaceId, path: &str, data: &str, signed_at: i64) {
    let entry = entry(path, data, signed_at);
    let put = PutData {
        space: in_space,
        expected: version(records, in_space, &entry.path).await,
        entry,
        judged: None,
        quotas: Quotas::default(),
    };
    let outcome = records.put_data(put).await.unwrap();
    assert_eq!(outcome, PutDataOutcome::Stored(None));
}

async fn delete(records: &dyn Records, in_space: SpaceId, path: &str) {
    let path = DataPath::parse(path).unwrap();
    let delete = DeleteData {
        space: in_space,
        expected: version(records, in_space, &path).await,
        path,
        judged: None,
    };
    let outcome = records.delete_data(delete).await.unwrap();
    assert_eq!(outcome, DeleteDataOutcome::Deleted(None));
}

/// Entries below a path come in the order of their paths, removed ones left out, and every page makes progress.
pub async fn entries_are_listed_by_prefix(records: &dyn Records) {
    let here = space(1);
    let paths = [
        "a",
        "a/b",
        "a/b c",
        "a/b/1",
        "a/b/2",
        "a/b/3",
        "a/b/4",
        "a/b0",
        "a/bc",
        "b",
        "\u{1F600}/x",
    ];
    for (at, path) in (1..).zip(paths) {
        put(records, here, path, "AAAA", at).await;
        put(records, space(2), "a/b/other", "AAAA", at).await;
    }
    for path in ["a/b/2", "a/b/3"] {
        delete(records, here, path).await;
    }
    let list = async |prefix: &str, limit: PageLimit| {
        let mut range = DataRange {
            below: PathPrefix::parse(prefix).unwrap(),
            after: None,
            limit,
        };
        let mut pages = Vec::new();
        loop {
            let page = records.data_below(here, range.clone()).await.unwrap();
            let listed = page.entries.iter().map(|entry| entry.path.to_string());
            pages.push(listed.collect::<Vec<_>>());
            if page.next.is_none() {
                return pages;
            }
            assert!(range.after < page.next, "progress");
            range.after = page.next;
        }
    };
    let all = PageLimit::count(100);
    assert_eq!(list("a/b", all).await, [["a/b/1", "a/b/4"]]);
    assert_eq!(list("a/c", all).await, [[""; 0]]);
    let left = paths
        .into_iter()
        .filter(|path| !["a/b/2", "a/b/3"].contains(path));
    assert_eq!(list("", all).await, [left.collect::<Vec<_>>()]);
    // Removed entries are looked at all the same.
    let pages = list("a/b", PageLimit::count(1)).await;
    assert_eq!(pages, [vec!["a/b/1"], vec![], vec![], vec!["a/b/4"]]);
    let bytes = PageLimit {
        count: 100,
        bytes: 5,
    };
    let pages = list("a/b", bytes).await;
    assert_eq!(pages, [["a/b/1", "a/b/4"]], "the second reaches the bound");
    let nowhere = DataRange {
        below: PathPrefix::ALL,
        after: None,
        limit: all,
    };
    let page = records.data_below(space(3), nowhere).await.unwrap();
    assert_eq!((page.entries.len(), page.next), (0, None));
}

#[derive(Default)]
struct Heard(Mutex<Vec<Event>>);

impl CommitSink for Heard {
    fn committed(&self, batch: &[Committed]) {
        let events = batch.iter().map(|commit| commit.event.clone());
        self.0.lock().extend(events);
    }

    fn items_left(&self, _: &[ItemLeft]) {}
}

fn shown(event: &Event) -> (u64, u64, String) {
    let what = match &event.what {
        Change::Message(message) => message.data.clone(),
        Change::Data(entry) => format!("{}={}", entry.path, entry.data),
        Change::DataRemoved(removed) => format!("{} removed, {}", removed.path, removed.signed_at),
    };
    (event.position.message, event.position.change, what)
}

/// Changes of data are heard and kept in the order of events: of each path the newest one, removals included.
pub async fn changes_of_data_are_events(records: &dyn Records) {
    let heard = Arc::new(Heard::default());
    records
        .attach(Arc::clone(&heard) as Arc<dyn CommitSink>)
        .unwrap();
    let (here, general) = (space(1), topic("general"));
    let at = |message, change| EventPosition { message, change };
    assert_eq!(records.last_change(here).await.unwrap(), at(0, 0));
    put(records, here, "a", "1", 1).await;
    assert_eq!(records.last_change(here).await.unwrap(), at(0, 1));
    let first = stored(records, here, message(&general, "n", None, "first")).await;
    assert_eq!(records.last_change(here).await.unwrap(), at(1, 0));
    put(records, here, "b", "1", 1).await;
    put(records, here, "a", "2", 2).await;
    delete(records, here, "b").await;
    put(records, space(2), "a", "elsewhere", 1).await;
    // Neither is a change.
    delete(records, here, "b").await;
    put(records, here, "a", "2", 2).await;
    let head = Some(appended(&first).message_hash);
    stored(records, here, message(&general, "n", head, "second")).await;
    put(records, here, "c", "1", 1).await;
    assert_eq!(records.last_change(here).await.unwrap(), at(2, 1));
    assert_eq!(records.last_event(here).await.unwrap(), 2);

    let heard: Vec<_> = heard.0.lock().iter().map(shown).collect();
    let expected = [
        (0, 1, "a=1".to_owned()),
        (1, 0, "first".to_owned()),
        (1, 1, "b=1".to_owned()),
        (1, 2, "a=2".to_owned()),
        (1, 3, "b removed, 1".to_owned()),
        (0, 1, "a=elsewhere".to_owned()),
        (2, 0, "second".to_owned()),
        (2, 1, "c=1".to_owned()),
    ];
    assert_eq!(heard, expected);
    let kept = [1, 3, 4, 6, 7].map(|index: usize| expected[index].clone());
    let changes = async |after, limit| {
        let page = records.changes(here, after, limit).await.unwrap();
        let shown: Vec<_> = page
            .items
            .iter()
            .map(|commit| shown(&commit.event))
            .collect();
        (shown, page.has_more)
    };
    let all = PageLimit::count(100);
    assert_eq!(changes(at(0, 0), all).await, (kept.to_vec(), false));
    assert_eq!(changes(at(1, 1), all).await, (kept[1..].to_vec(), false));
    assert_eq!(changes(at(1, 2), all).await, (kept[2..].to_vec(), false));
    assert_eq!(changes(at(1, 3), all).await, (kept[3..].to_vec(), false));
    let two = PageLimit::count(2);
    assert_eq!(changes(at(0, 9), two).await, (kept[..2].to_vec(), true));
    let bytes = PageLimit { count: 9, bytes: 6 };
    assert_eq!(changes(at(0, 0), bytes).await, (kept[..2].to_vec(), true));
    let beyond = at(u64::MAX, u64::MAX);
    assert_eq!(changes(beyond, all).await, (Vec::new(), false));
    let messages = records.events(here, 0, all).await.unwrap();
    let numbers = messages.items.iter().map(|commit| commit.event.position);
    assert_eq!(numbers.collect::<Vec<_>>(), [at(1, 0), at(2, 0)]);
}
