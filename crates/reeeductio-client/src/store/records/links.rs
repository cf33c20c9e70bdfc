//! The order of messages that have one time. Servers of the first release gave several messages one time.

use std::collections::{HashMap, HashSet};

use reeeductio_proto::{Message, MessageId};

/// Puts messages that are sorted by time, oldest first, into the order of their links.
pub(super) fn order(messages: Vec<Message>) -> Vec<Message> {
    let mut ordered = Vec::with_capacity(messages.len());
    let mut group: Vec<Message> = Vec::new();
    for message in messages {
        let same = |other: &Message| other.server_timestamp == message.server_timestamp;
        if !group.last().is_none_or(same) {
            order_group(&mut group, &mut ordered);
        }
        group.push(message);
    }
    order_group(&mut group, &mut ordered);
    ordered
}

/// Moves messages of one time. Each comes behind the one it follows; those that follow none of them come
/// in the order in which they are.
fn order_group(group: &mut Vec<Message>, ordered: &mut Vec<Message>) {
    if group.len() < 2 {
        ordered.append(group);
        return;
    }
    let ids: HashSet<MessageId> = group.iter().map(|message| message.message_hash).collect();
    let mut following: HashMap<MessageId, Vec<Message>> = HashMap::new();
    let mut ready = Vec::new();
    for message in group.drain(..) {
        match message.prev_hash {
            Some(prev) if ids.contains(&prev) => following.entry(prev).or_default().push(message),
            _ => ready.push(message),
        }
    }
    ready.reverse();
    while let Some(message) = ready.pop() {
        if let Some(mut next) = following.remove(&message.message_hash) {
            next.reverse();
            ready.append(&mut next);
        }
        ordered.push(message);
    }
    // A circle: hashes that nobody has checked.
    let mut rest: Vec<Message> = following.into_values().flatten().collect();
    rest.sort_by_key(|message| message.message_hash);
    ordered.append(&mut rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conformance::records::message;

    #[test]
    fn messages_of_one_time_follow_their_links() {
        let mut chain = vec![message(1, "general", "k", 4, None)];
        for n in 0..50 {
            let prev = chain.last().map(|message| message.message_hash);
            let time = if n < 45 { 5 } else { 6 };
            chain.push(message(1, "general", "k", time, prev));
        }
        let mut shuffled = chain.clone();
        shuffled.sort_by_key(|message| (message.server_timestamp, message.message_hash));
        assert_ne!(shuffled, chain);
        assert_eq!(order(shuffled), chain);
    }

    #[test]
    fn nothing_is_lost_of_forks_and_circles() {
        let first = message(1, "general", "a", 5, None);
        let prev = Some(first.message_hash);
        let (one, two) = (
            message(1, "general", "b", 5, prev),
            message(1, "general", "c", 5, prev),
        );
        let mut circle = message(1, "general", "d", 5, None);
        circle.prev_hash = Some(circle.message_hash);
        let ordered = order(vec![
            circle.clone(),
            two.clone(),
            one.clone(),
            first.clone(),
        ]);
        assert_eq!(ordered, [first, two, one, circle]);
    }
}
