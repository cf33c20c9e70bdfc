//! Comparing what a server shows with what it has shown before.

use std::collections::{HashMap, HashSet};

use reeeductio_proto::{Message, MessageId, Position, TopicId};

use super::error::ChainError;

/// Checks that messages seen before are among those a server shows now, oldest first.
///
/// `seen` must lie within the part of the topic that `shown` claims to be all of. A missing message is either
/// withheld, or the topic ends earlier than it did, or another message is in its place: then there are two
/// histories. The error says which.
pub fn check_seen<'a>(
    topic: &TopicId,
    seen: &[Position],
    shown: impl Iterator<Item = &'a Message> + Clone,
) -> Result<(), ChainError> {
    let there: HashSet<MessageId> = shown.clone().map(|message| message.message_hash).collect();
    let missing = seen.iter().find(|position| !there.contains(&position.hash));
    let Some(missing) = missing else {
        return Ok(());
    };
    let known = missing.hash;
    let withheld = || ChainError::Withheld {
        what: format!("message {known} of topic {topic}"),
    };
    if shown
        .clone()
        .any(|message| message.prev_hash == Some(known))
    {
        return Err(withheld());
    }
    let empty = shown.clone().next().is_none();
    let instead = shown
        .into_iter()
        .find(|message| message.server_timestamp >= missing.timestamp);
    Err(match instead {
        Some(found) => ChainError::Forked {
            topic: topic.clone(),
            known,
            found: found.message_hash,
        },
        None if empty => withheld(),
        None => ChainError::Older {
            what: format!("the end of topic {topic}"),
        },
    })
}

/// Checks that messages seen before are shown with the time that they had.
pub fn check_times<'a>(
    seen: impl IntoIterator<Item = Position>,
    shown: impl Iterator<Item = &'a Message>,
) -> Result<(), ChainError> {
    let shown = shown.map(Position::from);
    let times: HashMap<MessageId, i64> = shown.map(|at| (at.hash, at.timestamp)).collect();
    let changed = |seen: &Position| {
        let time = times.get(&seen.hash);
        time.is_some_and(|time| *time != seen.timestamp)
    };
    match seen.into_iter().find(changed) {
        Some(changed) => Err(ChainError::Time(changed.hash)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Draft, Identity};

    fn message(kind: &str, time: i64, prev: Option<&Message>) -> Message {
        let owner = Identity::from_seed(&[1; 32]);
        let draft = Draft {
            space: &owner.space_id(),
            topic: &TopicId::parse("general").unwrap(),
            kind,
            prev_hash: prev.map(|prev| prev.message_hash),
            data: b"",
        };
        draft.message(&owner.user_id(), &owner, time)
    }

    #[test]
    fn a_time_never_changes() {
        let (first, redated) = (message("1", 1, None), message("1", 2, None));
        let check = |seen: &Message, shown: &Message| {
            let shown = std::iter::once(shown);
            check_times([Position::from(seen)], shown).map_err(|error| error.code())
        };
        assert_eq!(first.message_hash, redated.message_hash);
        assert_eq!(check(&first, &first), Ok(()));
        assert_eq!(check(&first, &redated), Err("verify.chain_time"));
        assert_eq!(check(&first, &message("2", 2, None)), Ok(()));
    }

    #[test]
    fn what_is_missing_is_named_for_what_it_is() {
        let first = message("1", 1, None);
        let second = message("2", 2, Some(&first));
        let third = message("3", 3, Some(&second));
        let fork = message("fork", 3, Some(&first));
        let topic = TopicId::parse("general").unwrap();
        let check = |seen: &[&Message], shown: &[&Message]| {
            let seen: Vec<Position> = seen.iter().map(|seen| Position::from(*seen)).collect();
            let shown = shown.iter().copied();
            check_seen(&topic, &seen, shown).map_err(|error| error.code())
        };
        assert_eq!(check(&[], &[]), Ok(()));
        assert_eq!(check(&[&first, &third], &[&first, &second, &third]), Ok(()));
        assert_eq!(check(&[&second], &[&first, &third]), Err("verify.withheld"));
        assert_eq!(check(&[&second], &[&first, &fork]), Err("verify.fork"));
        assert_eq!(
            check(&[&third], &[&first, &second]),
            Err("verify.rolled_back")
        );
        assert_eq!(check(&[&third], &[]), Err("verify.withheld"));
    }
}
