//! Hashes and signatures of messages. A signature costs some 30 µs of a core, which is most of the price of
//! reading: long runs of messages are shared out over the cores.

use std::collections::HashMap;
use std::sync::Arc;

use reeeductio_proto::{MemberId, Message, MessageError, Position, PublicKey, SpaceId};

use super::error::ChainError;

/// From how many messages per core on a thread is worth its start.
#[cfg(not(target_arch = "wasm32"))]
const SHARE: usize = 64;
/// Messages that a thread takes at a time.
#[cfg(not(target_arch = "wasm32"))]
const RUN: usize = 16;

/// A message as a server gave it, together with the verdict on its hash and signature.
#[derive(Clone, Debug)]
pub struct Checked {
    message: Arc<Message>,
    forgery: Option<MessageError>,
}

impl Checked {
    /// Checks one message.
    pub fn new(space: &SpaceId, message: Message) -> Self {
        Self {
            forgery: message.verify_by_sender(space).err(),
            message: Arc::new(message),
        }
    }

    /// The message, which may be forged.
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// Where it claims to stand.
    pub fn position(&self) -> Position {
        Position::from(&*self.message)
    }

    /// Why the message is not its sender's; `None` if it is.
    pub fn forgery(&self) -> Option<ChainError> {
        self.forgery
            .map(|error| ChainError::message(self.message.message_hash, error))
    }

    /// The message, shared; it may be forged.
    pub(crate) fn shared(&self) -> Arc<Message> {
        Arc::clone(&self.message)
    }

    pub(crate) fn into_message(self) -> Result<Arc<Message>, ChainError> {
        match self.forgery() {
            None => Ok(self.message),
            Some(error) => Err(error),
        }
    }
}

/// Checks hash and signature of each message, on as many threads as are worth it.
pub fn check(space: &SpaceId, messages: Vec<Message>) -> Vec<Checked> {
    #[cfg(not(target_arch = "wasm32"))]
    let forgeries = {
        let threads = (messages.len() / SHARE).min(cores()).max(1);
        check_on(threads, space, &messages)
    };
    #[cfg(target_arch = "wasm32")]
    let forgeries = check_run(space, &messages);
    messages
        .into_iter()
        .zip(forgeries)
        .map(|(message, forgery)| Checked {
            message: Arc::new(message),
            forgery,
        })
        .collect()
}

#[cfg(not(target_arch = "wasm32"))]
fn cores() -> usize {
    use std::sync::LazyLock;
    // Asking takes longer than checking a signature.
    static CORES: LazyLock<usize> =
        LazyLock::new(|| std::thread::available_parallelism().map_or(1, usize::from));
    *CORES
}

/// Checks on `threads` threads, of which this is one. Each takes the next few messages when it is done with its
/// last: cores are not equally fast.
#[cfg(not(target_arch = "wasm32"))]
fn check_on(threads: usize, space: &SpaceId, messages: &[Message]) -> Vec<Option<MessageError>> {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::{panic, thread};

    if threads < 2 {
        return check_run(space, messages);
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(run) = messages.chunks(RUN).nth(index) else {
                return done;
            };
            done.push((index, check_run(space, run)));
        }
    };
    let mut done = thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            // The system may have no thread to give: the others do its share.
            .filter_map(|_| thread::Builder::new().spawn_scoped(scope, work).ok())
            .collect();
        let mut done = work();
        for other in others {
            done.extend(
                other
                    .join()
                    .unwrap_or_else(|panic| panic::resume_unwind(panic)),
            );
        }
        done
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().flat_map(|(_, run)| run).collect()
}

fn check_run(space: &SpaceId, messages: &[Message]) -> Vec<Option<MessageError>> {
    // The senders' keys, each unpacked once.
    let mut keys: HashMap<MemberId, PublicKey> = HashMap::new();
    let mut verify = |message: &Message| {
        let key = if let Some(key) = keys.get(&message.sender) {
            *key
        } else {
            let key = PublicKey::parse(message.sender.public_key())?;
            keys.insert(message.sender, key);
            key
        };
        message.verify(space, &key)
    };
    messages
        .iter()
        .map(|message| verify(message).err())
        .collect()
}

// Where there are no threads there is nothing to compare.
#[cfg(not(target_arch = "wasm32"))]
#[cfg(test)]
mod tests {
    use reeeductio_proto::{Signature, TopicId};

    use super::*;
    use crate::{Draft, Identity};

    #[test]
    fn on_any_number_of_threads_the_same_messages_are_found_to_be_forged() {
        let owner = Identity::from_seed(&[1; 32]);
        let space = owner.space_id();
        let topic = TopicId::parse("general").unwrap();
        let mut messages: Vec<Message> = (0..150_u8)
            .map(|n| {
                let draft = Draft {
                    space: &space,
                    topic: &topic,
                    kind: "chat.text",
                    prev_hash: None,
                    data: &[n],
                };
                draft.message(&owner.user_id(), &owner, 0)
            })
            .collect();
        let forged = |threads: usize, messages: &[Message]| -> Vec<usize> {
            let verdicts = check_on(threads, &space, messages);
            assert_eq!(verdicts.len(), messages.len());
            (0..)
                .zip(verdicts)
                .filter(|(_, error)| error.is_some())
                .map(|(n, _)| n)
                .collect()
        };
        for threads in 1..=12 {
            assert!(forged(threads, &messages).is_empty());
            assert!(forged(threads, &[]).is_empty());
        }
        for wrong in [140, 70, 71, 149] {
            messages[wrong].signature = Signature::from_bytes([0; 64]);
        }
        messages[3].data.push('A');
        for threads in 1..=12 {
            assert_eq!(
                forged(threads, &messages),
                [3, 70, 71, 140, 149],
                "{threads}"
            );
        }
        assert_eq!(check(&space, messages).len(), 150);
    }
}
