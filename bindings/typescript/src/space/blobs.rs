//! Blobs.

use js_sys::{Array, Function};
use reeeductio_client::argument;
use reeeductio_core::{NONCE_LENGTH, SealedBlob, TAG_LENGTH};
use wasm_bindgen::prelude::*;

use super::Space;
use crate::failure::Failure;
use crate::pending::Pending;
use crate::progress::Progress;
use crate::record;
use crate::source::{Input, Source};

#[wasm_bindgen]
impl Space {
    /// The id, and the size of what is stored.
    #[wasm_bindgen(js_name = uploadBlob)]
    pub fn upload_blob(&self, data: Vec<u8>) -> Pending {
        self.begin(async move |space| {
            let size = data.len();
            let id = space.blobs().upload(data).await?;
            Ok(Array::of2(&id.to_string().into(), &size.into()))
        })
    }

    /// The id, the size of what is stored, and the key.
    #[wasm_bindgen(js_name = uploadEncryptedBlob)]
    pub fn upload_encrypted_blob(&self, data: Vec<u8>) -> Pending {
        self.begin(async move |space| {
            let (id, key) = space.blobs().upload_sealed(&data).await?;
            let size = data.len() + NONCE_LENGTH + TAG_LENGTH;
            let key = record::bytes(key.expose());
            Ok(Array::of3(
                &id.to_string().into(),
                &size.into(),
                &key.into(),
            ))
        })
    }

    /// Uploads what is read piece by piece: the id, and the size of what is stored.
    #[wasm_bindgen(js_name = uploadFile)]
    pub fn upload_file(&self, input: Input, progress: Option<Function>) -> Pending {
        let (space, progress) = (self.0.clone(), Progress::new(progress));
        Pending::new(async move {
            let size = input.size();
            let blobs = space.blobs();
            let upload = blobs.upload_from(Source::new(input), progress.reporter());
            let id = progress.watch(upload).await?;
            Ok::<_, Failure>(Array::of2(&id.to_string().into(), &size.into()))
        })
    }

    /// The same, sealed: the id, the size of what is stored, and the key.
    #[wasm_bindgen(js_name = uploadEncryptedFile)]
    pub fn upload_encrypted_file(&self, input: Input, progress: Option<Function>) -> Pending {
        let (space, progress) = (self.0.clone(), Progress::new(progress));
        Pending::new(async move {
            let blobs = space.blobs();
            let upload = blobs.upload_sealed_from(Source::new(input), progress.reporter());
            let done = progress.watch(upload).await?;
            let key = record::bytes(done.key.expose());
            #[expect(clippy::cast_precision_loss, reason = "exact far beyond any blob")]
            let size = done.size as f64;
            Ok::<_, Failure>(Array::of3(
                &done.id.to_string().into(),
                &size.into(),
                &key.into(),
            ))
        })
    }

    #[wasm_bindgen(js_name = downloadBlob)]
    pub fn download_blob(
        &self,
        blob: &str,
        progress: Option<Function>,
    ) -> Result<Pending, Failure> {
        let (space, blob) = (self.0.clone(), argument::blob(blob)?);
        let progress = Progress::new(progress);
        Ok(Pending::new(async move {
            let download = async {
                space
                    .blobs()
                    .download(&blob)
                    .await?
                    .collect(progress.reporter())
                    .await
            };
            Ok::<_, Failure>(record::bytes(&progress.watch(download).await?))
        }))
    }

    #[wasm_bindgen(js_name = downloadEncryptedBlob)]
    pub fn download_encrypted_blob(
        &self,
        blob: &str,
        key: &[u8],
        progress: Option<Function>,
    ) -> Result<Pending, Failure> {
        let (space, blob) = (self.0.clone(), argument::blob(blob)?);
        let (key, progress) = (argument::key("key", key)?, Progress::new(progress));
        Ok(Pending::new(async move {
            let download = async {
                space
                    .blobs()
                    .download(&blob)
                    .await?
                    .collect(progress.reporter())
                    .await
            };
            let bytes = progress.watch(download).await?;
            let plain =
                SealedBlob::open(&key, &bytes).map_err(reeeductio_client::ClientError::from)?;
            Ok::<_, Failure>(record::bytes(&plain))
        }))
    }

    #[wasm_bindgen(js_name = deleteBlob)]
    pub fn delete_blob(&self, blob: &str) -> Result<Pending, Failure> {
        let blob = argument::blob(blob)?;
        Ok(self.begin_silent(async move |space| space.blobs().delete(&blob).await))
    }
}
