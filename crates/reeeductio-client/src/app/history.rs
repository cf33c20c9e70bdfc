//! The history of a channel, page by page.

use std::collections::VecDeque;

use super::channel::Channel;
use super::content::{ChannelMessage, Readable, UnreadableMessage, read};
use crate::error::ClientError;
use crate::policy_space::{TopicHistory, TopicItem};

/// Walks that are remembered, so that the next page need not be found again.
const WALKS: usize = 16;
/// Most messages of a page.
const LONGEST: usize = 200;

/// A page of a channel's history.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ChannelPage {
    /// The messages, oldest first, as they are now. Those that were deleted are left out.
    pub messages: Vec<ChannelMessage>,
    /// Messages of the same part that cannot be shown, and why.
    pub unreadable: Vec<UnreadableMessage>,
    /// The handle before which the next page is; `None` at the beginning of the channel.
    pub next: Option<i64>,
}

/// Walks through the history that may go on.
#[derive(Debug, Default)]
pub(super) struct Walks(tokio::sync::Mutex<VecDeque<Walk>>);

/// A walk that has come to before a handle.
#[derive(Debug)]
struct Walk {
    before: Option<i64>,
    history: TopicHistory,
    ready: VecDeque<TopicItem>,
    is_over: bool,
}

impl Walks {
    pub(super) async fn page(
        &self,
        channel: &Channel,
        before: Option<i64>,
        limit: usize,
    ) -> Result<ChannelPage, ClientError> {
        if limit == 0 || limit > LONGEST {
            return Err(ClientError::argument("limit", "must be 1 to 200"));
        }
        let mut walk = self.take(channel, before).await;
        let mut page = ChannelPage::default();
        while page.messages.len() < limit {
            let Some(item) = walk.next().await? else {
                break;
            };
            take(channel, &item, before, &mut page).await?;
        }
        let oldest = page.messages.last().map(|message| message.handle);
        page.messages.reverse();
        page.unreadable.reverse();
        if let Some(oldest) = oldest
            && walk.has_more().await?
        {
            page.next = Some(oldest);
            walk.before = Some(oldest);
            let mut walks = self.0.lock().await;
            walks.truncate(WALKS - 1);
            walks.push_front(walk);
        }
        Ok(page)
    }

    /// The walk that has come to this handle, or a new one.
    async fn take(&self, channel: &Channel, before: Option<i64>) -> Walk {
        let mut walks = self.0.lock().await;
        let at = walks.iter().position(|walk| walk.before == before);
        let kept = at.filter(|_| before.is_some());
        kept.and_then(|at| walks.remove(at))
            .unwrap_or_else(|| Walk {
                before: None,
                history: channel.topic().history(),
                ready: VecDeque::new(),
                is_over: false,
            })
    }
}

impl Walk {
    async fn next(&mut self) -> Result<Option<TopicItem>, ClientError> {
        while self.ready.is_empty() && !self.is_over {
            match self.history.next_page().await? {
                Some(page) => self.ready.extend(page.items),
                None => self.is_over = true,
            }
        }
        Ok(self.ready.pop_front())
    }

    /// Returns whether there is another message to show. Those that are none are passed over.
    async fn has_more(&mut self) -> Result<bool, ClientError> {
        while let Some(item) = self.next().await? {
            if matches!(
                shown(&item),
                Some(Readable::Message(_) | Readable::Unreadable(_) | Readable::Behind)
            ) {
                self.ready.push_front(item);
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn shown(item: &TopicItem) -> Option<Readable> {
    let message = item.message().filter(|message| message.target.is_none())?;
    Some(read(message))
}

async fn take(
    channel: &Channel,
    item: &TopicItem,
    before: Option<i64>,
    page: &mut ChannelPage,
) -> Result<(), ClientError> {
    let is_before = |handle: i64| before.is_none_or(|before| handle < before);
    let unreadable = |handle, sender, reason: &str| UnreadableMessage {
        handle,
        sender,
        reason: reason.to_owned(),
    };
    let refused = match item {
        TopicItem::Message(message) => {
            let position = message.position;
            channel.handles().note(position);
            if message.target.is_some() || !is_before(position.timestamp) {
                return Ok(());
            }
            match channel.read(message).await? {
                Readable::Message(message) => {
                    page.messages.push(*message);
                    return Ok(());
                }
                Readable::Gone => return Ok(()),
                Readable::Unreadable(unreadable) => unreadable,
                Readable::Behind => unreadable(
                    Some(position.timestamp),
                    Some(message.sender),
                    "verify.withheld",
                ),
            }
        }
        TopicItem::Refused(refused) => unreadable(None, None, refused.reason.code()),
        TopicItem::Withheld(_) => unreadable(None, None, "verify.withheld"),
        TopicItem::Repeated { .. } => return Ok(()),
    };
    page.unreadable.push(refused);
    Ok(())
}
