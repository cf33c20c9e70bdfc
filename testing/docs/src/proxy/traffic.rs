//! A member that works through a proxy.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use reeeductio_client::{Content, Identity, Key, Native, Space, TopicId, random};

use super::Front;

/// Bytes of a file: more than proxies take by default.
const LARGE: usize = 3 << 20;

/// Posts and hears a message, and stores and fetches a large file.
pub(super) async fn check(front: &Front) -> Result<()> {
    let network = Native::builder()
        .root_certificate_pem(front.authority.as_bytes())
        .only_these_roots()
        .build()?;
    let (owner, root) = (Identity::from_seed(&random()?), Key::new(random()?));
    let space = Space::builder(&format!("https://localhost:{}", front.port))
        .transport(Arc::new(network))
        .open(owner.space_id(), owner.user_id(), owner, &root)?;

    let topic = space.topic(&TopicId::parse("general")?);
    let mut live = topic.live().await.context("no stream is let through")?;
    topic.post(Content::Sealed(b"Hello!"), "chat.text").await?;
    let heard = live.next().await.context("the stream ended")??;
    ensure!(space.open_message(&heard)? == b"Hello!", "it was garbled");

    let file = vec![7; LARGE];
    let (id, key) = space.blobs().upload_sealed(&file).await?;
    let fetched = space.blobs().download_sealed(&id, &key).await?;
    ensure!(fetched == file, "the file was garbled");
    Ok(())
}
