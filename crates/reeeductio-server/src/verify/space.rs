//! One space: its chains, heads, rights and data entries.

use std::collections::{HashMap, HashSet};

use reeeductio_backend::{BackendError, BackendErrorKind, Committed, Inspect};
use reeeductio_proto::{
    Applied, ChainId, DataPath, Position, PublicKey, SpaceId, TopicId, View, inbox_item_statement,
};

use super::{Finding, Report};

/// Rows read at a time.
const PAGE: usize = 1000;
/// Events in a row that may be unreadable before the rest of a space is given up.
const GAP: u64 = 100_000;

/// Checks one space. Rows that are damaged are named elsewhere and only skipped here.
pub(super) fn check(
    records: &dyn Inspect,
    space: &SpaceId,
    report: &mut Report,
) -> Result<(), BackendError> {
    let mut checked = Checked {
        space: *space,
        file: records.location(),
        report,
    };
    check_messages(records, &mut checked)?;
    check_entries(records, &mut checked)?;
    check_items(records, &mut checked)
}

/// The space that is being checked, and the report on it.
struct Checked<'a> {
    space: SpaceId,
    file: String,
    report: &'a mut Report,
}

impl Checked<'_> {
    fn finding(&self, code: &'static str, what: impl Into<String>) -> Finding {
        Finding::new(code, what)
            .in_spaces(&[self.space])
            .in_file(&*self.file)
    }

    fn damaged(&mut self, code: &'static str, what: impl Into<String>) {
        let finding = self.finding(code, what);
        self.report.damage.push(finding);
    }
}

/// The newest messages so far.
#[derive(Default)]
struct Heads {
    of_chains: HashMap<ChainId, Position>,
    /// `server_timestamp` of the newest message of each topic, whichever lane it is in.
    times: HashMap<TopicId, i64>,
}

/// Walks all messages of the space in the order they were stored.
fn check_messages(records: &dyn Inspect, checked: &mut Checked<'_>) -> Result<(), BackendError> {
    let space = &checked.space.clone();
    let mut heads = Heads::default();
    let mut view = View::new(*space);
    let mut after = 0;
    loop {
        let page = match intact(records.events(space, after, PAGE))? {
            Some(page) => page,
            // One of them is damaged: look at each by itself.
            None => one_by_one(records, space, after)?,
        };
        if page.is_empty() {
            break;
        }
        for commit in &page {
            if commit.event.position.message != after + 1 {
                checked.damaged(
                    "event.missing",
                    format!(
                        "event {} follows event {after}",
                        commit.event.position.message
                    ),
                );
            }
            after = commit.event.position.message;
            check_message(commit, &mut heads, &mut view, checked);
        }
    }
    check_heads(records, &heads, checked)
}

fn check_message(
    commit: &Committed,
    heads: &mut Heads,
    view: &mut View,
    checked: &mut Checked<'_>,
) {
    let (Some(message), Some(chain)) = (commit.event.message(), commit.chain()) else {
        return;
    };
    let shown = format!("{} {}", message.topic_id, message.message_hash);
    let before = checked.report.damage.len();
    if let Err(error) = message.verify_by_sender(&checked.space) {
        checked.damaged("message.forged", format!("{shown}: {error}"));
    }
    let head = heads.of_chains.get(&chain);
    if head.map(|head| head.hash) != message.prev_hash {
        checked.damaged(
            "chain.broken",
            format!("{shown}: prev_hash is not the message before it"),
        );
    }
    let before_it = heads.times.get(&message.topic_id);
    if before_it.is_some_and(|time| *time >= message.server_timestamp) {
        checked.damaged(
            "chain.time",
            format!("{shown}: not later than the message before it"),
        );
    }
    if message.topic_id.is_state()
        && let Applied::Ignored(refusal) = view.replay(message)
        && checked.report.damage.len() == before
    {
        let what = format!("{shown} {}: {refusal}", message.kind);
        let finding = checked.finding("auth.without_authority", what);
        checked.report.ineffective.push(finding);
    }
    heads.of_chains.insert(chain, Position::from(&**message));
    let time = message.server_timestamp;
    heads.times.insert(message.topic_id.clone(), time);
    if checked.report.damage.len() == before {
        checked.report.messages += 1;
    }
}

