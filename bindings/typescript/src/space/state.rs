//! State.

use reeeductio_client::{TopicId, argument};
use reeeductio_core::{NONCE_LENGTH, seal};
use wasm_bindgen::prelude::*;

use super::Space;
use super::messages::{after, page, range};
use crate::failure::Failure;
use crate::pending::Pending;
use crate::record;

#[wasm_bindgen]
impl Space {
    /// The newest message at a path.
    pub fn state(&self, path: &str) -> Result<Pending, Failure> {
        let path = argument::state_path(path)?;
        Ok(self.begin(async move |space| Ok(record::message(&*space.state(&path).await?))))
    }

    #[wasm_bindgen(js_name = plaintextState)]
    pub fn plaintext_state(&self, path: &str) -> Result<Pending, Failure> {
        let path = argument::state_path(path)?;
        Ok(self.begin(async move |space| Ok(record::bytes(&space.plaintext_state(&path).await?))))
    }

    #[wasm_bindgen(js_name = encryptedState)]
    pub fn encrypted_state(&self, path: &str, key: Option<Vec<u8>>) -> Result<Pending, Failure> {
        let path = argument::state_path(path)?;
        let key = key.map(|key| argument::key("key", &key)).transpose()?;
        Ok(self.begin(async move |space| {
            let plain = match key {
                None => space.encrypted_state(&path).await,
                Some(key) => space.encrypted_state_with(&key, &path).await,
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
        let (path, after) = (argument::state_path(path)?, after(prev_hash.as_deref())?);
        Ok(self.begin_post(async move |space| match after {
            None => space.set_plaintext_state(&path, &data).await,
            Some(after) => space.set_plaintext_state_after(&path, &data, after).await,
        }))
    }

    /// Sealed with `key`, or with the space's key for state.
    #[wasm_bindgen(js_name = setEncryptedState)]
    pub fn set_encrypted_state(
        &self,
        path: &str,
        data: &[u8],
        key: Option<Vec<u8>>,
        prev_hash: Option<String>,
    ) -> Result<Pending, Failure> {
        let key = match key {
            Some(key) => argument::key("key", &key)?,
            None => self.0.keys().state(),
        };
        let nonce = reeeductio_client::random::<NONCE_LENGTH>()?;
        let sealed = seal(&key, nonce, data).map_err(reeeductio_client::ClientError::from)?;
        self.set_state(path, sealed, prev_hash)
    }

    #[wasm_bindgen(js_name = deleteState)]
    pub fn delete_state(&self, path: &str) -> Result<Pending, Failure> {
        let path = argument::state_path(path)?;
        Ok(self.begin_post(async move |space| space.delete_state(&path).await))
    }

    #[wasm_bindgen(js_name = stateHistory)]
    pub fn state_history(&self, from: Option<f64>, to: Option<f64>, limit: usize) -> Pending {
        let range = range(from, to, limit);
        self.begin(async move |space| {
            Ok(page(
                space.believed_messages(&TopicId::state(), range).await?,
            ))
        })
    }
}
