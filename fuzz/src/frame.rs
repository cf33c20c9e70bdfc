//! The frames that a server sends over a stream, as a client takes them.

use std::time::Duration;

use reeeductio_client::{Frame, LiveOptions};
use reeeductio_core::Draft;
use reeeductio_proto::{Message, TopicId};
use tokio::runtime::Builder;

use crate::answer::{Script, network, reader};
use crate::cast::{owner, space};
use crate::input::text;
use crate::script::START;

/// Frames that are sent; more would say nothing new.
const LONGEST: usize = 40;

/// A frame in each line. A line `! text` stands for an honest message of the owner, `! ` and a number that begins
/// with `-` for one that is sent again.
///
/// Whatever comes, the client hands over only what the owner signed, in one unbroken chain, and answers each
/// `ping` with one `pong`.
pub fn check(data: &[u8]) {
    let Some(text) = text(data) else {
        return;
    };
    let frames = frames(text);
    let (script, pongs) = Script::of_frames(&frames);
    let network = network(script);
    // The client's timers need a runtime; no time passes on them here.
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let options = LiveOptions {
        first_pause: Duration::ZERO,
        longest_pause: Duration::ZERO,
        ..LiveOptions::default()
    };
    let live = runtime.block_on(reader(&network).live_with(options));
    let mut live = live.expect("an honest beginning");
    let (mut pings, mut newest) = (0, None);
    // An error about one frame does not end the stream; being refused when it connects again does.
    loop {
        match runtime.block_on(live.next_frame()) {
            Ok(Some(Frame::Message(message))) => {
                assert_eq!(message.verify_by_sender(&space()), Ok(()));
                assert!(space().is_owned_by(&message.sender));
                if newest.is_some() {
                    assert_eq!(message.prev_hash, newest, "a message is missing");
                }
                newest = Some(message.message_hash);
            }
            Ok(Some(Frame::Ping)) => pings += 1,
            Ok(Some(Frame::Refused(refused))) => assert!(!refused.to_string().is_empty()),
            Ok(None) => break,
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    assert_eq!(pongs.count(), pings);
}

fn frames(text: &str) -> Vec<String> {
    let (space, topic, keys) = (space(), TopicId::parse("general").unwrap(), owner());
    let mut sent: Vec<Message> = Vec::new();
    let mut frames = Vec::new();
    for line in text.lines().take(LONGEST) {
        let Some(content) = line.strip_prefix("! ") else {
            frames.push(line.to_owned());
            continue;
        };
        let again = content.strip_prefix('-').and_then(|back| back.parse().ok());
        let message = match again.and_then(|back| sent.iter().rev().nth(back)) {
            Some(again) => again.clone(),
            None => Draft {
                space: &space,
                topic: &topic,
                kind: "chat.text",
                prev_hash: sent.last().map(|message| message.message_hash),
                data: content.as_bytes(),
            }
            .message(
                &keys.user_id(),
                &keys,
                START + i64::try_from(sent.len()).unwrap(),
            ),
        };
        let mut json = Vec::new();
        message.write_json(&mut json);
        frames.push(String::from_utf8(json).unwrap());
        if again.is_none() {
            sent.push(message);
        }
    }
    frames
}
