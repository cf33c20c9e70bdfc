//! From judged messages to what a program sees: opened, with their edits.

use std::collections::{BTreeSet, HashMap};

use reeeductio_core::Epoch;
use reeeductio_core::log::{
    Judged, LogItem, LogMessage, LogRecord, Opened, Payload, Shown, Standing,
};
use reeeductio_proto::MessageId;

use super::drafts::{draft_of, drafts_of};
use super::known::Known;
use super::requests::{Revised, Told};
use super::restoring::Tries;
use super::topic::PolicyTopic;
use super::{TopicItem, TopicMessage, TopicPage};
use crate::error::ClientError;

/// Edits and deletes that are fetched for one page.
const CHANGES: usize = 256;

impl PolicyTopic {
    /// One message that is verified, and its newest change.
    pub(crate) async fn read_one(&self, id: &MessageId) -> Result<Box<LogMessage>, ClientError> {
        let (message, revised) = self.fetch_one(id).await?;
        if let Some(revised) = revised {
            self.fetch_one(&revised.by).await?;
        }
        Ok(message)
    }

    /// One message as it is now.
    pub(crate) async fn read_item(&self, id: &MessageId) -> Result<TopicItem, ClientError> {
        let mut tries = Tries::default();
        loop {
            match self.try_read_item(id).await {
                Err(error) if self.space.tries_again(&error, &mut tries).await? => {}
                other => return other,
            }
        }
    }

    async fn try_read_item(&self, id: &MessageId) -> Result<TopicItem, ClientError> {
        let question = self
            .space
            .with(|known| known.log.ask_message(&self.id, *id));
        let told = self
            .space
            .message(&self.id, id, question.verified())
            .await?;
        let (page, _) = self.take(question, told).await?;
        let item = page.items.into_iter().next();
        item.ok_or_else(|| ClientError::answer("message", "is missing"))
    }

    /// One message that is in the tree, believed or not, and which is its newest change by the server's word.
    pub(super) async fn find(
        &self,
        id: &MessageId,
    ) -> Result<(LogItem, Option<Revised>), ClientError> {
        let mut tries = Tries::default();
        loop {
            match self.try_find(id).await {
                Err(error) if self.space.tries_again(&error, &mut tries).await? => {}
                other => return other,
            }
        }
    }

    async fn try_find(&self, id: &MessageId) -> Result<(LogItem, Option<Revised>), ClientError> {
        let question = self
            .space
            .with(|known| known.log.ask_message(&self.id, *id));
        let told = self
            .space
            .message(&self.id, id, question.verified())
            .await?;
        let revised = told.revised.first().copied();
        let judged = self.space.judge(question, told).await?;
        self.space.keep_judged(&judged).await?;
        let item = judged.items.into_iter().next();
        let item = item.ok_or_else(|| ClientError::answer("message", "is missing"))?;
        Ok((item, revised))
    }

    /// One message that is verified, and which is its newest change by the server's word.
    async fn fetch_one(
        &self,
        id: &MessageId,
    ) -> Result<(Box<LogMessage>, Option<Revised>), ClientError> {
        let (item, revised) = self.find(id).await?;
        match item.into_result() {
            Ok(message) => Ok((message, revised)),
            Err(refused) => Err(ClientError::Invalid {
                code: reeeductio_proto::ErrorCode::MessageNotFound,
                field: "message",
                message: refused.to_string(),
            }),
        }
    }

