//! The address of a server, as it was given.

use anyhow::ensure;
use reeeductio_client::{Space, SpaceBuilder};

/// Refuses a text that is no address.
pub(crate) fn check(url: &str) -> anyhow::Result<()> {
    ensure!(
        url.starts_with("https://") || url.starts_with("http://"),
        "the address of a server begins with https:// or http://"
    );
    Ok(())
}

/// The way to a server.
pub(crate) fn builder(url: &str) -> anyhow::Result<SpaceBuilder> {
    check(url)?;
    Ok(Space::builder(url))
}
