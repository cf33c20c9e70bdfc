//! The invariants of what members are shown.

use std::collections::BTreeMap;

use reeeductio_backend::Entry;
use reeeductio_client::{ClientError, MessageId, PolicySpace, TopicItem, TopicMessage};
use reeeductio_core::log::{Opened, Shown};
use reeeductio_proto::{SealedHeader, encoding};

use super::actions::topic;
use super::device::Device;
use super::world::World;

/// A message as a member sees it, without what differs from member to member.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct View {
    pub(super) number: u64,
    pub(super) id: MessageId,
    pub(super) sender: String,
    pub(super) shown: String,
}

impl World {
    /// Reads what is new.
    pub(super) async fn read_forward(
        &self,
        device: &Device,
        space: &PolicySpace,
        is_whole: bool,
    ) -> Result<String, ClientError> {
        let mut numbers = Vec::new();
        loop {
            let page = space.topic(&topic()).unread().await?;
            self.check_items(device, &page.items).await;
            numbers.extend(
                { page.items.iter() }
                    .filter_map(TopicItem::message)
                    .map(|message| message.number),
            );
            if !page.has_more || !is_whole {
                return Ok(format!("{numbers:?}"));
            }
        }
    }

    /// Reads from the end backwards.
    pub(super) async fn read_back(
        &self,
        device: &Device,
        space: &PolicySpace,
        is_whole: bool,
    ) -> Result<String, ClientError> {
        let mut history = space.topic(&topic()).history();
        let mut last = u64::MAX;
        let mut count = 0;
        while let Some(page) = history.next_page().await? {
            self.check_items(device, &page.items).await;
            for message in page.items.iter().filter_map(TopicItem::message) {
                if message.number >= last {
                    let what = format!("{}: the history is out of order", device.name);
                    self.ground.violated(what);
                }
                last = message.number;
                count += 1;
            }
            if !is_whole {
                break;
            }
        }
        Ok(format!("{count} messages"))
    }

    /// Checks what is shown against what is stored.
    pub(super) async fn check_items(&self, device: &Device, items: &[TopicItem]) {
        let stored = self.stored(device).await;
        for item in items {
            match item {
                TopicItem::Message(message) => self.check_message(device, message, &stored),
                TopicItem::Refused(refused) => {
                    self.finds(device, refused.reason.code(), &format!("{refused:?}"));
                }
                TopicItem::Withheld(_) => self.finds(device, "withheld", &format!("{item:?}")),
                TopicItem::Repeated { .. } => {
                    let what = format!("{} was given {item:?}", device.name);
                    self.ground.violated(what);
                }
            }
        }
    }

    /// The topic as the device's server has stored it.
    pub(super) async fn stored(&self, device: &Device) -> BTreeMap<MessageId, Entry> {
        let server = device.wire.server();
        let stored = server.topic(self.ground.space(), &topic()).await;
        let by_id = { stored.into_iter() }.map(|entry| (entry.message.message_hash, entry));
        by_id.collect()
    }

    fn check_message(
        &self,
        device: &Device,
        message: &TopicMessage,
        stored: &BTreeMap<MessageId, Entry>,
    ) {
        let entry = stored.get(&message.position.hash);
        let sender = entry.map(|entry| (entry.message.sender, entry.leaf.number));
        let author = match &message.shown {
            Shown::Edited { by, .. } => stored.get(by).map(|entry| entry.message.sender),
            _ => Some(message.sender),
        };
        let signed = author.and_then(|author| {
            let mut people = self.people.iter();
            Some(people.find(|person| person.id() == author)?.name)
        });
        let label = label(message);
        let claimed = label.as_deref().and_then(|label| label.split('-').next());
        let is_attributed = claimed.is_none() || claimed == signed;
        if sender != Some((message.sender, message.number)) || !is_attributed {
            let what = format!("{} was given {message:?}, stored is {entry:?}", device.name);
            self.ground.violated(what);
        }
        if matches!(message.shown, Shown::Unreadable(_)) {
            self.finds(device, "unreadable", &format!("{message:?}"));
        }
    }

    /// All of the topic, as a device sees it in the end, oldest first.
    pub(super) async fn view(&self, device: &Device) -> Result<Vec<View>, ClientError> {
        let space = device.space().await?;
        space.refresh().await?;
        let mut views = Vec::new();
        let mut history = space.topic(&topic()).history();
        while let Some(page) = history.next_page().await? {
            self.check_items(device, &page.items).await;
            views.extend(page.items.iter().map(view));
        }
        views.reverse();
        Ok(views)
    }
}

/// The text that a message has now.
pub(super) fn label(message: &TopicMessage) -> Option<String> {
    // A delete has an empty one.
    let body = message.body().filter(|body| !body.is_empty())?;
    Some(String::from_utf8(body.to_vec()).unwrap())
}

fn view(item: &TopicItem) -> View {
    let TopicItem::Message(message) = item else {
        return View {
            number: 0,
            id: MessageId::from_hash([0; 32]),
            sender: String::new(),
            shown: format!("{item:?}"),
        };
    };
    View {
        number: message.number,
        id: message.position.hash,
        sender: message.sender.to_string(),
        shown: shown(message),
    }
}

fn shown(message: &TopicMessage) -> String {
    match &message.shown {
        Shown::Posted(_) => label(message).unwrap_or_else(|| "[delete]".to_owned()),
        Shown::Edited { by, content, .. } => match &**content {
            Opened::Content(_) => label(message).unwrap(),
            Opened::KeyMissing { .. } => "[key]".to_owned(),
            other => format!("[edited by {by}: {other:?}]"),
        },
        Shown::Deleted { .. } => "[deleted]".to_owned(),
        Shown::KeyMissing { .. } => "[key]".to_owned(),
        other => format!("[{other:?}]"),
    }
}

/// The signed part of a message.
pub(super) fn header(entry: &Entry) -> SealedHeader {
    let data = encoding::decode(&entry.message.data).unwrap();
    SealedHeader::parse(&data).unwrap()
}
