//! One space: its chains, heads, rights and data entries.

use std::collections::HashMap;

use reeeductio_backend::Committed;
use reeeductio_proto::{Applied, DataPath, Position, SpaceId, TopicId, View};

use super::{Finding, Report};
use crate::wiring::Inspector;

/// Rows read at a time.
const PAGE: usize = 1000;

pub(super) fn check(inspector: &Inspector, space: &SpaceId, report: &mut Report) {
    check_messages(inspector, space, report);
    check_entries(inspector, space, report);
}

/// Walks all messages of the space in the order they were stored.
fn check_messages(inspector: &Inspector, space: &SpaceId, report: &mut Report) {
    let mut heads: HashMap<TopicId, Position> = HashMap::new();
    let mut view = View::new(*space);
    let mut after = 0;
    loop {
        let page = match inspector.events(space, after, PAGE) {
            Ok(page) => page,
            // One of them is damaged: look at each by itself.
            Err(_) => match one_by_one(inspector, space, after, report) {
                Some(page) => page,
                None => break,
            },
        };
        let Some(last) = page.last() else { break };
        let next = last.event.number;
        for commit in &page {
            if commit.event.number != after + 1 {
                report.damaged(
                    "event.missing",
                    format!(
                        "{space}: event {} follows event {after}",
                        commit.event.number
                    ),
                );
            }
            after = commit.event.number;
            check_message(space, commit, &mut heads, &mut view, report);
        }
        after = next;
    }
    check_heads(inspector, space, &heads, report);
}

fn check_message(
    space: &SpaceId,
    commit: &Committed,
    heads: &mut HashMap<TopicId, Position>,
    view: &mut View,
    report: &mut Report,
) {
    let Some(message) = commit.event.message() else {
        return;
    };
    let shown = format!("{space} {} {}", message.topic_id, message.message_hash);
    let before = report.damage.len();
    if let Err(error) = message.verify_by_sender(space) {
        report.damaged("message.forged", format!("{shown}: {error}"));
    }
    let head = heads.get(&message.topic_id);
    if head.map(|head| head.hash) != message.prev_hash {
        report.damaged(
            "chain.broken",
            format!("{shown}: prev_hash is not the message before it"),
        );
    }
    if head.is_some_and(|head| head.timestamp >= message.server_timestamp) {
        report.damaged(
            "chain.time",
            format!("{shown}: not later than the message before it"),
        );
    }
    if message.topic_id.is_state()
        && let Applied::Ignored(refusal) = view.replay(message)
        && report.damage.len() == before
    {
        report.ineffective.push(Finding {
            code: "auth.without_authority",
            what: format!("{shown} {}: {refusal}", message.kind),
        });
    }
    heads.insert(message.topic_id.clone(), Position::from(&**message));
    if report.damage.len() == before {
        report.messages += 1;
    }
}

/// The readable rows of the next page; `None` at the end. Reports the others.
fn one_by_one(
    inspector: &Inspector,
    space: &SpaceId,
    after: u64,
    report: &mut Report,
) -> Option<Vec<Committed>> {
    let mut found = Vec::new();
    let mut at = after;
    for _ in 0..PAGE {
        match inspector.events(space, at, 1) {
            Ok(mut page) => match page.pop() {
                Some(commit) => {
                    at = commit.event.number;
                    found.push(commit);
                }
                None => break,
            },
            Err(error) => {
                report.damaged("row.corrupt", format!("{space} event {}: {error}", at + 1));
                at += 1;
            }
        }
    }
    (!found.is_empty()).then_some(found)
}

/// What the database holds as the head of a topic must be the last message of its chain.
fn check_heads(
    inspector: &Inspector,
    space: &SpaceId,
    heads: &HashMap<TopicId, Position>,
    report: &mut Report,
) {
    let topics = match inspector.topics(space) {
        Ok(topics) => topics,
        Err(error) => return report.damaged("row.corrupt", format!("{space} heads: {error}")),
    };
    for topic in &topics {
        match inspector.head(space, topic) {
            Ok(head) if head.as_ref() == heads.get(topic) => {}
            // While a server runs, messages may have been added since they were walked.
            Ok(Some(head))
                if heads.get(topic).is_some_and(|seen| {
                    seen.timestamp < head.timestamp && inspector.is_behind(space, topic, seen)
                }) => {}
            Ok(_) => report.damaged(
                "head.wrong",
                format!("{space} {topic}: not the last message"),
            ),
            Err(error) => report.damaged("row.corrupt", format!("{space} {topic}: {error}")),
        }
    }
    for topic in heads.keys().filter(|topic| !topics.contains(topic)) {
        report.damaged("head.missing", format!("{space} {topic}"));
    }
}

fn check_entries(inspector: &Inspector, space: &SpaceId, report: &mut Report) {
    let mut after = String::new();
    loop {
        let paths = match inspector.data_paths(space, &after, PAGE) {
            Ok(paths) => paths,
            Err(error) => {
                return report.damaged("row.corrupt", format!("{space} entries: {error}"));
            }
        };
        let Some(last) = paths.last() else { return };
        after.clone_from(last);
        for path in paths {
            let Ok(path) = DataPath::parse(&path) else {
                report.damaged("entry.path", format!("{space} {path:?}"));
                continue;
            };
            match inspector.data(space, &path) {
                Ok(None) => {}
                Ok(Some(entry)) => match entry.verify_by_signer(space) {
                    Ok(()) => report.entries += 1,
                    Err(error) => {
                        report.damaged("entry.forged", format!("{space} {path}: {error}"));
                    }
                },
                Err(error) => report.damaged("row.corrupt", format!("{space} {path}: {error}")),
            }
        }
    }
}
