//! Hashes and signatures of messages. A signature costs some 30 µs of a core, which is most of the price of
//! reading: long runs of messages are shared out over the cores.

use std::collections::HashMap;

use reeeductio_proto::{MemberId, Message, PublicKey, SpaceId};

use super::error::ChainError;

/// From how many messages per core on a thread is worth its start.
#[cfg(not(target_arch = "wasm32"))]
const SHARE: usize = 64;

/// Checks hash and signature of all. If several are wrong, the error is about the first.
pub(super) fn check_signatures(space: &SpaceId, messages: &[Message]) -> Result<(), ChainError> {
    #[cfg(not(target_arch = "wasm32"))]
    {
        let shares = (messages.len() / SHARE).min(cores()).max(1);
        check_on(shares, space, messages)
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

/// Checks on `shares` threads, of which this is one.
#[cfg(not(target_arch = "wasm32"))]
fn check_on(shares: usize, space: &SpaceId, messages: &[Message]) -> Result<(), ChainError> {
    use std::{panic, thread};

    let mut runs = messages.chunks(messages.len().div_ceil(shares).max(1));
    let Some(first) = runs.next() else {
        return Ok(());
    };
    thread::scope(|scope| {
        let others: Vec<_> = runs
            .map(|run| {
                let started =
                    thread::Builder::new().spawn_scoped(scope, move || check_run(space, run));
                (run, started)
            })
            .collect();
        let mut result = check_run(space, first);
        for (run, started) in others {
            result = result.and_then(|()| match started {
                Ok(thread) => thread
                    .join()
                    .unwrap_or_else(|panic| panic::resume_unwind(panic)),
                // The system has no thread to give.
                Err(_) => check_run(space, run),
            });
        }
        result
    })
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
        let mut messages: Vec<Message> = (0..23_u8)
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
        for shares in 1..=30 {
            check_on(shares, &space, &messages).unwrap();
            assert!(check_on(shares, &space, &[]).is_ok());
        }
        for wrong in [17, 9, 22] {
            messages[wrong].signature = Signature::from_bytes([0; 64]);
        }
        for shares in 1..=30 {
            let error = check_on(shares, &space, &messages).unwrap_err();
            let id = messages[9].message_hash.to_string();
            assert!(error.to_string().contains(&id), "{shares}: {error}");
        }
    }
}
