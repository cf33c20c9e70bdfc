//! Data entries.

use pyo3::prelude::*;
use reeeductio_client::{ClientError, argument};

use super::Space;
use crate::failure::Failure;
use crate::pending::Pending;
use crate::record;

#[pymethods]
impl Space {
    fn data_entry(&self, path: &str) -> Result<Pending, Failure> {
        let (space, path) = (self.0.clone(), argument::data_path(path)?);
        Ok(Pending::new(async move {
            let entry = space.data(&path).await?;
            Ok::<_, ClientError>(record::entry(entry))
        }))
    }

    fn plaintext_data(&self, path: &str) -> Result<Pending, Failure> {
        let (space, path) = (self.0.clone(), argument::data_path(path)?);
        Ok(Pending::new(
            async move { space.plaintext_data(&path).await },
        ))
    }

    fn encrypted_data(&self, path: &str, key: Option<&[u8]>) -> Result<Pending, Failure> {
        let (space, path) = (self.0.clone(), argument::data_path(path)?);
        let key = key.map(|key| argument::key("key", key)).transpose()?;
        Ok(Pending::new(async move {
            match key {
                None => space.encrypted_data(&path).await,
                Some(key) => space.encrypted_data_with(&key, &path).await,
            }
        }))
    }

    fn set_plaintext_data(&self, path: &str, data: Vec<u8>) -> Result<Pending, Failure> {
        let (space, path) = (self.0.clone(), argument::data_path(path)?);
        Ok(Pending::new(async move {
            space.set_plaintext_data(&path, &data).await
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
                None => space.set_encrypted_data(&path, &data).await,
                Some(key) => space.set_encrypted_data_with(&key, &path, &data).await,
            }
        }))
    }

    fn delete_data(&self, path: &str) -> Result<Pending, Failure> {
        let (space, path) = (self.0.clone(), argument::data_path(path)?);
        Ok(Pending::new(async move { space.delete_data(&path).await }))
    }

    fn user_data(&self, path: &str) -> Result<Pending, Failure> {
        let (space, path) = (self.0.clone(), argument::data_path(path)?);
        Ok(Pending::new(async move {
            space.encrypted_user_data(&path).await
        }))
    }

    fn set_user_data(&self, path: &str, data: Vec<u8>) -> Result<Pending, Failure> {
        let (space, path) = (self.0.clone(), argument::data_path(path)?);
        Ok(Pending::new(async move {
            space.set_encrypted_user_data(&path, &data).await
        }))
    }
}
