//! Members that are none any more, and a server that gives them everything all the same.

use std::collections::BTreeMap;

use reeeductio_backend::Entry;
use reeeductio_client::{MemberId, MessageId};

use super::check::header;
use super::finish::{gone, state};
use super::world::World;

/// Nobody removed reads what was written after by a sender that knew of it.
pub(super) async fn check_removed(
    world: &World,
    members: &[MemberId],
    stored: &BTreeMap<MessageId, Entry>,
) {
    let state = state(world).await;
    let token = world.ground.server().owner_token(&world.ground.owner).await;
    for person in gone(world, members) {
        let (definition, leave) = (
            format!("auth/users/{}", person.id()),
            format!("auth/leaves/{}", person.id()),
        );
        let end = state.iter().rposition(|entry| {
            let kind = &entry.message.kind;
            (*kind == definition && entry.message.data.is_empty()) || *kind == leave
        });
        let Some(end) = end else {
            continue;
        };
        for device in world.devices_of(person) {
            device.begin(0);
            *device.wire.token.lock() = Some(token.clone());
            let view = match world.view(device).await {
                Ok(view) => view,
                Err(error) => {
                    let code = error.code_text().to_owned();
                    world
                        .ground
                        .note(&format!("{}, removed: {code}", device.name));
                    continue;
                }
            };
            let mut hidden = 0;
            for seen in view {
                let Some(entry) = stored.get(&seen.id) else {
                    continue;
                };
                let authority = header(entry).authority;
                let known = state.iter().position(|entry| {
                    let hash = entry.message.message_hash;
                    *hash.hash() == authority
                });
                let knew = known.is_some_and(|known| known >= end);
                let is_legible = !seen.shown.starts_with('[');
                if knew && is_legible {
                    let what = format!("{} was removed, and reads {seen:?}", device.name);
                    world.ground.violated(what);
                }
                hidden += usize::from(knew);
            }
            world
                .ground
                .note(&format!("{}, removed: {hidden} hidden", device.name));
            let mut tally = world.ground.tally.lock();
            *tally.done.entry("hidden".to_owned()).or_default() += hidden;
        }
    }
}
