//! Users, members, keepers and owners of an app that write what an honest client never writes.

mod directory;
mod keeper;
mod removed;
mod server;
mod sizes;
mod users;

use reeeductio_client::{Channel, ClientError, Identity, MemberId, PolicySpace, Space, SpaceId};
use reeeductio_testkit::{Answer, Member};

use crate::person::Person;
use crate::rig::Rig;

fn code<T: std::fmt::Debug>(result: Result<T, ClientError>) -> String {
    result.unwrap_err().code_text().to_owned()
}

/// A member by raw HTTP.
async fn raw(rig: &Rig, space: SpaceId, id: MemberId, keys: &Identity) -> Member {
    Member::sign_in(&rig.server.url(), space, id, keys.clone()).await
}

/// A user of the app by raw HTTP.
async fn raw_user(rig: &Rig, user: &Person) -> Member {
    raw(rig, rig.app.id(), user.id(), &user.keys).await
}

/// Writes an entry of the state as it is given.
async fn write(member: &Member, entry: &reeeductio_core::StateEntry) -> Answer {
    let value = entry.value.as_bytes();
    member.set_bytes(entry.path.as_str(), value).await
}

/// A member's handle.
async fn open(rig: &Rig, space: SpaceId, id: MemberId, keys: &Identity) -> PolicySpace {
    let builder = Space::builder(&rig.server.url());
    let opened = PolicySpace::open(builder, space, id, keys.clone());
    opened.await.unwrap()
}

/// Writes an entry as the channel's creator, whatever it is.
async fn put(channel: &Channel, entry: &reeeductio_core::StateEntry) {
    let state = channel.space().state();
    let written = state.put(&entry.path, entry.value.as_bytes()).await;
    written.unwrap();
}
