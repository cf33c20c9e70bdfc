//! `reeeductio._native.Store`: the local store, in an SQLite file.
//!
//! Messages that a program puts there are kept apart from those that the client has verified; reading returns both.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::prelude::*;
use reeeductio_client::argument::{self, Argument};
use reeeductio_client::store::records::{count_messages, forget_all_seen};
use reeeductio_client::store::{self, Batch, Records};
use reeeductio_client::{ClientError, Range};
use reeeductio_proto::api::MessageBody;
use reeeductio_proto::{ChainId, Message};
use reeeductio_store_sqlite::SqliteStore;

use crate::failure::Failure;
use crate::pending::Pending;
use crate::record::{self, MessageRecord};

/// The local store of a client.
#[pyclass(frozen, module = "reeeductio._native")]
pub(crate) struct Store(Arc<SqliteStore>);

impl Store {
    pub(crate) fn shared(&self) -> Arc<dyn store::Store> {
        Arc::clone(&self.0) as Arc<dyn store::Store>
    }

    fn records(&self, space: &str) -> Argument<Records> {
        Ok(Records::new(self.shared(), argument::space(space)?))
    }
}

#[pymethods]
impl Store {
    #[new]
    #[expect(clippy::needless_pass_by_value, reason = "PyO3 gives it so")]
    fn new(py: Python<'_>, path: PathBuf) -> Result<Self, Failure> {
        // A file of an earlier release is migrated, which takes a while if it is long.
        let store = py.detach(|| SqliteStore::open(&path));
        let store = store.map_err(ClientError::from)?;
        Ok(Self(Arc::new(store)))
    }

    fn put(&self, space: &str, messages: Vec<MessageRecord>) -> Result<Pending, Failure> {
        let records = self.records(space)?;
        let given = messages
            .into_iter()
            .map(|record| parse(record).map(Arc::new))
            .collect::<Argument<_>>()?;
        let batch = Batch {
            given,
            ..Batch::default()
        };
        Ok(Pending::new(async move {
            records.save(batch).await.map_err(ClientError::from)
        }))
    }

    fn message(&self, space: &str, topic: &str, hash: &str) -> Result<Pending, Failure> {
        let records = self.records(space)?;
        let chain = ChainId::shared(argument::topic(topic)?);
        let hash = argument::message_hash(hash)?;
        Ok(Pending::new(async move {
            let found = records.all_messages().message(&chain, &hash).await?;
            Ok::<_, ClientError>(found.map(record::stored))
        }))
    }

    fn messages(
        &self,
        space: &str,
        topic: &str,
        from: Option<i64>,
        to: Option<i64>,
        limit: usize,
    ) -> Result<Pending, Failure> {
        let records = self.records(space)?;
        let chain = ChainId::shared(argument::topic(topic)?);
        let range = Range { from, to, limit };
        Ok(Pending::new(async move {
            let found = records.all_messages().messages(&chain, range).await?;
            let records: Vec<_> = found.into_iter().map(record::stored).collect();
            Ok::<_, ClientError>(records)
        }))
    }

    fn delete_messages(
        &self,
        space: &str,
        topic: Option<&str>,
        before: Option<i64>,
    ) -> Result<Pending, Failure> {
        let records = self.records(space)?;
        let topic = topic.map(argument::topic).transpose()?;
        Ok(Pending::new(async move {
            let all = records.all_messages();
            let deleted = all.delete(topic.as_ref(), before).await?;
            Ok::<_, ClientError>(deleted)
        }))
    }

    fn count(&self, space: Option<&str>) -> Result<Pending, Failure> {
        let store = Arc::clone(&self.0);
        let space = space.map(argument::space).transpose()?;
        Ok(Pending::new(async move {
            Ok::<_, ClientError>(count_messages(&*store, space.as_ref()).await?)
        }))
    }

    fn clear(&self) -> Pending {
        let store = Arc::clone(&self.0);
        Pending::new(async move { Ok::<_, ClientError>(forget_all_seen(&*store).await?) })
    }
}

fn parse(record: MessageRecord) -> Argument<Message> {
    let (message_hash, topic_id, kind, sender, signature, data, prev_hash, server_timestamp) =
        record;
    argument::message(MessageBody {
        message_hash,
        topic_id,
        kind,
        prev_hash,
        data,
        sender,
        signature,
        server_timestamp,
    })
}
