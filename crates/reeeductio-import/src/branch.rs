//! Which of several branches of a topic is taken over.
//!
//! The links are followed from the first message on, all branches at once, so that memory holds one
//! message per branch however long the topic is. The branch that reaches furthest wins; of branches of
//! equal length, the one whose last message has the smaller id.

use reeeductio_proto::{MemberId, MessageId, SpaceId, TopicId};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::authority::Trusted;
use crate::error::ImportError;
use crate::report::Report;

/// Reached along the links, its sender a member.
const REACHED: i64 = 1;
/// Reached along the links, its sender never a member.
const STRANGER: i64 = 2;

/// The branch of a topic that is taken over.
#[derive(Debug)]
pub(crate) struct Branch {
    /// Messages in it; their `place` counts from 0.
    pub(crate) length: u64,
    /// Members at its end.
    pub(crate) trusted: Trusted,
}

/// The end of a branch while it is followed.
struct Tip {
    id: i64,
    hash: Vec<u8>,
    trusted: Trusted,
}

struct Follower {
    id: i64,
    hash: Vec<u8>,
    sender: Option<MemberId>,
    defines: Option<MemberId>,
}

/// Chooses a branch of `topic`, gives its messages their places, and reports the others.
pub(crate) fn choose(
    connection: &Connection,
    space: &SpaceId,
    topic: &TopicId,
    trusted: &Trusted,
    report: &mut Report,
) -> Result<Branch, ImportError> {
    connection.execute_batch("BEGIN")?;
    let chosen = follow(connection, topic, trusted);
    connection.execute_batch("COMMIT")?;
    let branch = chosen?;
    report_others(connection, space, topic, report)?;
    Ok(branch)
}

fn follow(
    connection: &Connection,
    topic: &TopicId,
    trusted: &Trusted,
) -> Result<Branch, ImportError> {
    let mut length = 0;
    let mut last = Vec::new();
    let first = admitted(connection, topic, None, trusted)?;
    let mut tips = grow(first, trusted.clone());
    while !tips.is_empty() {
        length += 1;
        let mut next = Vec::new();
        let mut ends = Vec::new();
        for tip in tips {
            let followers = admitted(connection, topic, Some(&tip.hash), &tip.trusted)?;
            if followers.is_empty() {
                ends.push(tip);
            } else {
                next.append(&mut grow(followers, tip.trusted));
            }
        }
        if next.is_empty() {
            last = ends;
        }
        tips = next;
    }
    let Some(end) = last.into_iter().min_by(|a, b| a.hash.cmp(&b.hash)) else {
        return Ok(Branch {
            length: 0,
            trusted: trusted.clone(),
        });
    };
    place(connection, topic, end.id, length)?;
    Ok(Branch {
        length,
        trusted: end.trusted,
    })
}

/// The messages that follow `prev` and whose senders are members by then. Marks these and the others.
fn admitted(
    connection: &Connection,
    topic: &TopicId,
    prev: Option<&[u8]>,
    trusted: &Trusted,
) -> Result<Vec<Follower>, ImportError> {
    let mut found = followers(connection, topic, prev)?;
    for follower in &found {
        let fate = if follower.is_admitted(trusted) {
            REACHED
        } else {
            STRANGER
        };
        connection
            .prepare_cached("UPDATE links SET fate = ?2 WHERE id = ?1")?
            .execute([follower.id, fate])?;
    }
    found.retain(|follower| follower.is_admitted(trusted));
    Ok(found)
}

/// The branches that go on with these messages. The last takes over the members, so that a lonely branch
/// never copies them.
fn grow(followers: Vec<Follower>, trusted: Trusted) -> Vec<Tip> {
    std::iter::repeat_n(trusted, followers.len())
        .zip(followers)
        .map(|(mut trusted, follower)| {
            if let (Some(member), Some(sender)) = (follower.defines, follower.sender) {
                trusted.define(member, &sender);
            }
            Tip {
                id: follower.id,
                hash: follower.hash,
                trusted,
            }
        })
        .collect()
}

impl Follower {
    fn is_admitted(&self, trusted: &Trusted) -> bool {
        self.sender.is_some_and(|sender| trusted.admits(&sender))
    }
}

fn followers(
    connection: &Connection,
    topic: &TopicId,
    prev: Option<&[u8]>,
) -> Result<Vec<Follower>, ImportError> {
    let mut statement = connection.prepare_cached(
        // Left to itself, SQLite takes the index that has the order and looks at every link of the topic.
        "SELECT id, hash, sender, defines FROM links INDEXED BY links_by_prev WHERE topic = ?1 AND prev IS ?2 ORDER BY hash",
    )?;
    let found = statement.query_map(params![topic.as_str(), prev], |row| {
        Ok(Follower {
            id: row.get(0)?,
            hash: row.get(1)?,
            sender: member(&row.get::<_, Vec<u8>>(2)?),
            defines: row.get::<_, Option<Vec<u8>>>(3)?.and_then(|id| member(&id)),
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

pub(crate) fn member(bytes: &[u8]) -> Option<MemberId> {
    MemberId::from_bytes(bytes.try_into().ok()?).ok()
}

/// Walks back from the end of the branch, numbering.
fn place(
    connection: &Connection,
    topic: &TopicId,
    end: i64,
    length: u64,
) -> Result<(), ImportError> {
    let mut number = connection.prepare_cached("UPDATE links SET place = ?2 WHERE id = ?1")?;
    let mut before = connection.prepare_cached(
        "SELECT id FROM links WHERE topic = ?1 AND hash = (SELECT prev FROM links WHERE id = ?2)",
    )?;
    let mut at = Some(end);
    let mut left = length;
    while let Some(id) = at {
        left = left.saturating_sub(1);
        number.execute(params![id, left.cast_signed()])?;
        at = before
            .query_row(params![topic.as_str(), id], |row| row.get(0))
            .optional()?;
    }
    Ok(())
}

fn report_others(
    connection: &Connection,
    space: &SpaceId,
    topic: &TopicId,
    report: &mut Report,
) -> Result<(), ImportError> {
    let mut statement = connection
        .prepare("SELECT hash, fate, sender FROM links WHERE topic = ?1 AND place IS NULL")?;
    let mut rows = statement.query([topic.as_str()])?;
    while let Some(row) = rows.next()? {
        let hash: [u8; 32] = row.get(0)?;
        let id = MessageId::from_hash(hash);
        let (code, why) = match row.get(1)? {
            REACHED => ("chain.fork", "on a shorter branch".to_owned()),
            STRANGER => {
                let sender = member(&row.get::<_, Vec<u8>>(2)?);
                let sender = sender.map(|sender| sender.to_string()).unwrap_or_default();
                ("message.stranger", format!("{sender} was never a member"))
            }
            _ => (
                "chain.unlinked",
                "what it follows is missing or was left out".to_owned(),
            ),
        };
        report.left_out(code, format!("{space} {topic} {id}: {why}"));
    }
    Ok(())
}
