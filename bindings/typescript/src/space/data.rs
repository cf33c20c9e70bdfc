//! Data entries.

use reeeductio_client::{Content, argument};
use wasm_bindgen::prelude::*;

use super::Space;
use crate::failure::Failure;
use crate::pending::Pending;
use crate::record;

#[wasm_bindgen]
impl Space {
    #[wasm_bindgen(js_name = dataEntry)]
    pub fn data_entry(&self, path: &str) -> Result<Pending, Failure> {
        let path = argument::data_path(path)?;
        Ok(self.begin(async move |space| Ok(record::entry(&space.data().entry(&path).await?))))
    }

    #[wasm_bindgen(js_name = plaintextData)]
    pub fn plaintext_data(&self, path: &str) -> Result<Pending, Failure> {
        let path = argument::data_path(path)?;
        Ok(self.begin(async move |space| Ok(record::bytes(&space.data().value(&path).await?))))
    }

    #[wasm_bindgen(js_name = encryptedData)]
    pub fn encrypted_data(&self, path: &str, key: Option<Vec<u8>>) -> Result<Pending, Failure> {
        let path = argument::data_path(path)?;
        let key = key.map(|key| argument::key("key", &key)).transpose()?;
        Ok(self.begin(async move |space| {
            let plain = match key {
                None => space.data().open(&path).await,
                Some(key) => space.data().open_with(&key, &path).await,
            }?;
            Ok(record::bytes(&plain))
        }))
    }

    /// The time with which the entry is signed.
    #[wasm_bindgen(js_name = setPlaintextData)]
    pub fn set_plaintext_data(&self, path: &str, data: Vec<u8>) -> Result<Pending, Failure> {
        let path = argument::data_path(path)?;
        Ok(self.begin(async move |space| {
            Ok(record::time(
                space.data().set(&path, Content::Plain(&data)).await?,
            ))
        }))
    }

    /// Sealed with `key`, or with the space's key for data: the time with which the entry is signed.
    #[wasm_bindgen(js_name = setEncryptedData)]
    pub fn set_encrypted_data(
        &self,
        path: &str,
        data: Vec<u8>,
        key: Option<Vec<u8>>,
    ) -> Result<Pending, Failure> {
        let path = argument::data_path(path)?;
        let key = key.map(|key| argument::key("key", &key)).transpose()?;
        Ok(self.begin(async move |space| {
            let signed_at = match key {
                None => space.data().set(&path, Content::Sealed(&data)).await,
                Some(key) => {
                    space
                        .data()
                        .set(&path, Content::SealedWith(&key, &data))
                        .await
                }
            }?;
            Ok(record::time(signed_at))
        }))
    }

    #[wasm_bindgen(js_name = deleteData)]
    pub fn delete_data(&self, path: &str) -> Result<Pending, Failure> {
        let path = argument::data_path(path)?;
        Ok(self.begin_silent(async move |space| space.data().delete(&path).await))
    }

    #[wasm_bindgen(js_name = userData)]
    pub fn user_data(&self, path: &str) -> Result<Pending, Failure> {
        let path = argument::data_path(path)?;
        Ok(self.begin(async move |space| Ok(record::bytes(&space.user_data().open(&path).await?))))
    }

    #[wasm_bindgen(js_name = setUserData)]
    pub fn set_user_data(&self, path: &str, data: Vec<u8>) -> Result<Pending, Failure> {
        let path = argument::data_path(path)?;
        Ok(self
            .begin(async move |space| Ok(record::time(space.user_data().set(&path, &data).await?))))
    }

    #[wasm_bindgen(js_name = deleteUserData)]
    pub fn delete_user_data(&self, path: &str) -> Result<Pending, Failure> {
        let path = argument::data_path(path)?;
        Ok(self.begin_silent(async move |space| space.user_data().delete(&path).await))
    }
}
