//! Lies about the messages of a topic.

use reeeductio_proto::api::MessageBody;
use reeeductio_proto::encoding;

use super::Lie;
use super::world::World;

/// A message as it is told, and the true one that it stands for, by its number.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) body: MessageBody,
    pub(super) of: usize,
}

/// Where a chain is lied about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The message that is told wrong.
    pub(super) target: usize,
    /// The first message that is seen before the lie, if another is to take its place or time.
    pub(super) seen: usize,
    /// How many messages are left when the newest are left out.
    pub(super) left: usize,
}

/// The truth.
pub(super) fn told(chain: &[MessageBody]) -> Vec<Told> {
    let numbered = chain.iter().cloned().enumerate();
    numbered.map(|(of, body)| Told { body, of }).collect()
}

/// Tells a lie about a chain; `false` if it is not one about chains.
pub(super) fn lie_about(chain: &mut Vec<Told>, lie: Lie, place: Place, world: &World) -> bool {
    let Place { target, seen, left } = place;
    let members = &world.members;
    match lie {
        Lie::ContentAltered => chain[target].body.data = encoding::encode(b"altered"),
        Lie::SenderSwapped => chain[target].body.sender = members.owner.user_id().to_string(),
        Lie::SignatureSwapped => {
            chain[target].body.signature = chain[target - 1].body.signature.clone();
        }
        Lie::HashWrong => {
            let wrong = &world.elsewhere.message_hash;
            chain[target].body.message_hash.clone_from(wrong);
        }
        Lie::OfAnotherTopic => chain[target].body = world.elsewhere.clone(),
        Lie::Moved => {
            let place = chain[target].body.clone();
            chain[target].body = MessageBody {
                topic_id: place.topic_id,
                kind: place.kind,
                prev_hash: place.prev_hash,
                server_timestamp: place.server_timestamp,
                ..world.elsewhere.clone()
            };
        }
        Lie::MiddleLeftOut => drop(chain.remove(target)),
        Lie::BeginningLeftOut => drop(chain.remove(0)),
        Lie::NewestLeftOut => chain.truncate(left),
        Lie::AllLeftOut => chain.clear(),
        Lie::Swapped => chain.swap(target, target + 1),
        Lie::Doubled => chain.insert(target, chain[target].clone()),
        Lie::TimeBackwards => {
            chain[target].body.server_timestamp = chain[target - 1].body.server_timestamp - 1;
        }
        Lie::TimesChanged => {
            for told in &mut chain[seen..] {
                told.body.server_timestamp += 1000;
            }
        }
        Lie::Forked => fork(chain, seen, world),
        Lie::WithoutRight => {
            let (last, time) = last(chain);
            let message = world.signed(&members.reader, &last, Some(&last), time + 1);
            append(chain, message);
        }
        Lie::RemovedAfter => {
            let (last, time) = last(chain);
            let time = time.max(world.removed_at) + 1;
            append(
                chain,
                world.signed(&members.removed, &last, Some(&last), time),
            );
        }
        Lie::RemovedBefore => {
            let (last, time) = last(chain);
            append(
                chain,
                world.signed(&members.removed, &last, Some(&last), time + 1),
            );
        }
        _ => return false,
    }
    true
}

/// Puts messages of a colluding member in the place of those from `at` on: another, dated as the one that was seen, and one after it.
fn fork(chain: &mut Vec<Told>, at: usize, world: &World) {
    let replaced = chain[at].body.clone();
    let end = chain.len().min(at + 2);
    chain.truncate(at);
    let sender = &world.members.colluding;
    for of in at..end {
        let time = replaced.server_timestamp + i64::try_from(of - at).unwrap();
        let prev = chain.last().map(|last| &last.body);
        let body = world.signed(sender, &replaced, prev, time);
        chain.push(Told { body, of });
    }
}

fn last(chain: &[Told]) -> (MessageBody, i64) {
    let last = chain.last().unwrap().body.clone();
    let time = last.server_timestamp;
    (last, time)
}

fn append(chain: &mut Vec<Told>, body: MessageBody) {
    let of = chain.len();
    chain.push(Told { body, of });
}
