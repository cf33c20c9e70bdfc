//! Arithmetic on one core.

use std::hint::black_box;
use std::time::Duration;

use anyhow::Result;
use reeeductio_client::{Identity, random};
use reeeductio_proto::{BlobId, PublicKey};

use crate::figure::Figure;
use crate::measure::repeat_blocking;

/// Verifications of a message's signature, strict as the server's.
pub(super) fn verify(time: Duration) -> Result<Figure> {
    let identity = Identity::from_seed(&random()?);
    let bytes = [7; 33];
    let signature = identity.sign(&bytes);
    let key = PublicKey::parse(&identity.public_key())?;
    let run = repeat_blocking(time, || {
        key.verify(black_box(&bytes), black_box(&signature))?;
        Ok(1)
    })?;
    Ok(Figure::rate(
        "verify",
        "Ed25519 verification, one core",
        "checks/s",
        1.0,
        &run,
    ))
}

/// Hashing of what a blob consists of.
pub(super) fn hash(time: Duration) -> Result<Figure> {
    let bytes = vec![7; 1 << 20];
    let run = repeat_blocking(time, || {
        black_box(BlobId::of(black_box(&bytes)));
        Ok(1)
    })?;
    Ok(Figure::rate(
        "sha256",
        "SHA-256, one core",
        "MiB/s",
        1.0,
        &run,
    ))
}
