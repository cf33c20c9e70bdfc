//! Scripts of state messages: one per line, `actor path value`, where `@x` stands for the id of actor x and no
//! value leaves a tombstone. A line `+ n` lets n milliseconds pass.

use reeeductio_core::Draft;
use reeeductio_proto::{Message, TopicId};

use crate::cast::{self, Actor, with_ids};

/// When every script begins, Unix milliseconds.
pub(crate) const START: i64 = 1_760_000_000_000;
/// Lines that are read; more would say nothing new.
const LONGEST: usize = 40;

/// The messages of a script, chained and signed.
pub(crate) fn messages(text: &str, actors: &[Actor]) -> Vec<Message> {
    let (space, topic) = (cast::space(), TopicId::state());
    let mut now = START;
    let mut messages: Vec<Message> = Vec::new();
    for line in text.lines().take(LONGEST) {
        if let Some(passed) = line.strip_prefix("+ ") {
            let passed: u32 = passed.parse().unwrap_or_default();
            now = now.saturating_add(i64::from(passed));
            continue;
        }
        let mut words = line.splitn(3, ' ');
        let (name, path) = (words.next(), words.next().unwrap_or_default());
        let Some(actor) = actors
            .iter()
            .find(|actor| name.is_some_and(|name| name.chars().eq([actor.name])))
        else {
            continue;
        };
        now += 1;
        let value = with_ids(words.next().unwrap_or_default(), actors);
        let draft = Draft {
            space: &space,
            topic: &topic,
            kind: &with_ids(path, actors),
            prev_hash: messages.last().map(|message| message.message_hash),
            data: value.as_bytes(),
        };
        messages.push(draft.message(&actor.id, &actor.keys, now));
    }
    messages
}
