//! Blobs.

use reeeductio_core::{Key, NONCE_LENGTH, SealedBlob};
use reeeductio_proto::BlobId;
use reeeductio_proto::api::BlobCreated;

use super::Space;
use crate::error::ClientError;
use crate::platform::random;
use crate::request::{accepted, read};

impl Space {
    /// Seals bytes with a key of their own and uploads them. Keep the id and the key: both are needed to
    /// read the blob, and only the id is known to the server.
    pub async fn upload_encrypted_blob(&self, plain: &[u8]) -> Result<(BlobId, Key), ClientError> {
        let sealed = SealedBlob::seal(random::<32>()?, random::<NONCE_LENGTH>()?, plain);
        let url = self.url(&format!("blobs/{}", sealed.id));
        let request = self.http.put(url).bearer_auth(self.token().await?);
        let created: BlobCreated = read(request.body(sealed.bytes).send().await?).await?;
        if !sealed.id.is_text(&created.blob_id) {
            return Err(ClientError::Forged(format!(
                "the server stored {}",
                created.blob_id
            )));
        }
        Ok((sealed.id, sealed.key))
    }

    /// Downloads a blob, compares it with its id and opens it.
    pub async fn download_encrypted_blob(
        &self,
        id: &BlobId,
        key: &Key,
    ) -> Result<Vec<u8>, ClientError> {
        let url = self.url(&format!("blobs/{id}"));
        let request = self.http.get(url).bearer_auth(self.token().await?);
        let bytes = accepted(request.send().await?).await?.bytes().await?;
        if BlobId::of(&bytes) != *id {
            return Err(ClientError::Forged(format!(
                "blob {id}: the bytes are others"
            )));
        }
        Ok(SealedBlob::open(key, &bytes)?)
    }
}