/// The readable messages among the next events, by asking for each.
fn one_by_one(
    records: &dyn Inspect,
    space: &SpaceId,
    after: u64,
) -> Result<Vec<Committed>, BackendError> {
    let mut found = Vec::new();
    let (mut at, mut gap) = (after, 0);
    while gap < GAP && found.len() < PAGE {
        let Some(mut page) = intact(records.events(space, at, 1))? else {
            at += 1;
            gap += 1;
            continue;
        };
        let Some(commit) = page.pop() else { break };
        at = commit.event.position.message;
        gap = 0;
        found.push(commit);
    }
    Ok(found)
}

/// Checks that each recorded head is the last message of its chain.
fn check_heads(
    records: &dyn Inspect,
    heads: &Heads,
    checked: &mut Checked<'_>,
) -> Result<(), BackendError> {
    let space = checked.space;
    let Some(topics) = intact(records.topics(&space))? else {
        checked.damaged("row.corrupt", "the names of the topics");
        return Ok(());
    };
    let heads = &heads.of_chains;
    let shared = topics.iter().cloned().map(ChainId::shared);
    let known = heads.keys().filter(|chain| topics.contains(&chain.topic));
    let chains: HashSet<ChainId> = shared.chain(known.cloned()).collect();
    for chain in chains {
        let topic = &chain.topic;
        match intact(records.head(&space, &chain))? {
            None => {}
            Some(head) if head.as_ref() == heads.get(&chain) => {}
            // While a server runs, messages may have been added since they were walked.
            Some(Some(head))
                if heads.get(&chain).is_some_and(|seen| {
                    seen.timestamp < head.timestamp && records.holds(&space, topic, &head)
                }) => {}
            Some(_) => checked.damaged("head.wrong", format!("{topic}: not the last message")),
        }
    }
    let missing = heads.keys().map(|chain| &chain.topic);
    let missing: HashSet<&TopicId> = missing.filter(|topic| !topics.contains(topic)).collect();
    for topic in missing {
        checked.damaged("head.missing", topic.to_string());
    }
    Ok(())
}

fn check_entries(records: &dyn Inspect, checked: &mut Checked<'_>) -> Result<(), BackendError> {
    let space = checked.space;
    let mut after = String::new();
    loop {
        let Some(paths) = intact(records.data_paths(&space, &after, PAGE))? else {
            checked.damaged(
                "row.corrupt",
                format!("the paths of data entries after {after:?}"),
            );
            return Ok(());
        };
        let Some(last) = paths.last() else {
            return Ok(());
        };
        after.clone_from(last);
        for path in paths {
            let Ok(path) = DataPath::parse(&path) else {
                checked.damaged("entry.path", format!("{path:?}"));
                continue;
            };
            if let Some(Some(entry)) = intact(records.data(&space, &path))? {
                match entry.verify_by_signer(&space) {
                    Ok(()) => checked.report.entries += 1,
                    Err(error) => checked.damaged("entry.forged", format!("{path}: {error}")),
                }
            }
        }
    }
}

/// Checks the signatures of what is in inboxes.
fn check_items(records: &dyn Inspect, checked: &mut Checked<'_>) -> Result<(), BackendError> {
    let space = checked.space;
    let mut after = None;
    loop {
        let Some(places) = intact(records.inbox_places(&space, after, PAGE))? else {
            checked.damaged("row.corrupt", "the inboxes");
            return Ok(());
        };
        let Some(last) = places.last() else {
            return Ok(());
        };
        after = Some(*last);
        for place in places {
            let Some(Some(item)) = intact(records.inbox_item(&space, place))? else {
                continue;
            };
            let recipient = &place.recipient;
            let statement =
                inbox_item_statement(&space, recipient, item.id, item.expires, &item.sealed);
            let verified = PublicKey::parse(item.sender.public_key())
                .and_then(|key| key.verify(&statement, &item.signature));
            match verified {
                Ok(()) => checked.report.items += 1,
                Err(error) => {
                    let what = format!("{recipient} {}: {error}", place.received_at);
                    checked.damaged("item.forged", what);
                }
            }
        }
    }
}

/// `None` where what was asked for is damaged.
fn intact<T>(result: Result<T, BackendError>) -> Result<Option<T>, BackendError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == BackendErrorKind::Corrupt => Ok(None),
        Err(error) => Err(error),
    }
}