    /// Judges an answer, keeps what it says, and opens its messages.
    pub(super) async fn take(
        &self,
        question: reeeductio_core::log::LogQuestion,
        told: Told,
    ) -> Result<(TopicPage, Judged), ClientError> {
        let revised = told.revised.clone();
        let mut judged = self.space.judge(question, told).await?;
        self.find_roots(&judged.items).await?;
        let items = std::mem::take(&mut judged.items);
        let now = self.space.server_time();
        // The checkpoints that its authors have seen are kept with the page.
        let opened: Vec<Option<Opened>> = self.space.with(|known| {
            let opened = items
                .iter()
                .map(|item| Some(known.open(item.verified()?, now)));
            let opened: Vec<Option<Opened>> = opened.collect();
            for (item, opened) in items.iter().zip(&opened) {
                judged
                    .records
                    .extend(known.note_seen(item, opened.as_ref()));
            }
            opened
        });
        // Before the page is kept: if this fails the page is asked for again.
        let mut changes = self.fetch_changes(&items, &revised).await?;
        judged.items = items;
        let withheld = self.space.keep_judged(&judged).await?;
        self.open_edits_of_page(&judged.items, &mut changes);
        let has_more = judged.has_more;
        let drafts = drafts_of(&judged.items, &opened);
        let messages = std::mem::take(&mut judged.items).into_iter().zip(opened);
        let mut items: Vec<TopicItem> = self.space.with(|known| {
            known.drafts.note(&drafts);
            let items = messages.map(|(item, opened)| known.item(item, opened, &changes));
            items.collect()
        });
        items.extend(withheld.into_iter().map(TopicItem::Withheld));
        Ok((TopicPage { items, has_more }, judged))
    }

    /// Looks for the roots of the epochs that messages are sealed under. One that is missing is no error: it may come.
    async fn find_roots(&self, items: &[LogItem]) -> Result<(), ClientError> {
        let epochs: BTreeSet<u32> = items
            .iter()
            .filter_map(|item| Some(item.verified()?.header()?.epoch))
            .collect();
        // The newest first: it may carry those before.
        for number in epochs.into_iter().rev() {
            match self.space.find_root(number).await {
                Err(error) if super::roots::is_missing(&error) => {}
                other => other?,
            }
        }
        Ok(())
    }

    /// The edits of messages that are not in the page itself, opened.
    async fn fetch_changes(
        &self,
        items: &[LogItem],
        revised: &[Revised],
    ) -> Result<HashMap<MessageId, Opened>, ClientError> {
        let page: HashMap<MessageId, &LogMessage> = items
            .iter()
            .filter_map(LogItem::verified)
            .map(|message| (message.id(), message))
            .collect();
        let mut opened = HashMap::new();
        let told = revised.iter().filter(|one| page.contains_key(&one.target));
        for change in told.take(CHANGES) {
            if !page.contains_key(&change.by) {
                self.open_change(&change.by, &mut opened).await?;
            }
        }
        for by in self.newest_edits(items).into_iter().take(CHANGES) {
            if !page.contains_key(&by) && !opened.contains_key(&by) {
                self.open_change(&by, &mut opened).await?;
            }
        }
        Ok(opened)
    }

    /// Opens the edits that came with the page itself.
    fn open_edits_of_page(&self, items: &[LogItem], opened: &mut HashMap<MessageId, Opened>) {
        let edits: BTreeSet<MessageId> = self.newest_edits(items).into_iter().collect();
        let messages = items.iter().filter_map(LogItem::verified);
        for edit in messages.filter(|message| edits.contains(&message.id())) {
            let now = self.space.server_time();
            let content = self.space.with(|known| known.open(edit, now));
            opened.entry(edit.id()).or_insert(content);
        }
    }

    /// The edits by which messages of a page stand now, as far as changes were read.
    fn newest_edits(&self, items: &[LogItem]) -> Vec<MessageId> {
        self.space.with(|known| {
            let messages = items.iter().filter_map(LogItem::verified);
            let edits =
                messages.filter_map(|message| match known.log.revisions().standing(message) {
                    Standing::Edited { by, .. } => Some(by),
                    Standing::Deleted { .. } | Standing::Posted => None,
                });
            edits.collect()
        })
    }

    /// Fetches an edit or a delete. One that is refused, or not there, changes nothing.
    async fn open_change(
        &self,
        by: &MessageId,
        opened: &mut HashMap<MessageId, Opened>,
    ) -> Result<(), ClientError> {
        let change = match self.fetch_one(by).await {
            Ok((change, _)) => change,
            Err(error) if error.is_not_found() => return Ok(()),
            Err(error) => return Err(error),
        };
        self.find_roots(&[LogItem::Verified(change.clone())])
            .await?;
        let now = self.space.server_time();
        let content = self.space.with(|known| known.open(&change, now));
        opened.insert(*by, content);
        Ok(())
    }

