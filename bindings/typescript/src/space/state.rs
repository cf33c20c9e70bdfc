//! State.

use reeeductio_client::{Content, TopicId, argument};
use wasm_bindgen::prelude::*;

use super::Space;
use super::messages::{page, place, range};
use crate::failure::Failure;
use crate::pending::Pending;
use crate::record;

#[wasm_bindgen]
impl Space {
    /// The newest message at a path.
    pub fn state(&self, path: &str) -> Result<Pending, Failure> {
        let path = argument::state_path(path)?;
        Ok(self.begin(async move |space| Ok(record::message(&*space.state().entry(&path).await?))))
    }

    #[wasm_bindgen(js_name = plaintextState)]
    pub fn plaintext_state(&self, path: &str) -> Result<Pending, Failure> {
        let path = argument::state_path(path)?;
        Ok(self.begin(async move |space| Ok(record::bytes(&space.state().value(&path).await?))))
    }

    #[wasm_bindgen(js_name = encryptedState)]
    pub fn encrypted_state(&self, path: &str, key: Option<Vec<u8>>) -> Result<Pending, Failure> {
        let path = argument::state_path(path)?;
        let key = key.map(|key| argument::key("key", &key)).transpose()?;
        Ok(self.begin(async move |space| {
            let plain = match key {
                None => space.state().open(&path).await,
                Some(key) => space.state().open_with(&key, &path).await,
            }?;
            Ok(record::bytes(&plain))
        }))
    }

    /// `prev_hash` as in `post`.
    #[wasm_bindgen(js_name = setState)]
    pub fn set_state(
        &self,
        path: &str,
        data: Vec<u8>,
        prev_hash: Option<String>,
    ) -> Result<Pending, Failure> {
        let (path, place) = (argument::state_path(path)?, place(prev_hash.as_deref())?);
        Ok(self.begin_post(async move |space| {
            let content = Content::Plain(&data);
            space.state().set_at(&path, content, place).await
        }))
    }

    /// Sealed with `key`, or with the space's key for state.
    #[wasm_bindgen(js_name = setEncryptedState)]
    pub fn set_encrypted_state(
        &self,
        path: &str,
        data: Vec<u8>,
        key: Option<Vec<u8>>,
        prev_hash: Option<String>,
    ) -> Result<Pending, Failure> {
        let (path, place) = (argument::state_path(path)?, place(prev_hash.as_deref())?);
        let key = key.map(|key| argument::key("key", &key)).transpose()?;
        Ok(self.begin_post(async move |space| {
            let content = match &key {
                Some(key) => Content::SealedWith(key, &data),
                None => Content::Sealed(&data),
            };
            space.state().set_at(&path, content, place).await
        }))
    }

    #[wasm_bindgen(js_name = deleteState)]
    pub fn delete_state(&self, path: &str) -> Result<Pending, Failure> {
        let path = argument::state_path(path)?;
        Ok(self.begin_post(async move |space| space.state().delete(&path).await))
    }

    #[wasm_bindgen(js_name = stateHistory)]
    pub fn state_history(&self, from: Option<f64>, to: Option<f64>, limit: usize) -> Pending {
        let range = range(from, to, limit);
        self.begin(async move |space| {
            Ok(page(space.topic(&TopicId::state()).believed(range).await?))
        })
    }
}
