//! Data entries.

use pyo3::prelude::*;
use reeeductio_client::{ClientError, Content, argument};

use super::Space;
use crate::failure::Failure;
use crate::pending::Pending;
use crate::record;

#[pymethods]
impl Space {
    fn data_entry(&self, path: &str) -> Result<Pending, Failure> {
        let (space, path) = (self.0.clone(), argument::data_path(path)?);
        Ok(Pending::new(async move {
            let entry = space.data().entry(&path).await?;
            Ok::<_, ClientError>(record::entry(entry))
        }))
    }

    fn plaintext_data(&self, path: &str) -> Result<Pending, Failure> {
        let (space, path) = (self.0.clone(), argument::data_path(path)?);
        Ok(Pending::new(async move { space.data().value(&path).await }))
    }

    fn encrypted_data(&self, path: &str, key: Option<&[u8]>) -> Result<Pending, Failure> {
        let (space, path) = (self.0.clone(), argument::data_path(path)?);
        let key = key.map(|key| argument::key("key", key)).transpose()?;
        Ok(Pending::new(async move {
            match key {
                None => space.data().open(&path).await,
                Some(key) => space.data().open_with(&key, &path).await,
            }
        }))
    }

    fn set_plaintext_data(&self, path: &str, data: Vec<u8>) -> Result<Pending, Failure> {
        let (space, path) = (self.0.clone(), argument::data_path(path)?);
        Ok(Pending::new(async move {
            space.data().set(&path, Content::Plain(&data)).await
        }))
    }

    fn set_encrypted_data(
        &self,
        path: &str,
        data: Vec<u8>,
        key: Option<&[u8]>,
    ) -> Result<Pending, Failure> {
        let (space, path) = (self.0.clone(), argument::data_path(path)?);
        let key = key.map(|key| argument::key("key", key)).transpose()?;
        Ok(Pending::new(async move {
            match key {
                None => space.data().set(&path, Content::Sealed(&data)).await,
                Some(key) => {
                    space
                        .data()
                        .set(&path, Content::SealedWith(&key, &data))
                        .await
                }
            }
        }))
    }

    fn delete_data(&self, path: &str) -> Result<Pending, Failure> {
        let (space, path) = (self.0.clone(), argument::data_path(path)?);
        Ok(Pending::new(
            async move { space.data().delete(&path).await },
        ))
    }

    fn user_data(&self, path: &str) -> Result<Pending, Failure> {
        let (space, path) = (self.0.clone(), argument::data_path(path)?);
        Ok(Pending::new(
            async move { space.user_data().open(&path).await },
        ))
    }

    fn set_user_data(&self, path: &str, data: Vec<u8>) -> Result<Pending, Failure> {
        let (space, path) = (self.0.clone(), argument::data_path(path)?);
        Ok(Pending::new(async move {
            space.user_data().set(&path, &data).await
        }))
    }
}
