//! The query by which messages are listed.

use std::fmt::Display;

use reeeductio_core::Draft;
use reeeductio_proto::TopicId;
use reeeductio_proto::api::{MessageCreated, MessagePage};

use crate::cast::{owner, space};
use crate::input::{Numbers, text};
use crate::web::{Answer, Web};

/// Messages that are listed.
const STORED: usize = 5;

thread_local! {
    static STAGE: (Web, Vec<i64>) = {
        let web = Web::start();
        let times = store(&web);
        (web, times)
    };
}

/// A query.
///
/// It is refused by the name of a field, or answered with messages that are stored, in one order. The answer holds
/// exactly what two times and a limit ask for.
pub fn check(data: &[u8]) {
    STAGE.with(|(web, times)| {
        if let Some(query) = text(data) {
            fits(web, times, query);
        }
        let mut numbers = Numbers(data);
        let mut time = || match numbers.byte() % 4 {
            0 => None,
            1 => Some(numbers.int()),
            index => times
                .get(usize::from(index))
                .map(|time| time + i64::from(numbers.byte() % 3) - 1),
        };
        let (from, to) = (time(), time());
        let limit = usize::from(numbers.byte()) + 1;
        let mut expected: Vec<i64> = match (from, to) {
            (Some(from), Some(to)) if from > to => times
                .iter()
                .rev()
                .copied()
                .filter(|time| (to..=from).contains(time))
                .collect(),
            _ => {
                let range = from.unwrap_or(i64::MIN)..=to.unwrap_or(i64::MAX);
                times
                    .iter()
                    .copied()
                    .filter(|time| range.contains(time))
                    .collect()
            }
        };
        let has_more = expected.len() > limit;
        expected.truncate(limit);
        let part = |name, value: Option<&dyn Display>| {
            value.map_or_else(String::new, |value| format!("&{name}={value}"))
        };
        let from = from.as_ref().map(|from| from as &dyn Display);
        let to = to.as_ref().map(|to| to as &dyn Display);
        let query = format!("limit={limit}{}{}", part("from", from), part("to", to));
        let page = fits(web, times, &query).expect("a page");
        assert_eq!(
            (stamps(&page), page.has_more),
            (expected, has_more),
            "{query}"
        );
    });
}

/// The page that a query is answered with.
fn fits(web: &Web, times: &[i64], query: &str) -> Option<MessagePage> {
    let answer = list(web, query)?;
    if answer.status != 200 {
        assert_eq!(answer.status, 422, "{query}");
        assert_eq!(answer.json()["detail"][0]["loc"][0], "query");
        return None;
    }
    let page: MessagePage = serde_json::from_slice(&answer.body).unwrap();
    let stamps = stamps(&page);
    assert!(stamps.is_sorted() || stamps.iter().rev().is_sorted());
    assert!(stamps.iter().all(|time| times.contains(time)));
    Some(page)
}

fn stamps(page: &MessagePage) -> Vec<i64> {
    page.messages
        .iter()
        .map(|message| message.server_timestamp)
        .collect()
}

fn list(web: &Web, query: &str) -> Option<Answer> {
    web.send_as_owner("GET", &format!("{}?{query}", messages()), b"", &[])
        // A fragment is no part of the query.
        .filter(|_| !query.contains('#'))
}

/// Stores the messages and returns their times.
fn store(web: &Web) -> Vec<i64> {
    let (keys, space, topic) = (owner(), space(), TopicId::parse("general").unwrap());
    let mut prev_hash = None;
    let mut times = Vec::new();
    for _ in 0..STORED {
        let draft = Draft {
            space: &space,
            topic: &topic,
            kind: "chat.text",
            prev_hash,
            data: b"hello",
        };
        let (hash, body) = draft.sign(&keys.user_id(), &keys);
        let body = serde_json::to_vec(&body).unwrap();
        let answer = web.send_as_owner("POST", &messages(), &body, &[]).unwrap();
        let created: MessageCreated = serde_json::from_slice(&answer.body).unwrap();
        times.push(created.server_timestamp);
        prev_hash = Some(hash);
    }
    times
}

fn messages() -> String {
    format!("/spaces/{}/topics/general/messages", space())
}
