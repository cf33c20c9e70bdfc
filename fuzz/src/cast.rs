//! Actors of the properties: keys made of fixed seeds, and their ids in scripts.

use reeeductio_core::Identity;
use reeeductio_proto::{MemberId, SpaceId};

/// The owner of the space.
pub(crate) fn owner() -> Identity {
    Identity::from_seed(&[1; 32])
}

/// The space.
pub(crate) fn space() -> SpaceId {
    owner().space_id()
}

/// Somebody who can act: how scripts call it, its id and its key.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    pub(crate) name: char,
    pub(crate) id: MemberId,
    pub(crate) keys: Identity,
}

/// The owner under both of its ids, three users and two tools.
pub(crate) fn actors() -> Vec<Actor> {
    let actor = |name, seed, id: fn(&Identity) -> MemberId| {
        let keys = Identity::from_seed(&[seed; 32]);
        let id = id(&keys);
        Actor { name, id, keys }
    };
    vec![
        actor('o', 1, Identity::user_id),
        actor('s', 1, |keys| MemberId::owner_of(keys.space_id())),
        actor('a', 2, Identity::user_id),
        actor('b', 3, Identity::user_id),
        actor('c', 4, Identity::user_id),
        actor('t', 5, Identity::tool_id),
        actor('u', 6, Identity::tool_id),
    ]
}

/// Puts the ids of actors where a text says `@` and their name.
pub(crate) fn with_ids(text: &str, actors: &[Actor]) -> String {
    let mut parts = text.split('@');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let named = part
            .chars()
            .next()
            .and_then(|name| actors.iter().find(|actor| actor.name == name));
        if let Some(actor) = named {
            whole.push_str(&actor.id.to_string());
            whole.push_str(&part[actor.name.len_utf8()..]);
        } else {
            whole.push('@');
            whole.push_str(part);
        }
    }
    whole
}
