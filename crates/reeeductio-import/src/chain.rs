//! Appending a chosen branch to the target, from where an earlier run or the target itself has got to.

use futures_util::StreamExt as _;
use futures_util::stream;
use reeeductio_backend::{Append, AppendOutcome, Records};
use reeeductio_proto::{
    ChainId, MemberId, Message, MessageId, SpaceId, StatePath, TopicId, judge_admin_write,
};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::authority::Authority;
use crate::branch::member;
use crate::error::ImportError;
use crate::report::Report;
use crate::row;
use crate::tables::Tables;

/// Messages in memory, and on their way to the target, at a time.
const BATCH: usize = 256;

/// A branch whose messages have their places.
pub(crate) struct Chain<'a> {
    pub(crate) tables: &'a Tables,
    /// Full name of the table `messages`.
    pub(crate) table: &'a str,
    pub(crate) space: SpaceId,
    pub(crate) topic: TopicId,
    pub(crate) length: u64,
}

impl Chain<'_> {
    /// Stores what the target does not have.
    pub(crate) async fn append(
        &self,
        records: &dyn Records,
        report: &mut Report,
        progress: &mut dyn FnMut(&str),
    ) -> Result<(), ImportError> {
        let (space, topic) = (self.space, &self.topic);
        let mut next = self.held(records).await?;
        report.messages.present += next;
        if next < self.length && !self.is_head(records, next).await? {
            return self.report_diverged(next, report);
        }
        while next < self.length {
            let batch = self.messages(next)?;
            let times: Vec<i64> = batch
                .iter()
                .map(|message| message.server_timestamp)
                .collect();
            let outcomes: Vec<_> = stream::iter(batch)
                .map(|message| records.append(Append::new(space, message)))
                .buffered(BATCH)
                .collect()
                .await;
            let mut stored = 0;
            for (outcome, time) in outcomes.into_iter().zip(times) {
                if let AppendOutcome::Stored(committed) = outcome? {
                    stored += 1;
                    let stored = committed.event.message();
                    let retimed = stored.is_some_and(|message| message.server_timestamp != time);
                    report.retimed += u64::from(retimed);
                }
            }
            // Each one names the one before it, so those that were stored are the first of the batch.
            if stored == 0 {
                return Err(ImportError::Contended(format!("{space} {topic}")));
            }
            report.messages.imported += stored;
            next += stored;
            progress(&format!(
                "space {space} {topic}: {next} of {} messages",
                self.length
            ));
        }
        Ok(())
    }

    /// Replays the whole branch, with the times the target gives its messages.
    pub(crate) fn replay(
        &self,
        authority: &mut Authority,
        report: &mut Report,
    ) -> Result<(), ImportError> {
        let mut last = None;
        let mut next = 0;
        while next < self.length {
            for mut message in self.messages(next)? {
                let earliest = last.map_or(i64::MIN, |last: i64| last + 1);
                message.server_timestamp = message.server_timestamp.max(earliest);
                last = Some(message.server_timestamp);
                next += 1;
                self.judge(&message, authority, report)?;
            }
        }
        Ok(())
    }

    /// Takes in the next state message and says what a verifying client will not accept. It stays in the
    /// chain, without effect: what follows it names it.
    fn judge(
        &self,
        message: &Message,
        authority: &mut Authority,
        report: &mut Report,
    ) -> Result<(), ImportError> {
        let Ok(path) = StatePath::parse(&message.kind) else {
            return Ok(());
        };
        let name = || format!("{} {} {path}", self.space, message.message_hash);
        let existing = self.newest(&path, &message.sender)?;
        if let Err(why) = authority.apply(message, &path, existing) {
            report.remark("state.without_authority", format!("{}: {why}", name()));
        }
        if path.as_str().starts_with("spaces/S")
            && let Err(why) = judge_admin_write(&path, &message.data, &message.sender)
        {
            report.remark("state.registration", format!("{}: {why}", name()));
        }
        Ok(())
    }

    /// Returns the author of the newest entry at `path`, which from now on is `sender`.
    fn newest(&self, path: &StatePath, sender: &MemberId) -> Result<Option<MemberId>, ImportError> {
        let before: Option<Vec<u8>> = self
            .connection()
            .prepare_cached("SELECT sender FROM newest WHERE path = ?1")?
            .query_row([path.as_str()], |row| row.get(0))
            .optional()?;
        self.connection()
            .prepare_cached("INSERT OR REPLACE INTO newest (path, sender) VALUES (?1, ?2)")?
            .execute(params![path.as_str(), sender.to_bytes()])?;
        Ok(before.and_then(|id| member(&id)))
    }

    /// How many messages of the branch the target has: always its first ones, as each names the one
    /// before it.
    async fn held(&self, records: &dyn Records) -> Result<u64, ImportError> {
        let (mut held, mut missing) = (0, self.length);
        if records
            .head(self.space, &ChainId::shared(self.topic.clone()))
            .await?
            .is_none()
        {
            return Ok(0);
        }
        while held < missing {
            let middle = held + (missing - held) / 2;
            let hash = self.hash(middle)?;
            let found = match hash {
                Some(hash) => records.message(self.space, &self.topic, hash).await?,
                None => None,
            };
            if found.is_some() {
                held = middle + 1;
            } else {
                missing = middle;
            }
        }
        Ok(held)
    }

    /// Returns whether the target's chain ends where the message at `place` wants to follow.
    async fn is_head(&self, records: &dyn Records, place: u64) -> Result<bool, ImportError> {
        let head = records
            .head(self.space, &ChainId::shared(self.topic.clone()))
            .await?;
        let before = match place.checked_sub(1) {
            Some(place) => self.hash(place)?,
            None => None,
        };
        Ok(head.map(|head| head.hash) == before)
    }

    fn report_diverged(&self, from: u64, report: &mut Report) -> Result<(), ImportError> {
        let mut statement = self
            .connection()
            .prepare("SELECT hash FROM links WHERE topic = ?1 AND place >= ?2 ORDER BY place")?;
        let mut rows = statement.query(params![self.topic.as_str(), from.cast_signed()])?;
        while let Some(row) = rows.next()? {
            let id = MessageId::from_hash(row.get(0)?);
            report.left_out(
                "chain.diverged",
                format!(
                    "{} {} {id}: the target has another message in its place",
                    self.space, self.topic
                ),
            );
        }
        Ok(())
    }

    fn hash(&self, place: u64) -> Result<Option<MessageId>, ImportError> {
        let hash: Option<[u8; 32]> = self
            .connection()
            .prepare_cached(
                "SELECT hash FROM links INDEXED BY links_by_place WHERE topic = ?1 AND place = ?2",
            )?
            .query_row(params![self.topic.as_str(), place.cast_signed()], |row| {
                row.get(0)
            })
            .optional()?;
        Ok(hash.map(MessageId::from_hash))
    }

    /// The messages from `place` on, [`BATCH`] at most. One whose time is none has the earliest there is.
    fn messages(&self, place: u64) -> Result<Vec<Message>, ImportError> {
        let columns = row::MESSAGE
            .split(", ")
            .map(|column| format!("messages.{column}"))
            .collect::<Vec<_>>()
            .join(", ");
        let mut statement = self.connection().prepare_cached(&format!(
            "SELECT {columns} FROM links INDEXED BY links_by_place CROSS JOIN {} AS messages ON messages.rowid = links.id WHERE links.topic = ?1 AND links.place >= ?2 AND links.place < ?3 ORDER BY links.place",
            self.table
        ))?;
        let range = params![
            self.topic.as_str(),
            place.cast_signed(),
            (place + BATCH as u64).cast_signed()
        ];
        let mut rows = statement.query(range)?;
        let mut messages = Vec::new();
        loop {
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => break,
                // Messages before the damage are still worth having.
                Err(_) if !messages.is_empty() => break,
                Err(error) => return Err(error.into()),
            };
            // It could be read when it was verified, from the same copy.
            let Ok((mut message, time)) = row::message(&self.space, row) else {
                break;
            };
            message.server_timestamp = time.unwrap_or_default();
            messages.push(message);
        }
        if messages.is_empty() {
            return Err(rusqlite::Error::QueryReturnedNoRows.into());
        }
        Ok(messages)
    }

    fn connection(&self) -> &Connection {
        self.tables.connection()
    }
}
