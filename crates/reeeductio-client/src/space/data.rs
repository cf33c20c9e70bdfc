//! Data entries.

use reeeductio_core::{NONCE_LENGTH, open, seal, sign_entry};
use reeeductio_proto::api::{DataBody, DataStored};
use reeeductio_proto::{DataEntry, DataPath, MemberId, Signature, encoding};

use super::Space;
use crate::error::ClientError;
use crate::platform::{now, random};
use crate::request::read;

impl Space {
    /// Seals a value and stores it. Returns the signed time.
    pub async fn set_encrypted_data(
        &self,
        path: &DataPath,
        value: &[u8],
    ) -> Result<i64, ClientError> {
        let sealed = seal(self.keys.data(), random::<NONCE_LENGTH>()?, value);
        let body = sign_entry(&self.id, path, &sealed, now(), &self.member, &self.identity);
        let request = self
            .http
            .put(self.data_url(path)?)
            .bearer_auth(self.token().await?);
        let stored: DataStored = read(request.json(&body).send().await?).await?;
        Ok(stored.signed_at)
    }

    /// Opens the value at a path.
    pub async fn encrypted_data(&self, path: &DataPath) -> Result<Vec<u8>, ClientError> {
        let request = self
            .http
            .get(self.data_url(path)?)
            .bearer_auth(self.token().await?);
        let body: DataBody = read(request.send().await?).await?;
        let answer = |field: &str, error: String| ClientError::Answer(format!("{field}: {error}"));
        let entry = DataEntry {
            path: path.clone(),
            signature: Signature::parse(&body.signature)
                .map_err(|error| answer("signature", error.to_string()))?,
            signed_by: MemberId::parse(&body.signed_by)
                .map_err(|error| answer("signed_by", error.to_string()))?,
            signed_at: body.signed_at,
            data: body.data,
        };
        entry
            .verify_by_signer(&self.id)
            .map_err(|error| ClientError::Forged(format!("data entry {path}: {error}")))?;
        let sealed =
            encoding::decode(&entry.data).map_err(|error| answer("data", error.to_string()))?;
        Ok(open(self.keys.data(), &sealed)?)
    }

    /// The URL of an entry: paths may hold what URLs may not.
    fn data_url(&self, path: &DataPath) -> Result<reqwest::Url, ClientError> {
        let invalid = |message: String| ClientError::Argument {
            field: "base_url",
            message,
        };
        let mut url =
            reqwest::Url::parse(&self.url("data")).map_err(|error| invalid(error.to_string()))?;
        url.path_segments_mut()
            .map_err(|()| invalid("must be http or https".to_owned()))?
            .extend(path.as_str().split('/'));
        Ok(url)
    }
}
