//! The end of a run: the world is honest and online, and everybody reads.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use reeeductio_backend::Entry;
use reeeductio_client::{ClientError, MemberId, MessageId, TopicId};
use reeeductio_proto::TargetChange;

use super::actions::{text, topic};
use super::check::{View, header};
use super::device::{Device, Person};
use super::world::{Change, World};

/// Lets everybody write and read once more, and compares.
pub(super) async fn finish(world: &World) {
    let owner = &world.devices[0];
    owner.begin(0);
    // Somebody may have left: the owner begins the epoch that is needed.
    if let Err(error) = last_post(world, owner).await {
        let what = format!("the owner cannot post in the end: {error:?}");
        return world.ground.violated(what);
    }
    let members = match members(owner).await {
        Ok(members) => members,
        Err(error) => return world.ground.violated(format!("members: {error:?}")),
    };
    let mut devices = Vec::new();
    for device in &world.devices {
        device.begin(0);
        let is_member = device.person.is_owner() || members.contains(&device.person.id());
        if is_member && !device.is_forked.load(Ordering::Relaxed) {
            devices.push(Arc::clone(device));
        }
    }
    devices.push(Arc::new(Device::fresh(&world.ground, &world.people[0])));
    // All write before anybody reads: what was in doubt is stored with the last message at the latest.
    for device in &devices {
        write_last(world, device, owner).await;
    }
    let mut views = BTreeMap::new();
    for device in &devices {
        read_all(world, device, &mut views).await;
    }
    compare_views(world, &views);
    let stored = world.stored(owner).await;
    check_acknowledged(world, &stored, &views[&owner.name]);
    super::removed::check_removed(world, &members, &stored).await;
}

async fn members(owner: &Device) -> Result<Vec<MemberId>, ClientError> {
    owner.space().await?.members().list().await
}

async fn last_post(world: &World, device: &Device) -> Result<(), ClientError> {
    let space = device.space().await?;
    space.refresh().await?;
    let draft = device.draft.lock().take();
    if let Some((label, message)) = draft {
        // It was tried before.
        let posted = space.topic(&topic()).post(&message).await?;
        world.acknowledged(&label, device, posted, Change::Posted);
    }
    let label = device.person.label();
    let posted = space.topic(&topic()).post(&text(&label)).await?;
    world.acknowledged(&label, device, posted, Change::Posted);
    Ok(())
}

async fn write_last(world: &World, device: &Device, owner: &Device) {
    let is_writer = is_keyed(world, device, owner).await && device.person.role != "viewer";
    if is_writer && let Err(error) = last_post(world, device).await {
        let what = format!("{} cannot post in the end: {error:?}", device.name);
        world.ground.violated(what);
    }
}

async fn read_all(world: &World, device: &Arc<Device>, views: &mut BTreeMap<String, Vec<View>>) {
    let ground = &world.ground;
    let compared = async {
        let space = device.space().await?;
        world.read_forward(device, &space, true).await?;
        world.compare_honest(device, &space).await
    };
    if let Err(error) = compared.await {
        ground.violated(format!("{} cannot read in the end: {error:?}", device.name));
    }
    match world.view(device).await {
        Ok(view) => drop(views.insert(device.name.clone(), view)),
        Err(error) => {
            ground.violated(format!("{} has no view in the end: {error:?}", device.name));
        }
    }
}

/// Returns whether the member has the newest root, after the owner has given it to a member that has published its key.
async fn is_keyed(world: &World, device: &Device, owner: &Device) -> bool {
    // The others find the wrap that one device of a member was given.
    let mut of_member = world.devices.iter().filter(|other| {
        other.person.name == device.person.name && !other.is_forked.load(Ordering::Relaxed)
    });
    let is_first = of_member
        .next()
        .is_some_and(|first| first.name == device.name);
    if device.person.is_owner() || !is_first {
        return true;
    }
    let keyed = async {
        let space = device.space().await?;
        space.members().publish_key().await?;
        let giver = owner.space().await?;
        giver.members().give_key(device.person.id()).await
    };
    match keyed.await {
        Ok(()) => true,
        Err(error) => {
            let what = format!("{} gets no key in the end: {error:?}", device.name);
            world.ground.violated(what);
            false
        }
    }
}

