//! Messages to be appended.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use reeeductio_proto::{ChainId, Lane, MemberId, Message, MessageId, Signature, SpaceId, TopicId};

use super::universe;
use super::write::Terms;
use crate::{Append, AppendAll, BackendError, NewMessage, Payload, Records, Revision, ToolUse};

/// A message to be appended.
#[derive(Clone, Debug)]
pub struct Post {
    space: SpaceId,
    topic: TopicId,
    lane: Option<Lane>,
    kind: &'static str,
    text: String,
    sender: MemberId,
    time: i64,
    tool_use: Option<ToolUse>,
    prev: Prev,
    payload: Option<Payload>,
    revision: Option<Change>,
    begins_tree: bool,
}

/// The message that a message changes: mostly one that there is, and the number that comes next.
#[derive(Clone, Debug)]
pub struct Change {
    target: usize,
    number: Option<u32>,
    deletes: bool,
}

/// Predecessor that a message names.
#[derive(Clone, Debug)]
pub enum Prev {
    /// The topic's head before the writes of its step, so that several of one step race.
    Head,
    /// The message that was written just before, stored or not.
    Last,
    /// None.
    Nothing,
    /// Any message of the history, also of another topic, also one that does not exist yet.
    Serial(usize),
}

impl Post {
    /// Decides what is open by what `records` hold now, for the `serial`th write of the history.
    pub(super) async fn settle(
        self,
        serial: usize,
        records: &dyn Records,
        terms: Terms,
    ) -> Result<Append, BackendError> {
        let chain = ChainId {
            topic: self.topic.clone(),
            lane: self.lane,
        };
        let head = records.head(self.space, &chain).await?;
        let prev_hash: Option<MessageId> = match self.prev {
            Prev::Head => head.map(|head| head.hash),
            Prev::Last => serial.checked_sub(1).map(universe::message_id),
            Prev::Nothing => None,
            Prev::Serial(serial) => Some(universe::message_id(serial)),
        };
        let revision = match self.revision {
            None => None,
            Some(change) => {
                let target = universe::message_id(change.target % (serial + 1));
                let there = records.entry(self.space, &self.topic, target).await?;
                let revised = there.and_then(|entry| entry.revised);
                let next = revised.map_or(1, |revised| revised.number + 1);
                Some(Revision {
                    target,
                    number: change.number.unwrap_or(next),
                    deletes: change.deletes,
                })
            }
        };
        Ok(Append {
            space: self.space,
            message: Message {
                message_hash: universe::message_id(serial),
                topic_id: self.topic,
                kind: self.kind.to_owned(),
                prev_hash,
                data: self.text,
                sender: self.lane.map_or(self.sender, |lane| lane.member),
                signature: Signature::from_bytes([3; 64]),
                server_timestamp: self.time,
            },
            lane: self.lane,
            payload: self.payload,
            revision,
            begins_tree: self.begins_tree.then_some([0; 8]),
            judged: terms.judged(self.sender),
            tool_use: self.tool_use,
            quotas: terms.quotas,
        })
    }

    /// The same for a command of `count` messages, of which the last has the id of the `serial`th write.
    pub(super) async fn settle_all(
        self,
        serial: usize,
        count: usize,
        records: &dyn Records,
        terms: Terms,
    ) -> Result<AppendAll, BackendError> {
        let of = self.settle(serial, records, terms).await?;
        let mut prev_hash = of.message.prev_hash;
        let messages = (1..=count).map(|at| {
            let message_hash = if at == count {
                of.message.message_hash
            } else {
                MessageId::of(format!("message {serial} {at}").as_bytes())
            };
            let message = Message {
                message_hash,
                prev_hash,
                ..of.message.clone()
            };
            prev_hash = Some(message_hash);
            NewMessage {
                message,
                payload: of.payload.clone(),
            }
        });
        Ok(AppendAll {
            messages: messages.collect(),
            space: of.space,
            lane: of.lane,
            begins_tree: of.begins_tree,
            judged: of.judged,
            tool_use: of.tool_use,
            quotas: of.quotas,
        })
    }
}

fn prev() -> impl Strategy<Value = Prev> {
    prop_oneof![
        8 => Just(Prev::Head),
        3 => Just(Prev::Last),
        1 => Just(Prev::Nothing),
        1 => (0..40_usize).prop_map(Prev::Serial),
    ]
}

fn payload() -> impl Strategy<Value = Payload> {
    let bytes = prop_oneof![
        6 => vec(any::<u8>(), 0..40),
        // Longer than a page of a database.
        1 => Just(vec![7; 9_000]),
    ];
    (bytes, option::of(universe::time())).prop_map(|(bytes, expires)| Payload {
        bytes: Arc::from(bytes),
        expires,
    })
}

fn change() -> impl Strategy<Value = Change> {
    let number = prop_oneof![6 => Just(None), 1 => (0..4_u32).prop_map(Some)];
    (any::<usize>(), number, any::<bool>()).prop_map(|(target, number, deletes)| Change {
        target,
        number,
        deletes,
    })
}

pub(super) fn post() -> impl Strategy<Value = Post> {
    use universe::{lane, member, space, text, time, tool_use, topic_and_type};
    let place = (space(), topic_and_type(), lane(), prev());
    let content = (text(), member(), time(), tool_use());
    let begins_tree = prop_oneof![3 => Just(false), 1 => Just(true)];
    let change = prop_oneof![4 => Just(None), 1 => change().prop_map(Some)];
    let policy = (option::of(payload()), change, begins_tree);
    (place, content, policy).prop_map(
        |(
            (space, (topic, kind), lane, prev),
            (text, sender, time, tool_use),
            (payload, revision, begins_tree),
        )| Post {
            space,
            topic,
            lane,
            kind,
            text,
            sender,
            time,
            tool_use,
            prev,
            payload,
            revision,
            begins_tree,
        },
    )
}
