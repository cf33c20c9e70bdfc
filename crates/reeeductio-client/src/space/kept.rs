//! The local store of a handle: records, or for the TypeScript package the earlier kind of store.

use std::sync::Arc;

use reeeductio_core::replica::Range;
use reeeductio_proto::{ChainId, DataPath, Message, MessageId, Position, SpaceId, TopicId};

use crate::store::{Batch, LocalStore, Records, Store, StoreError, local};

/// The local store of a handle. When [`LocalStore`] goes, [`Records`] takes its place.
#[derive(Debug)]
pub(super) enum Kept {
    Records(Records),
    Typed(Arc<dyn LocalStore>, SpaceId),
}

impl Kept {
    pub(super) fn of(
        store: Option<Arc<dyn Store>>,
        typed: Option<Arc<dyn LocalStore>>,
        space: SpaceId,
    ) -> Option<Self> {
        match (store, typed) {
            (Some(store), _) => Some(Self::Records(Records::new(store, space))),
            (None, Some(typed)) => Some(Self::Typed(typed, space)),
            (None, None) => None,
        }
    }

    pub(super) fn records(&self) -> Option<&Records> {
        match self {
            Self::Records(records) => Some(records),
            Self::Typed(..) => None,
        }
    }

    pub(super) async fn save(&self, batch: Batch) -> Result<(), StoreError> {
        match self {
            Self::Records(records) => records.save(batch).await,
            Self::Typed(store, space) => store.save(space, typed(batch)?).await,
        }
    }

    pub(super) async fn message(
        &self,
        topic: &TopicId,
        id: &MessageId,
    ) -> Result<Option<Message>, StoreError> {
        match self {
            Self::Records(records) => records.message(&shared(topic), id).await,
            Self::Typed(store, space) => store.message(space, topic, id).await,
        }
    }

    pub(super) async fn messages(
        &self,
        topic: &TopicId,
        range: Range,
    ) -> Result<Vec<Message>, StoreError> {
        match self {
            Self::Records(records) => records.messages(&shared(topic), range).await,
            Self::Typed(store, space) => store.messages(space, topic, range).await,
        }
    }

    pub(super) async fn head(&self, topic: &TopicId) -> Result<Option<Position>, StoreError> {
        match self {
            Self::Records(records) => records.head(&shared(topic)).await,
            Self::Typed(store, space) => store.head(space, topic).await,
        }
    }

    pub(super) async fn signed_time(&self, path: &DataPath) -> Result<Option<i64>, StoreError> {
        match self {
            Self::Records(records) => records.signed_time(path).await,
            Self::Typed(store, space) => store.signed_time(space, path).await,
        }
    }
}

/// A batch for a store of the earlier kind, which has no room for anything else.
fn typed(batch: Batch) -> Result<local::Batch, StoreError> {
    let Batch {
        messages,
        heads,
        signed_times,
        ..
    } = &batch;
    let known = messages.len() + heads.len() + signed_times.len();
    if batch.len() != known || heads.iter().any(|(chain, _)| chain.lane.is_some()) {
        let error = "it keeps messages, heads of topics and signed times only".to_owned();
        return Err(StoreError::Unavailable(error));
    }
    Ok(local::Batch {
        messages: batch.messages,
        heads: batch.heads,
        signed_times: batch.signed_times,
    })
}

fn shared(topic: &TopicId) -> ChainId {
    ChainId::shared(topic.clone())
}