/// Views are the same, but for what somebody who came later cannot read.
fn compare_views(world: &World, views: &BTreeMap<String, Vec<View>>) {
    let truth = &views["owner.1"];
    for (name, view) in views {
        for (one, other) in truth.iter().zip(view) {
            let is_hidden = other.shown == "[key]" && !name.starts_with("owner");
            let other = View {
                shown: if is_hidden {
                    one.shown.clone()
                } else {
                    other.shown.clone()
                },
                ..other.clone()
            };
            if *one != other {
                let what = format!("owner.1 sees {one:?}, {name} sees {other:?}");
                world.ground.violated(what);
            }
        }
        if view.len() != truth.len() {
            let what = format!("{name} sees other messages: {view:?}, not {truth:?}");
            world.ground.violated(what);
        }
    }
}

/// An acknowledged message is stored, once, and shown as the newest of its changes.
fn check_acknowledged(world: &World, stored: &BTreeMap<MessageId, Entry>, view: &[View]) {
    let acknowledged = world.truth.lock().acknowledged.clone();
    let mut changes: BTreeMap<MessageId, (u64, MessageId, bool)> = BTreeMap::new();
    for entry in stored.values() {
        let Some(target) = header(entry).target else {
            continue;
        };
        let change = (
            entry.leaf.number,
            entry.message.message_hash,
            target.change == TargetChange::Delete,
        );
        let of = MessageId::from_hash(target.message);
        let newest = changes.entry(of).or_insert(change);
        *newest = change.max(*newest);
    }
    for post in &acknowledged {
        let id = post.posted.position.hash;
        let is_stored = stored.get(&id).is_some_and(|entry| {
            let position = (entry.message.server_timestamp, entry.leaf.number);
            position == (post.posted.position.timestamp, post.posted.number)
        });
        if !is_stored {
            let what = format!("{post:?} was acknowledged, and is not stored");
            world.ground.violated(what);
        }
        let Some(seen) = view.iter().find(|seen| seen.id == id) else {
            continue;
        };
        let of = match post.change {
            Change::Posted => id,
            Change::Of(target) => target,
        };
        let expected = match changes.get(&of) {
            None => post.label.clone(),
            // A change itself is shown as it was made.
            Some((_, _, true)) if post.change != Change::Posted => continue,
            Some((_, _, true)) => "[deleted]".to_owned(),
            Some((_, by, false)) if *by == id => post.label.clone(),
            // The newest edit, of which the label may not be known.
            Some(_) => continue,
        };
        if seen.shown != expected {
            let what = format!("{post:?} is shown as {seen:?}, not as {expected}");
            world.ground.violated(what);
        }
    }
    let mut labels: BTreeMap<&str, usize> = BTreeMap::new();
    for seen in view.iter().filter(|seen| !seen.shown.starts_with('[')) {
        // An edit and what it changed show the same.
        let is_change = stored
            .get(&seen.id)
            .is_some_and(|entry| header(entry).target.is_some());
        if !is_change {
            *labels.entry(&seen.shown).or_default() += 1;
        }
    }
    if let Some((label, count)) = labels.into_iter().find(|(_, count)| *count > 1) {
        let what = format!("{label} was posted once, and is there {count} times");
        world.ground.violated(what);
    }
}

/// The topic `state` as it is stored.
pub(super) async fn state(world: &World) -> Vec<Entry> {
    let (server, space) = (world.ground.server(), world.ground.space());
    server.topic(space, &TopicId::state()).await
}

/// The people who are no members in the end.
pub(super) fn gone<'a>(
    world: &'a World,
    members: &'a [MemberId],
) -> impl Iterator<Item = &'a Arc<Person>> {
    let people = world.people[1..].iter();
    people.filter(|person| !members.contains(&person.id()))
}
