//! Hashes and signatures of messages. A signature costs some 30 µs of a core, which is most of the price of
//! reading: long runs of messages are shared out over the cores.

use std::collections::HashMap;

use reeeductio_proto::{MemberId, Message, PublicKey, SpaceId};

use super::error::ChainError;

/// From how many messages per core on a thread is worth its start.
#[cfg(not(target_arch = "wasm32"))]
const SHARE: usize = 64;
/// Messages that a thread takes at a time.
#[cfg(not(target_arch = "wasm32"))]
const RUN: usize = 16;

/// Checks hash and signature of all. If several are wrong, the error is about the first.
pub(super) fn check_signatures(space: &SpaceId, messages: &[Message]) -> Result<(), ChainError> {
    #[cfg(not(target_arch = "wasm32"))]
    {
        let threads = (messages.len() / SHARE).min(cores()).max(1);
        check_on(threads, space, messages)
    }
    #[cfg(target_arch = "wasm32")]
    check_run(space, messages)
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
fn check_on(threads: usize, space: &SpaceId, messages: &[Message]) -> Result<(), ChainError> {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::{panic, thread};

    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(run) = messages.chunks(RUN).nth(index) else {
                return Ok(());
            };
            check_run(space, run).map_err(|error| (index, error))?;
        }
    };
    let results = thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            // The system may have no thread to give: the others do its share.
            .filter_map(|_| thread::Builder::new().spawn_scoped(scope, work).ok())
            .collect();
        let mut results = vec![work()];
        results.extend(others.into_iter().map(|other| {
            other
                .join()
                .unwrap_or_else(|panic| panic::resume_unwind(panic))
        }));
        results
    });
    // Whoever found the first had all before it checked, by itself or others.
    let errors = results.into_iter().filter_map(Result::err);
    match errors.min_by_key(|(index, _)| *index) {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}

fn check_run(space: &SpaceId, messages: &[Message]) -> Result<(), ChainError> {
    // The senders' keys, each unpacked once.
    let mut keys: HashMap<MemberId, PublicKey> = HashMap::new();
    for message in messages {
        let fail = |error| ChainError::message(message.message_hash, error);
        let key = if let Some(key) = keys.get(&message.sender) {
            *key
        } else {
            let key = PublicKey::parse(message.sender.public_key())
                .map_err(|error| ChainError::message(message.message_hash, error))?;
            keys.insert(message.sender, key);
            key
        };
        message.verify(space, &key).map_err(fail)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use reeeductio_proto::{Signature, TopicId};

    use super::*;
    use crate::{Draft, Identity};

    #[test]
    fn on_any_number_of_threads_the_first_wrong_signature_is_named() {
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
        for threads in 1..=12 {
            check_on(threads, &space, &messages).unwrap();
            assert!(check_on(threads, &space, &[]).is_ok());
        }
        for wrong in [140, 70, 71, 149] {
            messages[wrong].signature = Signature::from_bytes([0; 64]);
        }
        for threads in 1..=12 {
            let error = check_on(threads, &space, &messages).unwrap_err();
            let id = messages[70].message_hash.to_string();
            assert!(error.to_string().contains(&id), "{threads}: {error}");
        }
    }
}
