use reeeductio_backend::conformance::records::message;
use reeeductio_backend::{Committed, PageLimit};
use reeeductio_proto::{Change, Event};

use super::*;

fn space(number: u8) -> SpaceId {
    SpaceId::from_public_key([number; 32])
}

fn topic() -> TopicId {
    TopicId::parse("general").unwrap()
}

fn stored(in_space: u8, text: &str, before: Option<i64>) -> Stored {
    let message = message(&topic(), "note", None, text);
    Stored {
        committed: Committed {
            lane: None,
            leaf: None,
            payload: None,
            space: space(in_space),
            event: Event::of_message(1, Arc::new(message)),
        },
        before,
        is_purged: false,
    }
}

fn newest(newest: &Newest, in_space: u8) -> Option<String> {
    let range = MessageRange {
        from: i64::MIN,
        to: i64::MAX,
        order: Order::NewestFirst,
        limit: PageLimit::count(1),
    };
    let page = newest.page(&space(in_space), &topic(), range)?;
    page.items.first().map(|message| message.data.clone())
}

#[test]
fn from_when_a_transaction_changes_a_topic_until_it_is_committed_nothing_is_known_of_it() {
    let kept = Newest::default();
    kept.keep(&[stored(1, "one", None), stored(2, "other", None)]);
    assert_eq!(newest(&kept, 1).as_deref(), Some("one"));
    kept.forget_topic(&space(1), &topic());
    assert_eq!(newest(&kept, 1), None);
    assert_eq!(newest(&kept, 2).as_deref(), Some("other"));
    kept.keep(&[stored(1, "two", Some(1))]);
    assert_eq!(newest(&kept, 1).as_deref(), Some("two"));
}

#[test]
fn of_a_space_that_is_purged_nothing_stays() {
    let kept = Newest::default();
    kept.keep(&[stored(1, "one", None), stored(2, "other", None)]);
    kept.forget_space(&space(1));
    let in_the_same_transaction = Stored {
        is_purged: true,
        ..stored(1, "two", Some(1))
    };
    kept.keep(&[in_the_same_transaction]);
    assert_eq!(newest(&kept, 1), None);
    assert_eq!(newest(&kept, 2).as_deref(), Some("other"));
}

#[test]
fn memory_is_bounded_in_bytes_and_comes_back() {
    let kept = Newest::default();
    kept.keep(&[stored(1, "small", None)]);
    let small = kept.kept.read().bytes;
    kept.keep(&[stored(1, &"large ".repeat(LONGEST), None)]);
    assert_eq!(
        newest(&kept, 1),
        None,
        "a message of many bytes is not kept"
    );
    assert_eq!(kept.kept.read().bytes, 0);
    assert!(kept.kept.read().spaces.is_empty());
    let text = "x".repeat(LONGEST / 2);
    for number in 0..3 * CAPACITY / LONGEST {
        let topic = TopicId::parse(&format!("topic-{number}")).unwrap();
        let mut message = message(&topic, "note", None, &text);
        message.data.push_str(&number.to_string());
        let mut one = stored(1, "", None);
        one.committed.event.what = Change::Message(Arc::new(message));
        kept.keep(&[one]);
        assert!(kept.kept.read().bytes <= CAPACITY);
    }
    kept.forget_space(&space(1));
    assert_eq!(kept.kept.read().bytes, 0);
    assert!(kept.kept.read().spaces.is_empty());
    kept.keep(&[stored(1, "small", None)]);
    assert_eq!(kept.kept.read().bytes, small);
    kept.clear();
    assert_eq!(newest(&kept, 1), None);
}
