//! Blobs that a server keeps in a store of objects: it answers with an address there (wire.md 6).
//!
//! Anyone who holds such an address may use it, so no token goes there, and it is not printed. An address leads to
//! the bytes, never to a further address. The bytes are compared with the blob's id like everything else.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use reeeductio_proto::BlobId;
use serde::Deserialize;

use crate::answer::read;
use crate::error::{ClientError, Refusal};
use crate::space::Space;
use crate::space::retry::Persistence;
use crate::transport::{Body, Method, Request, Response, Url};

/// Where to read a blob.
#[derive(Deserialize)]
struct Download {
    download_url: String,
}

/// Answer of a server that has a blob, or that has an address to upload it to.
#[derive(Deserialize)]
struct Upload {
    blob_id: String,
    upload_url: Option<String>,
}

impl Space {
    /// Asks for the bytes of a blob, from one on if it is given.
    pub(super) async fn get_blob(
        &self,
        id: &BlobId,
        from: Option<u64>,
    ) -> Result<Response, ClientError> {
        let path = format!("blobs/{id}");
        let response = self.connection().get_bytes(&path, from).await?;
        let url = if let Some(url) = self.redirected(&response)? {
            url
        } else if response.status == 200 && is_json(&response) {
            self.address(read::<Download>(response).await?.download_url)?
        } else {
            return Ok(response);
        };
        let request = Request {
            from,
            ..Request::new(Method::Get, url)
        };
        let response = self.inner.transport.send(request).await?;
        match response.status {
            // There is nothing behind what is wanted: who wants it knows what that means.
            416 if from.is_some() => Ok(response),
            _ => of_store(response),
        }
    }

    /// Uploads bytes. The same bytes have the same id, so they are sent again if no answer came: the server stores them
    /// once.
    pub(super) async fn put_blob(&self, id: BlobId, bytes: Bytes) -> Result<(), ClientError> {
        let mut persistence = Persistence::new(&self.inner.jitter);
        loop {
            match self.put_bytes(id, bytes.clone()).await {
                Err(error) if persistence.is_worth_it(&error).await => {}
                other => return other,
            }
        }
    }

    async fn put_bytes(&self, id: BlobId, bytes: Bytes) -> Result<(), ClientError> {
        match self.put_at_server(id, Body::Bytes(bytes.clone())).await? {
            Some(url) => self.put_at_store(id, url, Body::Bytes(bytes)).await,
            None => Ok(()),
        }
    }

    /// Uploads bytes that are made while they are sent.
    ///
    /// That can be done once only, so an upload of nothing asks first where they are to go, until the server
    /// has taken some. It also finds out what the server would refuse anyway before a long file is sent.
    pub(super) async fn put_blob_once(
        &self,
        id: BlobId,
        length: u64,
        body: Body,
    ) -> Result<(), ClientError> {
        let takes_blobs = &self.inner.takes_blobs;
        if !takes_blobs.load(Ordering::Relaxed) {
            match self.put_at_server(id, Body::Empty).await {
                Ok(Some(url)) => return self.put_at_store(id, url, body).await,
                Ok(None) if length == 0 => return Ok(()),
                Ok(None) => {}
                // It takes blobs itself, and nothing is not this one.
                Err(error) if error.status() == Some(400) => {}
                Err(error) => return Err(error),
            }
        }
        let elsewhere = self.put_at_server(id, body).await?.is_some();
        takes_blobs.store(!elsewhere, Ordering::Relaxed);
        if elsewhere {
            let what = "the server has begun to keep blobs elsewhere; upload it again";
            return Err(ClientError::Answer(what.to_owned()));
        }
        Ok(())
    }

    /// Uploads to the server, which may answer with an address to upload to.
    async fn put_at_server(&self, id: BlobId, body: Body) -> Result<Option<Url>, ClientError> {
        let path = format!("blobs/{id}");
        let response = self.connection().send(Method::Put, &path, body).await?;
        if let Some(url) = self.redirected(&response)? {
            return Ok(Some(url));
        }
        // Some servers answer so when they have the blob.
        if response.status == 409 {
            return Ok(None);
        }
        let upload: Upload = read(response).await?;
        if !id.is_text(&upload.blob_id) {
            return Err(ClientError::Answer(format!(
                "uploaded blob {id}, and the server stored {}",
                upload.blob_id
            )));
        }
        upload.upload_url.map(|url| self.address(url)).transpose()
    }

    async fn put_at_store(&self, id: BlobId, url: Url, body: Body) -> Result<(), ClientError> {
        let request = Request {
            sha256: Some(*id.hash()),
            body,
            ..Request::new(Method::Put, url)
        };
        of_store(self.inner.transport.send(request).await?).map(|_| ())
    }

    fn redirected(&self, response: &Response) -> Result<Option<Url>, ClientError> {
        match (response.status, &response.location) {
            (307, Some(url)) => self.address(url.expose().to_owned()).map(Some),
            _ => Ok(None),
        }
    }

    fn address(&self, text: String) -> Result<Url, ClientError> {
        address(&self.inner.base_url, text)
    }
}

/// An address of a store: of the web, and not less protected on the way than the server's own.
fn address(base_url: &str, text: String) -> Result<Url, ClientError> {
    let plain = text.starts_with("http://") && base_url.starts_with("http://");
    if plain || text.starts_with("https://") {
        return Ok(Url::new(text));
    }
    Err(ClientError::Answer(
        "the address of a blob is not https://, nor http:// like the server's".to_owned(),
    ))
}

fn is_json(response: &Response) -> bool {
    response
        .content_type
        .as_ref()
        .is_some_and(|kind| kind.contains("application/json"))
}

/// Lets answers of success through. The text of any other answer is meant for the store's operator, so it is dropped.
fn of_store(response: Response) -> Result<Response, ClientError> {
    let status = response.status;
    if (200..300).contains(&status) {
        return Ok(response);
    }
    Err(Box::new(Refusal {
        status,
        code: String::new(),
        message: format!("the store of the server's blobs answered with HTTP status {status}"),
        ..Refusal::default()
    })
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_reached_by_tls_gives_no_address_without_it() {
        let check = |base_url, text: &str, followed| {
            assert_eq!(address(base_url, text.to_owned()).is_ok(), followed);
        };
        check("https://server", "https://store/b?X", true);
        check("https://server", "http://store/b?X", false);
        check("http://server", "https://store/b?X", true);
        check("http://server", "http://store/b?X", true);
    }
}
