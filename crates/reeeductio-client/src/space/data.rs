//! Data entries: one value at each path, the last writer wins.

use std::collections::HashMap;

use reeeductio_core::{ChainError, Key, NONCE_LENGTH, open, seal, sign_entry};
use reeeductio_proto::api::{DataBody, DataStored};
use reeeductio_proto::{DataEntry, DataPath, MemberId, Signature, encoding};
use tokio::sync::Mutex;

use super::Space;
use crate::error::ClientError;
use crate::platform::{now, random};
use crate::store::Batch;
use crate::transport::Method;

/// The newest signed time seen at each path.
#[derive(Debug, Default)]
pub(super) struct SignedTimes(Mutex<HashMap<DataPath, i64>>);

impl SignedTimes {
    /// A time to sign with: now, or later if an entry of this time was seen.
    async fn next(&self, path: &DataPath) -> i64 {
        let seen = self.0.lock().await.get(path).copied();
        seen.map_or(now(), |seen| now().max(seen.saturating_add(1)))
    }

    /// Takes note of a time; the newest seen so far if it is older than that.
    async fn see(&self, path: &DataPath, signed_at: i64) -> Option<i64> {
        let mut all = self.0.lock().await;
        let newest = all.entry(path.clone()).or_insert(signed_at);
        if *newest > signed_at {
            return Some(*newest);
        }
        *newest = signed_at;
        None
    }
}

impl Space {
    /// Stores a value that the server can read. Returns the signed time, Unix milliseconds.
    pub async fn set_plaintext_data(
        &self,
        path: &DataPath,
        value: &[u8],
    ) -> Result<i64, ClientError> {
        self.recall_signed_time(path).await?;
        let signed_at = self.inner.signed_times.next(path).await;
        let connection = self.connection();
        let body = sign_entry(
            &self.inner.id,
            path,
            value,
            signed_at,
            &connection.member(),
            connection.identity(),
        );
        let _stored: DataStored = connection
            .submit(Method::Put, &data_path(path), &body)
            .await?;
        self.inner.signed_times.see(path, signed_at).await;
        // The entry is stored: an error here would have it stored again.
        let _saved = self.keep_signed_time(path, signed_at).await;
        Ok(signed_at)
    }

    /// Seals a value and stores it. Returns the signed time, Unix milliseconds.
    pub async fn set_encrypted_data(
        &self,
        path: &DataPath,
        value: &[u8],
    ) -> Result<i64, ClientError> {
        self.set_encrypted_data_with(self.inner.keys.data(), path, value)
            .await
    }

    /// [`set_encrypted_data`](Self::set_encrypted_data) with a key of one's own.
    pub async fn set_encrypted_data_with(
        &self,
        key: &Key,
        path: &DataPath,
        value: &[u8],
    ) -> Result<i64, ClientError> {
        let sealed = seal(key, random::<NONCE_LENGTH>()?, value)?;
        self.set_plaintext_data(path, &sealed).await
    }

    /// The entry at a path, as it was signed.
    ///
    /// Its signature and the right of its signer are checked, and it is never older than one seen before.
    pub async fn data(&self, path: &DataPath) -> Result<DataEntry, ClientError> {
        let body: DataBody = self.connection().get(&data_path(path)).await?;
        let entry = read_entry(path, body)?;
        entry
            .verify_by_signer(&self.inner.id)
            .map_err(|error| ChainError::DataSignature {
                path: path.to_string(),
                error,
            })?;
        self.recall_signed_time(path).await?;
        if !self.inner.id.is_owned_by(&entry.signed_by) {
            self.follow_state().await?.authorize_entry(&entry)?;
        }
        if self
            .inner
            .signed_times
            .see(path, entry.signed_at)
            .await
            .is_some()
        {
            let what = format!("data entry {path}");
            return Err(ChainError::Older { what }.into());
        }
        self.keep_signed_time(path, entry.signed_at).await?;
        Ok(entry)
    }

    /// The value at a path, as it is stored; empty if a tombstone is there.
    pub async fn plaintext_data(&self, path: &DataPath) -> Result<Vec<u8>, ClientError> {
        let entry = self.data(path).await?;
        encoding::decode(&entry.data).map_err(|error| ClientError::answer("data", error))
    }

    /// Opens the value at a path; empty if a tombstone is there.
    pub async fn encrypted_data(&self, path: &DataPath) -> Result<Vec<u8>, ClientError> {
        self.encrypted_data_with(self.inner.keys.data(), path).await
    }

    /// [`encrypted_data`](Self::encrypted_data) with a key of one's own.
    pub async fn encrypted_data_with(
        &self,
        key: &Key,
        path: &DataPath,
    ) -> Result<Vec<u8>, ClientError> {
        let sealed = self.plaintext_data(path).await?;
        if sealed.is_empty() {
            return Ok(sealed);
        }
        Ok(open(key, &sealed)?)
    }

    async fn recall_signed_time(&self, path: &DataPath) -> Result<(), ClientError> {
        if let Some(store) = self.store()
            && let Some(signed_at) = store.signed_time(path).await?
        {
            self.inner.signed_times.see(path, signed_at).await;
        }
        Ok(())
    }

    async fn keep_signed_time(&self, path: &DataPath, signed_at: i64) -> Result<(), ClientError> {
        let batch = Batch {
            signed_times: vec![(path.clone(), signed_at)],
            ..Batch::default()
        };
        self.save(batch).await
    }

    /// Removes the entry at a path; removing what is not there succeeds.
    pub async fn delete_data(&self, path: &DataPath) -> Result<(), ClientError> {
        self.connection().delete(&data_path(path)).await
    }
}

fn read_entry(path: &DataPath, body: DataBody) -> Result<DataEntry, ClientError> {
    Ok(DataEntry {
        path: path.clone(),
        signature: Signature::parse(&body.signature)
            .map_err(|error| ClientError::answer("signature", error))?,
        signed_by: MemberId::parse(&body.signed_by)
            .map_err(|error| ClientError::answer("signed_by", error))?,
        signed_at: body.signed_at,
        data: body.data,
    })
}

/// The route of an entry. Paths may hold what URLs may not: all but the plainest characters are escaped.
fn data_path(path: &DataPath) -> String {
    let mut escaped = String::from("data/");
    for byte in path.as_str().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                escaped.push(char::from(byte));
            }
            _ => {
                escaped.push('%');
                for half in [byte >> 4, byte & 15] {
                    escaped.extend(char::from_digit(u32::from(half), 16));
                }
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_escaped_for_urls() {
        let check = |path: &str, expected: &str| {
            assert_eq!(data_path(&DataPath::parse(path).unwrap()), expected);
        };
        check("presence/alice", "data/presence/alice");
        check("we ird@~x/..x", "data/we%20ird%40~x/..x");
        check("100%/a?b#c", "data/100%25/a%3fb%23c");
        check("ü", "data/%c3%bc");
    }

    #[tokio::test]
    async fn signed_times_never_repeat_and_older_ones_are_told() {
        let times = SignedTimes::default();
        let path = DataPath::parse("a").unwrap();
        let ahead = now() + 50_000;
        assert_eq!(times.see(&path, ahead).await, None);
        assert_eq!(times.next(&path).await, ahead + 1);
        assert_eq!(times.see(&path, ahead).await, None);
        assert_eq!(times.see(&path, ahead - 1).await, Some(ahead));
    }
}
