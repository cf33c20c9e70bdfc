//! Actions of members on the state and on data entries.

use reeeductio_client::{Content, ErrorCode};
use reeeductio_proto::{DataPath, StatePath, TopicId, encoding};

use super::actions::Actor;

/// A path that all members write.
pub(super) const CONTESTED: &str = "shared/one";
/// Paths of the state that members write.
const STATE: [&str; 2] = ["notes/one", "notes/two"];
/// Paths of data entries. Those at the last one are removed at times.
const DATA: [&str; 3] = [CONTESTED, "shared/two", "shared/gone"];

impl Actor {
    /// Chooses a path, often the same one, so that its entries are replaced.
    pub(super) fn data_path(&self) -> &'static str {
        DATA[[0, 0, 0, 1, 2][self.world.dice.below(5)]]
    }

    pub(super) async fn set_state(&self) {
        let handle = self.member.handle(&self.world);
        let path = STATE[self.world.dice.below(2)];
        let label = self.member.label();
        let there = StatePath::parse(path).unwrap();
        let content = Content::Plain(label.as_bytes());
        match handle.space.state().set(&there, content).await {
            Ok(position) => {
                self.world
                    .truth
                    .acknowledged_state(path, position.timestamp);
                handle.saw(|seen| {
                    seen.message(&TopicId::state(), position.timestamp, position.hash);
                    seen.state(path, position.timestamp);
                });
                self.world.done(&handle, "set_state", path);
            }
            Err(error) => {
                self.world
                    .failed(&self.member, &handle, "set_state", &error);
            }
        }
    }

    pub(super) async fn get_state(&self) {
        let handle = self.member.handle(&self.world);
        let path = STATE[self.world.dice.below(2)];
        let acknowledged = self.world.truth.state.lock().get(path).copied();
        let seen = handle.before().state.get(path).copied();
        let floor = if self.world.lies() {
            seen
        } else {
            acknowledged
        };
        let there = StatePath::parse(path).unwrap();
        match handle.space.state().entry(&there).await {
            Ok(entry) => {
                self.world.check_message(&handle, &entry).await;
                let time = entry.server_timestamp;
                if entry.kind != path || floor.is_some_and(|floor| time < floor) {
                    let what = format!("{}: {entry:?} at {path} after {floor:?}", handle.name);
                    self.world.violated(what);
                }
                handle.saw(|seen| {
                    seen.message(&TopicId::state(), time, entry.message_hash);
                    seen.state(path, time);
                });
                self.world.done(&handle, "get_state", path);
            }
            Err(error) => {
                if error.is_not_found()
                    && let Some(floor) = floor
                {
                    let what = format!("{}: nothing at {path} after {floor}", handle.name);
                    self.world.violated(what);
                }
                self.world
                    .failed(&self.member, &handle, "get_state", &error);
            }
        }
    }

    pub(super) async fn set_data(&self, path: &str) {
        let handle = self.member.handle(&self.world);
        let there = DataPath::parse(path).unwrap();
        let label = self.member.label();
        match handle
            .space
            .data()
            .set(&there, Content::Plain(label.as_bytes()))
            .await
        {
            Ok(signed_at) => {
                self.world.truth.acknowledged_entry(&there, signed_at);
                handle.saw(|seen| seen.entry(&there, signed_at));
                self.world.done(&handle, "set_data", path);
            }
            Err(error) => {
                let ours = match error.code() {
                    Some(ErrorCode::DataClockSkew) => true,
                    // After a removal no member knows how late an entry at the path must be.
                    Some(ErrorCode::DataStale) => path != DATA[2],
                    _ => false,
                };
                if ours {
                    let what = format!("{}: set_data {path}: {error}", handle.name);
                    self.world.violated(what);
                }
                self.world.failed(&self.member, &handle, "set_data", &error);
            }
        }
    }

    pub(super) async fn get_data(&self) {
        let handle = self.member.handle(&self.world);
        let path = self.data_path();
        let there = DataPath::parse(path).unwrap();
        let floors = (self.world.acknowledged(&there), handle.before());
        match handle.space.data().entry(&there).await {
            Ok(entry) => {
                let floors = (floors.0, &floors.1);
                self.world.check_entry(&handle.name, &entry, floors);
                if entry.path != there || encoding::decode(&entry.data).is_err() {
                    let what = format!("{}: {entry:?} for {path}", handle.name);
                    self.world.violated(what);
                }
                handle.saw(|seen| seen.entry(&there, entry.signed_at));
                self.world.done(&handle, "get_data", path);
            }
            Err(error) => {
                let gone = error.is_not_found() && path != DATA[2] && floors.0.is_some();
                if gone && !self.world.lies() {
                    let what = format!("{}: nothing at {path}", handle.name);
                    self.world.violated(what);
                }
                self.world.failed(&self.member, &handle, "get_data", &error);
            }
        }
    }

    pub(super) async fn remove_data(&self) {
        let handle = self.member.handle(&self.world);
        let there = DataPath::parse(DATA[2]).unwrap();
        match handle.space.data().delete(&there).await {
            Ok(()) => self.world.done(&handle, "remove_data", ""),
            Err(error) => {
                self.world
                    .failed(&self.member, &handle, "remove_data", &error);
            }
        }
    }
}
