//! The chain of the topic `state`, as a client follows it.

use reeeductio_core::StateChain;
use reeeductio_core::chain::{Order, Page, Start, check as checked};
use reeeductio_proto::{Message, MessageId, Signature, TopicId};

use crate::cast::{actors, space};
use crate::input::lines;
use crate::script::messages;

/// A line with two numbers, where a page ends and which message is meddled with, and one that says how; then a
/// script.
///
/// An honest chain is taken in whatever the pages are, twice without harm. Whatever is done to a message is
/// noticed, and leaves the chain as it was.
pub fn check(data: &[u8]) {
    let Some([numbers, how, script]) = lines(data) else {
        return;
    };
    let messages = messages(script, &actors());
    let mut numbers = numbers
        .split(' ')
        .map(|number| number.parse::<usize>().unwrap_or(0));
    let mut below = |end: usize| numbers.next().unwrap_or(0) % end.max(1);
    let (split, target) = (below(messages.len() + 1), below(messages.len()));

    let mut chain = StateChain::new(space());
    chain
        .extend(checked(&space(), messages[..split].to_vec()))
        .expect("an honest page");
    let early = chain.clone();
    chain
        .extend(checked(&space(), messages.clone()))
        .expect("known messages come first");
    chain
        .extend(checked(&space(), messages.clone()))
        .expect("nothing new");
    assert_eq!(
        chain.head().map(|head| head.hash),
        messages.last().map(|message| message.message_hash)
    );
    assert!(
        messages
            .iter()
            .all(|message| chain.contains(&message.message_hash))
    );
    let authorized = messages
        .iter()
        .all(|message| chain.refusal(&message.message_hash).is_none());
    for order in [Order::OldestFirst, Order::NewestFirst] {
        let linked = page(&messages, order).link().expect("an honest page");
        let items = linked.judge(&chain).expect("all are in the chain");
        let believed = items.into_iter().all(|item| item.into_result().is_ok());
        assert_eq!(believed, authorized);
    }

    let mut meddled = messages.clone();
    if meddle(&mut meddled, target, how).is_none() {
        return;
    }
    let believed = page(&meddled, Order::OldestFirst)
        .link()
        .and_then(|linked| linked.judge(&chain))
        .is_ok_and(|items| items.into_iter().all(|item| item.into_result().is_ok()));
    assert!(!believed || !authorized, "{how}");
    let meddled = checked(&space(), meddled);
    assert!(
        StateChain::new(space()).extend(meddled.clone()).is_err(),
        "{how}"
    );
    let mut late = early.clone();
    if late.extend(meddled).is_err() {
        assert_eq!(late.head(), early.head());
        assert_eq!(late.view().version(), early.view().version());
    }
}

fn page(messages: &[Message], order: Order) -> Page {
    let mut messages = messages.to_vec();
    if order == Order::NewestFirst {
        messages.reverse();
    }
    Page {
        space: space(),
        topic: TopicId::state(),
        order,
        start: Start::Genesis,
        messages: checked(&space(), messages),
    }
}

/// Does something to a message that must be noticed; `None` if there is nothing to do it to.
fn meddle(messages: &mut Vec<Message>, index: usize, how: &str) -> Option<()> {
    let last = messages.len().checked_sub(1)?;
    let message = messages.get_mut(index)?;
    match how {
        "data" => message.data.push_str("AAAA"),
        "hash" => message.message_hash = MessageId::of(how.as_bytes()),
        "signature" => message.signature = Signature::from_bytes([7; 64]),
        "topic" => message.topic_id = TopicId::parse("general").ok()?,
        "type" => message.kind.push('x'),
        "sender" => {
            let others = actors();
            message.sender = others.iter().find(|actor| actor.id != message.sender)?.id;
        }
        "time" if index > 0 => message.server_timestamp = i64::MIN,
        // Nobody notices that the end is missing before something follows it.
        "drop" if index < last => drop(messages.remove(index)),
        "swap" if index < last => messages.swap(index, index + 1),
        "repeat" => {
            let again = message.clone();
            messages.insert(index, again);
        }
        _ => return None,
    }
    Some(())
}
