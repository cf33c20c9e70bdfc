//! State.

use pyo3::prelude::*;
use reeeductio_client::{ClientError, Content, Range, TopicId, argument};

use super::Space;
use super::messages::place;
use crate::failure::Failure;
use crate::pending::Pending;
use crate::record;

#[pymethods]
impl Space {
    /// The newest message at a path.
    fn state(&self, path: &str) -> Result<Pending, Failure> {
        let (space, path) = (self.0.clone(), argument::state_path(path)?);
        Ok(Pending::new(async move {
            let message = space.state().entry(&path).await?;
            Ok::<_, ClientError>(record::message(message))
        }))
    }

    fn plaintext_state(&self, path: &str) -> Result<Pending, Failure> {
        let (space, path) = (self.0.clone(), argument::state_path(path)?);
        Ok(Pending::new(
            async move { space.state().value(&path).await },
        ))
    }

    fn encrypted_state(&self, path: &str, key: Option<&[u8]>) -> Result<Pending, Failure> {
        let (space, path) = (self.0.clone(), argument::state_path(path)?);
        let key = key.map(|key| argument::key("key", key)).transpose()?;
        Ok(Pending::new(async move {
            match key {
                None => space.state().open(&path).await,
                Some(key) => space.state().open_with(&key, &path).await,
            }
        }))
    }

    fn set_state(
        &self,
        path: &str,
        data: Vec<u8>,
        prev_hash: Option<&str>,
    ) -> Result<Pending, Failure> {
        let (space, path) = (self.0.clone(), argument::state_path(path)?);
        let place = place(prev_hash)?;
        Ok(Pending::new(async move {
            let content = Content::Plain(&data);
            let posted = space.state().set_at(&path, content, place).await?;
            Ok::<_, ClientError>(record::posted(posted))
        }))
    }

    fn delete_state(&self, path: &str) -> Result<Pending, Failure> {
        let (space, path) = (self.0.clone(), argument::state_path(path)?);
        Ok(Pending::new(async move {
            let posted = space.state().delete(&path).await?;
            Ok::<_, ClientError>(record::posted(posted))
        }))
    }

    fn state_history(&self, from: Option<i64>, to: Option<i64>, limit: usize) -> Pending {
        let space = self.0.clone();
        let range = Range { from, to, limit };
        Pending::new(async move {
            let (messages, _) = space.topic(&TopicId::state()).believed(range).await?;
            let records: Vec<_> = messages.into_iter().map(record::message).collect();
            Ok::<_, ClientError>(records)
        })
    }
}
