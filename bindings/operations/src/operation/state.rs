//! State.

use reeeductio_client::{ClientError, Key, Place, Space, StatePath, TopicId};

use super::messages::range;
use super::operations;
use crate::answer::Answer;
use crate::argument::Content;

operations! {
    /// Reads the newest message at a state path.
    State { path: StatePath } -> Message,
    /// Reads the value at a state path as it is stored.
    StateValue { path: StatePath } -> Bytes,
    /// Reads and opens the value at a state path, with the space's key for state or with `key`.
    OpenState { path: StatePath, key: Option<Key> } -> Bytes,
    /// Sets the value at a state path.
    SetState { path: StatePath, data: Content, prev_hash: Place, sealed: bool, key: Option<Key> } -> Position,
    /// Deletes the value at a state path.
    DeleteState { path: StatePath } -> Position,
    /// Reads changes of state.
    StateHistory { from_timestamp: Option<i64>, to_timestamp: Option<i64>, limit: u32 } -> Page,
}

impl Operation {
    pub(super) async fn run(self, space: &Space) -> Result<Answer, ClientError> {
        let state = space.state();
        Ok(match self {
            Self::State { path } => state.entry(&path).await?.into(),
            Self::StateValue { path } => state.value(&path).await?.into(),
            Self::OpenState { path, key: None } => state.open(&path).await?.into(),
            Self::OpenState {
                path,
                key: Some(key),
            } => state.open_with(&key, &path).await?.into(),
            Self::SetState {
                path,
                data,
                prev_hash,
                sealed,
                key,
            } => {
                let content = data.content(sealed, key.as_ref());
                state.set_at(&path, content, prev_hash).await?.into()
            }
            Self::DeleteState { path } => state.delete(&path).await?.into(),
            Self::StateHistory {
                from_timestamp,
                to_timestamp,
                limit,
            } => {
                let range = range(from_timestamp, to_timestamp, limit);
                space.topic(&TopicId::state()).believed(range).await?.into()
            }
        })
    }
}
