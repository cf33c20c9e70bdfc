//! A history of the topic `general`, as a server would serve it whose history it is.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reeeductio_client::Identity;
use reeeductio_proto::Message;
use reeeductio_proto::api::{MessageBody, MessagePage};
use serde_json::json;

use crate::meddled::Meddled;
use crate::rig::{Rig, topic};

/// Most messages of a page.
const PAGE: usize = 1000;

/// Changes the lists of the topic `general`.
pub(crate) fn listing(
    network: &Meddled,
    mut change: impl FnMut(&mut Vec<MessageBody>) + Send + 'static,
) {
    network.with(move |route, _, body| {
        if route.starts_with("topics/general/messages?") {
            let mut page: MessagePage = serde_json::from_slice(body).unwrap();
            change(&mut page.messages);
            *body = serde_json::to_vec(&page).unwrap();
        }
    });
}

/// Serves another history of the topic `general`. Counts the messages that lists gave, each once.
pub(crate) fn serve(network: &Meddled, history: &[MessageBody]) -> Arc<AtomicUsize> {
    serve_pages_of(PAGE, network, history)
}

/// [`serve`], with pages as long as the server likes.
pub(crate) fn serve_pages_of(
    longest: usize,
    network: &Meddled,
    history: &[MessageBody],
) -> Arc<AtomicUsize> {
    let history = history.to_vec();
    let given = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&given);
    let mut seen = HashSet::new();
    network.with(move |route, status, body| {
        if let Some(query) = route.strip_prefix("topics/general/messages?") {
            let page = page(&history, query, longest);
            let ids = page.messages.iter();
            seen.extend(ids.map(|message| message.message_hash.clone()));
            count.store(seen.len(), Ordering::SeqCst);
            (*status, *body) = (200, serde_json::to_vec(&page).unwrap());
        } else if let Some(id) = route.strip_prefix("topics/general/messages/") {
            let found = history.iter().find(|message| message.message_hash == id);
            (*status, *body) = match found {
                Some(message) => (200, serde_json::to_vec(message).unwrap()),
                None => (404, json!({"code": "message.not_found"}).to_string().into()),
            };
        }
    });
    given
}

/// Returns the answer of a server with this history to a query for a list, in pages of `longest` messages.
pub(crate) fn page(history: &[MessageBody], query: &str, longest: usize) -> MessagePage {
    let value = |name: &str| {
        let given = query.split('&').find_map(|pair| pair.strip_prefix(name));
        given.map(|value| value.parse::<i64>().unwrap())
    };
    let (from, to) = (value("from="), value("to="));
    let newest_first = from > to && to.is_some();
    let (low, high) = if newest_first { (to, from) } else { (from, to) };
    let inside = |message: &&MessageBody| {
        let time = message.server_timestamp;
        low.is_none_or(|low| low <= time) && high.is_none_or(|high| time <= high)
    };
    let mut messages: Vec<MessageBody> = history.iter().filter(inside).cloned().collect();
    if newest_first {
        messages.reverse();
    }
    let limit = usize::try_from(value("limit=").unwrap())
        .unwrap()
        .min(longest);
    let has_more = messages.len() > limit;
    messages.truncate(limit);
    MessagePage { messages, has_more }
}

pub(crate) fn bodies(messages: &[Message]) -> Vec<MessageBody> {
    messages.iter().map(body).collect()
}

pub(crate) fn body(message: &Message) -> MessageBody {
    serde_json::from_str(&frame(message)).unwrap()
}

/// A message as streams send it.
pub(crate) fn frame(message: &Message) -> String {
    let mut json = Vec::new();
    message.write_json(&mut json);
    String::from_utf8(json).unwrap()
}

/// Messages of one sender that follow each other, of these times and contents.
pub(crate) fn chain<const N: usize>(
    rig: &Rig,
    sender: &Identity,
    messages: [(i64, &str); N],
) -> [Message; N] {
    let mut prev = None;
    messages.map(|(time, text)| {
        let message = signed(rig, sender, prev.as_ref(), time, text.as_bytes());
        prev = Some(message.clone());
        message
    })
}

/// A message after `prev`, as the server would make one if it had the sender's key.
pub(crate) fn signed(
    rig: &Rig,
    sender: &Identity,
    prev: Option<&Message>,
    time: i64,
    data: &[u8],
) -> Message {
    let draft = reeeductio_core::Draft {
        space: &rig.owner.id(),
        topic: &topic("general"),
        kind: "n",
        prev_hash: prev.map(|prev| prev.message_hash),
        data,
    };
    draft.message(&sender.user_id(), sender, time)
}
