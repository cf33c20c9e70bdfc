//! A server that lies to one member, at random moments.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex;
use reeeductio_client::source::{Answered, RawPage, Source, StreamCursor, Subscription};
use reeeductio_client::{Identity, Range};
use reeeductio_core::Draft;
use reeeductio_proto::api::DataBody;
use reeeductio_proto::{
    ChainId, DataEntry, DataPath, Message, MessageId, Position, TopicId, encoding,
};

use super::liar_stream::LiarStream;
use super::lies::{Ledger, Lie, any_id};
use super::network::{Network, entry_of};
use super::seen::Seen;
use super::truth::Truth;
use super::world::World;
use crate::dice::Dice;

/// A source that answers honestly, or not.
#[derive(Debug)]
pub(super) struct Liar {
    network: Network,
    pub(super) told: Arc<Told>,
}

/// Data that lies are made from, and the lies that were told to this handle.
pub(super) struct Told {
    pub(super) truth: Arc<Truth>,
    pub(super) dice: Arc<Dice>,
    pub(super) ledger: Arc<Ledger>,
    /// Lies since an action succeeded or failed the last time.
    recently: Mutex<Vec<Lie>>,
    /// Messages and entries that the member was shown, and earlier lies.
    seen: Arc<Mutex<Seen>>,
}

impl Told {
    pub(super) fn tell(&self, lie: Lie) {
        self.ledger.told(lie);
        self.recently.lock().push(lie);
    }

    /// Signs a message after `prev`.
    pub(super) fn sign(
        &self,
        signer: &Identity,
        topic: &TopicId,
        prev: Option<MessageId>,
        time: i64,
    ) -> Message {
        let draft = Draft {
            space: &self.truth.space,
            topic,
            kind: if topic.is_state() {
                "notes/one"
            } else {
                "chat"
            },
            prev_hash: prev,
            data: &self.dice.next().to_le_bytes(),
        };
        draft.message(&signer.user_id(), signer, time)
    }
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.recently.lock())
    }
}

impl Liar {
    pub(super) fn new(network: Network, world: &World, seen: Arc<Mutex<Seen>>) -> Self {
        let told = Told {
            truth: Arc::clone(&world.truth),
            dice: Arc::clone(&world.dice),
            ledger: Arc::clone(&world.ledger),
            recently: Mutex::default(),
            seen,
        };
        Self {
            network,
            told: Arc::new(told),
        }
    }

    /// Returns the lies that an accusation may be about; `None` if none was told.
    pub(super) fn noticed(&self) -> Option<BTreeSet<Lie>> {
        self.unnoticed();
        let lies = self.told.seen.lock().lies.clone();
        (!lies.is_empty()).then_some(lies)
    }

    /// Lets the recent lies excuse later accusations: a memory of them may contradict the truth.
    pub(super) fn unnoticed(&self) {
        let recently = std::mem::take(&mut *self.told.recently.lock());
        self.told.seen.lock().lies.extend(recently);
    }

    fn lie(&self, any: fn(&Dice) -> Lie) -> Option<Lie> {
        let strikes = self.told.ledger.strikes(&self.told.dice);
        strikes.then(|| any(&self.told.dice))
    }

    /// Makes a false page of an honest one, if there is a way.
    async fn falsify(
        &self,
        lie: Lie,
        (chain, range): (&ChainId, Range),
        honest: &RawPage,
    ) -> Option<RawPage> {
        let mut page = honest.clone();
        let dice = &self.told.dice;
        if !lie.edit(&mut page, !range.is_newest_first(), dice) {
            let topic = &chain.topic;
            let mut all = self.told.truth.chain(topic).await;
            match lie {
                Lie::Forked => self.fork(&mut all, topic),
                Lie::RemovedWrites => {
                    let (head, outcast) =
                        (all.last().map(Position::from), &self.told.ledger.outcast);
                    let time = head.map_or(0, |head| head.timestamp + 1);
                    let time = time.max(self.network.server.now());
                    let prev = head.map(|head| head.hash);
                    let message = self.told.sign(outcast, topic, prev, time);
                    self.told.truth.outcast(&message);
                    all.push(message);
                }
                Lie::OtherTopic => {
                    let other = ["general", "random", "quiet", "state"][dice.below(4)];
                    all = self.told.truth.chain(&TopicId::parse(other).unwrap()).await;
                }
                _ if !lie.rewrite(&mut all, dice) => return None,
                _ => {}
            }
            page = serve(&all, range, self.network.server.page);
        }
        let same = page.messages == honest.messages && page.has_more == honest.has_more;
        let outside = |message: &Message| !range.contains(message.server_timestamp);
        (!same && !page.messages.iter().any(outside)).then_some(page)
    }

    /// Replaces the last messages, or adds some.
    fn fork(&self, all: &mut Vec<Message>, topic: &TopicId) {
        let dice = &self.told.dice;
        all.truncate(all.len() - dice.below(all.len().min(3) + 1));
        for _ in 0..=dice.below(3) {
            let head = all.last().map(Position::from);
            let time = head.map_or(self.network.server.now(), |head| head.timestamp + 1);
            let prev = head.map(|head| head.hash);
            let colluder = &self.told.ledger.colluder;
            let message = self.told.sign(colluder, topic, prev, time);
            self.told.truth.fork(&message);
            all.push(message);
        }
    }

