//! Actions of members.

use std::sync::Arc;

use futures_util::future::join_all;
use reeeductio_client::{Content, Range};
use reeeductio_proto::TopicId;

use super::check::Shown;
use super::clock::wait;
use super::member::{Handle, Member};
use super::seen::Seen;
use super::truth::Post;
use super::values::CONTESTED;
use super::world::World;

/// A member at work on the space.
#[derive(Clone)]
pub(super) struct Actor {
    pub(super) world: Arc<World>,
    pub(super) member: Arc<Member>,
}

impl Actor {
    /// Does one thing after the other, with pauses.
    pub(super) async fn live(self, things: usize) {
        for _ in 0..things {
            wait(self.world.dice.next() % 1_500).await;
            self.act().await;
            if self.world.dice.chance(15) {
                self.world.check_disk(&self.member).await;
            }
        }
    }

    async fn act(&self) {
        let dice = &self.world.dice;
        match dice.below(24) {
            0..=3 => self.post(self.topic()).await,
            4 => {
                let count = 2 + dice.below(4);
                let posts = (0..count).map(|_| self.post(self.topic()));
                join_all(posts.collect::<Vec<_>>()).await;
            }
            5..=8 => self.read_page().await,
            9..=11 => self.read_all(self.topic()).await,
            12 => self.read_one().await,
            13 => self.set_state().await,
            14 | 15 => self.get_state().await,
            16 => {
                let sets = (0..5).map(|_| self.set_data(CONTESTED));
                join_all(sets.collect::<Vec<_>>()).await;
            }
            17 => self.set_data(self.data_path()).await,
            18..=20 => self.get_data().await,
            21 => self.remove_data().await,
            _ => self.member.restart(&self.world),
        }
    }

    fn topic(&self) -> TopicId {
        let topics = self.member.topics;
        TopicId::parse(topics[self.world.dice.below(topics.len())]).unwrap()
    }

    pub(super) async fn post(&self, topic: TopicId) {
        let handle = self.member.handle(&self.world);
        let label = self.member.label();
        let number = {
            let mut posts = self.world.truth.posts.lock();
            posts.push(Post {
                label: label.clone(),
                topic: topic.clone(),
                acknowledged: None,
            });
            posts.len() - 1
        };
        let content = Content::Plain(label.as_bytes());
        match handle.space.topic(&topic).post(content, "chat").await {
            Ok(position) => {
                self.world.truth.posts.lock()[number].acknowledged = Some(position.hash);
                handle.saw(|seen| seen.message(&topic, position.timestamp, position.hash));
                self.world
                    .done(&handle, "post", &format!("{topic} {label}"));
            }
            Err(error) => {
                self.world.failed(&self.member, &handle, "post", &error);
            }
        }
    }

    /// Reads a page, by times that are those of messages, or not.
    async fn read_page(&self) {
        let dice = &self.world.dice;
        let topic = if dice.chance(15) {
            TopicId::state()
        } else {
            self.topic()
        };
        let chain = self.world.truth.chain(&topic).await;
        let time = || match chain.get(dice.below(chain.len())) {
            Some(message) => message.server_timestamp + dice.below(3).cast_signed() as i64 - 1,
            None => 1_000,
        };
        let limit = 1 + dice.below(if dice.chance(50) { 3 } else { 30 });
        let range = match dice.below(5) {
            0 => Range::first(limit),
            1 => Range::last(limit),
            2 => Range::since(time(), limit),
            // Backwards, if the second is earlier than the first.
            _ => Range {
                from: Some(time()),
                to: Some(time()),
                limit,
            },
        };
        self.read(&topic, range).await;
    }

    async fn read(&self, topic: &TopicId, range: Range) {
        let handle = self.member.handle(&self.world);
        let before = handle.before();
        match handle.space.topic(topic).page(range).await {
            Ok(page) => {
                let shown = Shown {
                    messages: page.messages,
                    refused: page.refused,
                    has_more: page.has_more,
                };
                self.take_page("page", &handle, (topic, range), &before, &shown)
                    .await;
            }
            Err(error) => {
                self.world.failed(&self.member, &handle, "page", &error);
            }
        }
    }

    /// Reads a topic from its first message to its end.
    pub(super) async fn read_all(&self, topic: TopicId) {
        let handle = self.member.handle(&self.world);
        let before = handle.before();
        let mut reader = handle.space.topic(&topic).history();
        let mut shown = Shown::default();
        loop {
            match reader.next_page().await {
                Ok(Some(page)) => {
                    shown.messages.extend(page.messages);
                    shown.refused.extend(page.refused);
                }
                Ok(None) => break,
                Err(error) => {
                    self.world.failed(&self.member, &handle, "reader", &error);
                    return;
                }
            }
        }
        if let Some(first) = shown.messages.first()
            && shown.refused.is_empty()
            && first.prev_hash.is_some()
        {
            self.world.violated(format!(
                "{}: {topic} does not begin at its beginning",
                handle.name
            ));
        }
        let range = Range::first(usize::MAX);
        self.take_page("reader", &handle, (&topic, range), &before, &shown)
            .await;
    }

    async fn take_page(
        &self,
        what: &'static str,
        handle: &Handle,
        (topic, range): (&TopicId, Range),
        before: &Seen,
        shown: &Shown,
    ) {
        let world = &self.world;
        world
            .check_page(handle, (topic, range), before, shown)
            .await;
        handle.saw(|seen| {
            for message in &shown.messages {
                seen.message(topic, message.server_timestamp, message.message_hash);
            }
        });
        let result = format!(
            "{topic} {range:?}: {} messages, {} refused",
            shown.messages.len(),
            shown.refused.len()
        );
        if let Some(refused) = shown.refused.first()
            && world.lies()
            && (refused.is_forged() || !world.truth.was_stored(topic, refused.position.hash).await)
        {
            world.accused(&self.member, handle, &refused.to_string());
        }
        world.done(handle, what, &result);
    }

    /// Reads one message by its id.
    async fn read_one(&self) {
        let topic = self.topic();
        let chain = self.world.truth.chain(&topic).await;
        let Some(message) = chain.get(self.world.dice.below(chain.len())) else {
            return;
        };
        let handle = self.member.handle(&self.world);
        match handle
            .space
            .topic(&topic)
            .message(message.message_hash)
            .await
        {
            Ok(found) => {
                self.world.check_message(&handle, &found).await;
                if found.message_hash != message.message_hash {
                    let what = format!("{}: {found:?} was not asked for", handle.name);
                    self.world.violated(what);
                }
                handle.saw(|seen| seen.message(&topic, found.server_timestamp, found.message_hash));
                self.world.done(&handle, "message", "");
            }
            Err(error) => {
                self.world.failed(&self.member, &handle, "message", &error);
            }
        }
    }
}
