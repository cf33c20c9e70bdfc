//! Reading a topic, page by page: one page is on its way at a time.

use reeeductio_core::log::Cursor;

use super::item::TopicPage;
use super::restoring::Tries;
use super::topic::PolicyTopic;
use crate::error::ClientError;

/// Messages asked for at a time.
const PAGE: usize = 200;

/// The messages of a topic, newest first, from the newest one on.
#[derive(Debug)]
pub struct TopicHistory {
    topic: PolicyTopic,
    position: Place,
}

#[derive(Debug)]
enum Place {
    Newest,
    Before(Box<Cursor>),
    Start,
}

impl TopicHistory {
    pub(super) fn new(topic: PolicyTopic) -> Self {
        Self {
            topic,
            position: Place::Newest,
        }
    }

    /// The next page, newest first; `None` at the beginning of the topic. After an error the same page is asked for again. If a restore of the
    /// server has cut off the place of the reading, that is `client.interrupted`, and the next page is the newest one.
    pub async fn next_page(&mut self) -> Result<Option<TopicPage>, ClientError> {
        let mut tries = Tries::default();
        loop {
            match self.try_next_page().await {
                Err(error) if self.topic.space.tries_again(&error, &mut tries).await? => {}
                other => return other,
            }
        }
    }

    async fn try_next_page(&mut self) -> Result<Option<TopicPage>, ClientError> {
        let topic = &self.topic;
        topic.check_is_read()?;
        let is_cut_off = topic.space.with(|known| match &self.position {
            Place::Before(cursor) => known.log.is_cut_off(cursor),
            Place::Newest | Place::Start => false,
        });
        if is_cut_off {
            self.position = Place::Newest;
            let what = "the server was restored; the history is read from its newest message again";
            return Err(ClientError::Interrupted(what.to_owned()));
        }
        let question = topic.space.with(|known| match &self.position {
            Place::Newest => Some(known.log.ask_newest(&topic.id, PAGE)),
            Place::Before(cursor) => known.log.ask_before(&topic.id, Cursor::clone(cursor), PAGE),
            Place::Start => None,
        });
        let Some(question) = question else {
            return Ok(None);
        };
        let told = topic.space.messages(&question).await?;
        let (page, judged) = topic.take(question, told).await?;
        self.position = match judged.cursor {
            Some(cursor) if !cursor.is_at_start() => Place::Before(Box::new(cursor)),
            _ => Place::Start,
        };
        Ok(Some(page))
    }
}

impl PolicyTopic {
    /// The next messages that this installation has not read, after those whose key has come meanwhile.
    pub(crate) async fn read_after(&self) -> Result<TopicPage, ClientError> {
        self.check_is_read()?;
        self.space.find_awaited_roots().await?;
        let mut tries = Tries::default();
        loop {
            match self.try_read_after().await {
                Err(error) if self.space.tries_again(&error, &mut tries).await? => {}
                other => return other,
            }
        }
    }

    async fn try_read_after(&self) -> Result<TopicPage, ClientError> {
        let question = self.space.with(|known| known.log.ask_after(&self.id, PAGE));
        let told = self.space.messages(&question).await?;
        let (mut page, _) = self.take(question, told).await?;
        if page.items.is_empty() {
            // Nothing of an empty answer is proven, so it may be of another history than the known one.
            self.space.log().try_checkpoint().await?;
        }
        let mut items = self.take_late();
        items.append(&mut page.items);
        Ok(TopicPage { items, ..page })
    }
}