    fn false_entry(&self, lie: Lie, honest: &DataEntry) -> Option<DataEntry> {
        let dice = &self.told.dice;
        let entries = self.told.truth.entries.lock();
        let signed = &entries.signed;
        let mut entry = match lie {
            Lie::OldEntry => {
                let old = signed.get(&honest.path)?;
                let old = old.iter().filter(|old| old.signed_at < honest.signed_at);
                let old: Vec<&DataEntry> = old.collect();
                return old.get(dice.below(old.len())).copied().cloned();
            }
            Lie::OtherPath => {
                let mut others = signed.iter().filter(|(path, _)| **path != honest.path);
                others.next_back()?.1.last()?.clone()
            }
            Lie::AlteredEntry => honest.clone(),
            _ => return None,
        };
        if lie == Lie::AlteredEntry {
            match dice.below(3) {
                0 => entry.data = encoding::encode(b"altered"),
                1 => entry.signed_at += 1,
                _ => entry.signed_by = Identity::from_seed(&[77; 32]).user_id(),
            }
        }
        entry.path = honest.path.clone();
        Some(entry)
    }
}

/// Returns a page of a topic as a server would give it.
fn serve(chain: &[Message], range: Range, page: usize) -> RawPage {
    let inside = |message: &&Message| range.contains(message.server_timestamp);
    let mut messages: Vec<Message> = chain.iter().filter(inside).cloned().collect();
    if range.is_newest_first() {
        messages.reverse();
    }
    let limit = range.limit.min(page);
    let has_more = messages.len() > limit;
    messages.truncate(limit);
    RawPage { messages, has_more }
}

impl Source for Liar {
    fn page<'a>(&'a self, chain: &'a ChainId, range: Range) -> Answered<'a, RawPage> {
        Box::pin(async move {
            let honest = self.network.page(chain, range).await?;
            if let Some(lie) = self.lie(Lie::any_of_page)
                && let Some(page) = self.falsify(lie, (chain, range), &honest).await
            {
                self.told.tell(lie);
                self.told.seen.lock().false_state |= chain.topic.is_state();
                return Ok(page);
            }
            Ok(honest)
        })
    }

    fn message<'a>(&'a self, chain: &'a ChainId, id: &'a MessageId) -> Answered<'a, Message> {
        Box::pin(async move {
            let mut message = self.network.message(chain, id).await?;
            if let Some(lie) = self.lie(Lie::any_of_message) {
                if lie == Lie::OtherMessage {
                    let all = self.told.truth.chain(&chain.topic).await;
                    let other = all.into_iter().find(|other| other.message_hash != *id);
                    if let Some(other) = other {
                        self.told.tell(lie);
                        return Ok(other);
                    }
                } else if lie.alter(&mut message, &self.told.dice) {
                    self.told.tell(lie);
                }
            }
            Ok(message)
        })
    }

    fn append<'a>(&'a self, message: &'a Message) -> Answered<'a, Position> {
        Box::pin(async move {
            match self.lie(Lie::any_of_post) {
                Some(lie @ Lie::UnstoredAcknowledged) => {
                    self.told.tell(lie);
                    Ok(Position {
                        hash: message.message_hash,
                        timestamp: self.network.server.now(),
                    })
                }
                Some(lie @ Lie::OtherAcknowledged) => {
                    let mut position = self.network.append(message).await?;
                    position.hash = any_id(&self.told.dice);
                    self.told.tell(lie);
                    Ok(position)
                }
                _ => self.network.append(message).await,
            }
        })
    }

    fn data<'a>(&'a self, path: &'a DataPath) -> Answered<'a, DataEntry> {
        Box::pin(async move {
            let entry = self.network.data(path).await?;
            if let Some(lie) = self.lie(Lie::any_of_entry)
                && let Some(other) = self.false_entry(lie, &entry)
            {
                self.told.tell(lie);
                return Ok(other);
            }
            Ok(entry)
        })
    }

    fn put_data<'a>(&'a self, path: &'a DataPath, entry: &'a DataBody) -> Answered<'a, ()> {
        self.told.truth.signed_entry(&entry_of(path, entry));
        self.network.put_data(path, entry)
    }

    fn delete_data<'a>(&'a self, path: &'a DataPath) -> Answered<'a, ()> {
        self.network.delete_data(path)
    }

    /// Opens a stream from now on, like a published server, which resumes none.
    fn subscribe<'a>(
        &'a self,
        _since: Option<&'a StreamCursor>,
        _data: bool,
    ) -> Answered<'a, Box<dyn Subscription>> {
        Box::pin(async move {
            let honest = self.network.subscribe(None, false).await?;
            let stream = LiarStream::new(honest, Arc::clone(&self.told));
            Ok(Box::new(stream) as Box<dyn Subscription>)
        })
    }

    fn now(&self) -> Answered<'_, i64> {
        self.network.now()
    }

    fn ask_now(&self) -> Answered<'_, i64> {
        self.now()
    }

    fn reached(&self) -> Option<i64> {
        self.network.reached()
    }
}
