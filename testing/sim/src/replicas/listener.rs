//! A member's live stream, opened again when it ends, and the checks of its frames.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use reeeductio_client::{Frame, LiveMessages, LiveOptions};
use reeeductio_proto::{MessageId, Position, TopicId};

use super::clock::wait;
use super::member::{Handle, Member};
use super::world::World;

/// Milliseconds in which a stream must have delivered the end of all topics, once nothing more is posted.
const SETTLING: usize = 300_000;
/// Milliseconds after which a wait for a frame is given up and begun again: that loses nothing.
const TICK: u64 = 400;

/// One stream, as its program sees it.
struct Listener {
    world: Arc<World>,
    member: Arc<Member>,
    handle: Handle,
    /// Topics that are followed from their beginning, or from after a message.
    follow: BTreeMap<TopicId, Option<Position>>,
    /// The last message of each topic that was delivered.
    last: BTreeMap<TopicId, Position>,
    /// Topics in which a forged message was refused: it may stand in the place of one, or in none.
    unsure: BTreeSet<TopicId>,
}

/// Reason why a stream is left.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Left {
    /// All that was to come has come.
    Complete,
    /// It ended, or is opened again.
    Again,
}

/// Listens until everything was delivered.
pub(super) async fn listen(world: Arc<World>, member: Arc<Member>) {
    let mut resume: BTreeMap<TopicId, Position> = BTreeMap::new();
    let mut settled = 0;
    loop {
        wait(world.dice.next() % 3_000).await;
        if world.ends.lock().is_some() {
            settled += 1;
        }
        if world.lies() && world.is_over() {
            return;
        }
        if settled > 50 {
            let what = format!("{}: no stream can be opened any more", member.name);
            return world.violated(what);
        }
        let handle = member.handle(&world);
        let follow: BTreeMap<TopicId, Option<Position>> = member
            .topics
            .iter()
            .map(|topic| TopicId::parse(topic).unwrap())
            .filter(|_| world.dice.chance(60))
            .map(|topic| {
                let after = resume.get(&topic).copied();
                (topic, after)
            })
            .collect();
        let options = LiveOptions {
            follow: follow.clone().into_iter().collect(),
            first_pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(3),
            silence: Duration::from_secs(8),
        };
        let live = match handle.space.live_with(options).await {
            Ok(live) => live,
            Err(error) => {
                world.failed(&member, &handle, "live", &error);
                continue;
            }
        };
        let mut listener = Listener {
            world: Arc::clone(&world),
            member: Arc::clone(&member),
            handle,
            follow,
            last: BTreeMap::new(),
            unsure: BTreeSet::new(),
        };
        let left = listener.follow(live).await;
        if left == Left::Complete {
            return;
        }
        resume.extend(listener.last);
        if world.lies() {
            // A delivered message may have been a lie.
            resume.clear();
        }
    }
}

impl Listener {
    async fn follow(&mut self, mut live: LiveMessages) -> Left {
        let (mut patience, mut settling) = (20 + self.world.dice.below(100), 0);
        loop {
            let tick = Box::pin(wait(TICK));
            let next = match select(Box::pin(live.next_frame()), tick).await {
                Either::Left((next, _)) => Some(next),
                Either::Right(_) => None,
            };
            match next {
                Some(Ok(Some(frame))) => self.take(&frame).await,
                Some(Ok(None)) => return Left::Again,
                Some(Err(error)) => {
                    let accused = self
                        .world
                        .failed(&self.member, &self.handle, "stream", &error);
                    if accused && !self.world.lies() {
                        return Left::Again;
                    }
                }
                None => patience = patience.saturating_sub(1),
            }
            let ends = self.world.ends.lock().clone();
            match ends {
                Some(ends) => {
                    let missing = self.missing(&ends);
                    let Some((topic, end)) = missing else {
                        return Left::Complete;
                    };
                    settling += 1;
                    if settling > SETTLING / TICK as usize {
                        self.world.violated(format!(
                            "the stream of {} did not deliver the end {end} of {topic}, but {:?}",
                            self.handle.name,
                            self.last.get(&topic)
                        ));
                        return Left::Complete;
                    }
                }
                None if self.world.is_over() && self.world.lies() => return Left::Complete,
                None if patience == 0 => return Left::Again,
                None => {}
            }
            if !self.member.uses(&self.handle) {
                return Left::Again;
            }
        }
    }

    /// Returns a topic whose end is still to come, and that end.
    fn missing(&self, ends: &BTreeMap<TopicId, MessageId>) -> Option<(TopicId, MessageId)> {
        let wanted =
            |topic: &TopicId| self.follow.contains_key(topic) || self.last.contains_key(topic);
        let delivered = |topic: &TopicId| self.last.get(topic).map(|last| last.hash);
        ends.iter()
            .find(|(topic, end)| wanted(topic) && delivered(topic) != Some(**end))
            .map(|(topic, end)| (topic.clone(), *end))
    }

    async fn take(&mut self, frame: &Frame) {
        let (topic, position) = match frame {
            Frame::Ping => return,
            Frame::Message(message) => {
                self.world.check_message(&self.handle, message).await;
                let position = Position::from(&***message);
                self.check_place(&message.topic_id, position, message.prev_hash);
                self.handle.saw(|seen| {
                    seen.message(&message.topic_id, position.timestamp, position.hash);
                });
                (message.topic_id.clone(), position)
            }
            Frame::Refused(refused) => {
                self.world.check_refused(&self.handle.name, refused);
                let stored = self
                    .world
                    .truth
                    .was_stored(&refused.topic, refused.position.hash)
                    .await;
                if self.world.lies() && (refused.is_forged() || !stored) {
                    let why = refused.to_string();
                    self.world.accused(&self.member, &self.handle, &why);
                }
                if refused.is_forged() {
                    self.unsure.insert(refused.topic.clone());
                    return;
                }
                (refused.topic.clone(), refused.position)
            }
        };
        self.unsure.remove(&topic);
        self.last.insert(topic.clone(), position);
        self.world.done(&self.handle, "delivered", topic.as_str());
    }

    /// Checks that each message of a topic follows the one that came before it, and the first one of a followed topic the one
    /// that was named.
    fn check_place(&self, topic: &TopicId, position: Position, prev: Option<MessageId>) {
        let before = match (self.last.get(topic), self.follow.get(topic)) {
            (Some(last), _) => Some(last.hash),
            (None, Some(after)) => after.map(|after| after.hash),
            (None, None) => return,
        };
        if prev != before && !self.unsure.contains(topic) {
            self.world.violated(format!(
                "the stream of {} delivered {position:?} of {topic} after {before:?}",
                self.handle.name
            ));
        }
    }
}