    /// Messages of the topic whose key has come.
    pub(super) fn take_late(&self) -> Vec<TopicItem> {
        let now = self.space.server_time();
        self.space.with(|known| {
            if known.waiting.is_empty() {
                return Vec::new();
            }
            let epochs: Vec<u32> = known.roots.iter().map(Epoch::number).collect();
            let mut late = Vec::new();
            for number in epochs {
                for message in known.waiting.take(number) {
                    if message.message().topic_id == self.id {
                        late.push(message);
                    } else {
                        // There was room for it a moment ago.
                        drop(known.waiting.keep(message));
                    }
                }
            }
            late.sort_unstable_by_key(|message| message.number());
            let show = |message: Box<LogMessage>| {
                let opened = known.open(&message, now);
                known.item(LogItem::Verified(message), Some(opened), &HashMap::new())
            };
            late.into_iter().map(show).collect()
        })
    }
}

impl Known {
    /// Opens a message, unless its author wished it removed by now: the server may take a while, or may not do it.
    fn open(&self, message: &LogMessage, now: i64) -> Opened {
        let expires = message.header().and_then(|header| header.expires);
        if expires.is_some_and(|at| i64::try_from(at).is_ok_and(|at| at <= now)) {
            return Opened::Gone(Payload::Expired);
        }
        message.open(&self.state.view().space(), &self.roots)
    }

    /// Takes note of what the author of a message has seen.
    fn note_seen(&mut self, item: &LogItem, opened: Option<&Opened>) -> Option<LogRecord> {
        let Some(Opened::Content(content)) = opened else {
            return None;
        };
        match self.log.note_seen(item.verified()?, content.seen?) {
            Ok(record) => Some(record),
            Err(suspicion) => {
                self.suspect(*suspicion);
                None
            }
        }
    }

    /// The item that a program sees for a message, with the edits that are at hand.
    fn item(
        &mut self,
        item: LogItem,
        opened: Option<Opened>,
        edits: &HashMap<MessageId, Opened>,
    ) -> TopicItem {
        let message = match item.into_result() {
            Ok(message) => message,
            Err(refused) => return TopicItem::Refused(refused),
        };
        let opened = opened.unwrap_or(Opened::Plain);
        if let Opened::Content(content) = &opened
            && let Some(first) = self.drafts.repeats(&draft_of(&message, content))
        {
            let message = message.id();
            return TopicItem::Repeated { message, first };
        }
        let shown = match self.log.revisions().standing(&message) {
            Standing::Deleted { by } => Shown::Deleted { by },
            // An edit without a time of its own does not make it last.
            Standing::Edited { .. } if opened == Opened::Gone(Payload::Expired) => Shown::Expired,
            Standing::Edited { by, revision } => Shown::Edited {
                by,
                revision,
                content: Box::new(
                    edits
                        .get(&by)
                        .cloned()
                        .unwrap_or(Opened::Gone(Payload::Missing)),
                ),
            },
            Standing::Posted => posted(opened),
        };
        let shown = TopicMessage {
            position: message.message().position(),
            number: message.number(),
            sender: message.message().sender,
            epoch: message.header().map(|header| header.epoch),
            expires: message.header().and_then(|header| header.expires),
            target: message.target().copied(),
            shown,
        };
        if matches!(shown.shown, Shown::KeyMissing { .. }) {
            // Without room for it, it is read again in the history.
            drop(self.waiting.keep(message));
        }
        TopicItem::Message(Box::new(shown))
    }
}

fn posted(opened: Opened) -> Shown {
    match opened {
        Opened::Content(content) => Shown::Posted(content),
        Opened::Gone(Payload::Expired | Payload::NotRetained) => Shown::Expired,
        Opened::Gone(_) | Opened::Plain => Shown::Missing,
        Opened::KeyMissing { epoch } => Shown::KeyMissing { epoch },
        Opened::Unreadable(error) => Shown::Unreadable(error),
    }
}
