//! What this machine could do at most, measured in the same run.

use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::Result;
use axum::routing::post;
use axum::{Json, Router};
use reeeductio_client::{Identity, random};
use reeeductio_proto::{BlobId, PublicKey};
use serde_json::Value;
use tokio::net::TcpListener;

use super::connection::Connection;
use super::figure::Figures;
use super::work::{now, repeat};

/// Name of the limit for small requests.
pub(super) const ECHO: &str = "bare JSON echo, 32 connections";
/// Name of the limit for a lonely write.
pub(super) const SYNC: &str = "write of 256 bytes with fdatasync";
/// Name of the limit for bytes.
pub(super) const HASH: &str = "SHA-256";
/// Name of the limit for small requests on one connection.
pub(super) const ECHO_ONE: &str = "bare JSON echo, 1 connection";

pub(super) async fn measure(figures: &mut Figures, seconds: u64) -> Result<()> {
    let time = Duration::from_secs(seconds.min(2));
    let identity = Identity::from_seed(&random()?);
    let signature = identity.sign(&[7; 33]);
    let key = PublicKey::parse(&identity.public_key())?;
    count(
        figures,
        "Ed25519 verifications, one core",
        "checks",
        time,
        || {
            black_box(key.verify(black_box(&[7; 33]), &signature).is_ok());
            Ok(1)
        },
    )?;
    let block = vec![7; 16 << 20];
    count(figures, HASH, "MiB", time, || {
        black_box(BlobId::of(black_box(&block)));
        Ok(16)
    })?;
    let mut file = tempfile::tempfile()?;
    count(figures, SYNC, "writes", time, || {
        file.write_all(&[7; 256])?;
        file.sync_data()?;
        Ok(1)
    })?;
    echo(figures, ECHO_ONE, 1, seconds).await?;
    echo(figures, ECHO, 32, seconds).await
}

fn count(
    figures: &mut Figures,
    name: &str,
    unit: &'static str,
    time: Duration,
    mut work: impl FnMut() -> Result<u64>,
) -> Result<()> {
    let started: Instant = now();
    let mut done = 0;
    while started.elapsed() < time {
        done += work()?;
    }
    figures.add(name, unit, done, started.elapsed(), Vec::new());
    Ok(())
}

/// A server that does nothing but read JSON and write it back.
async fn echo(figures: &mut Figures, name: &str, connections: usize, seconds: u64) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let authority = listener.local_addr()?.to_string();
    let router = Router::new().route("/", post(async |Json(body): Json<Value>| Json(body)));
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let body =
        serde_json::json!({"data": "x".repeat(344), "prev_hash": null, "type": "n"}).to_string();
    let mut work = Vec::new();
    for _ in 0..connections {
        let mut connection = Connection::open(&authority).await?;
        let request = connection.request("POST", "/", "", body.as_bytes());
        work.push(async move |_: usize| connection.expect(&request, 200).await);
    }
    repeat(figures, name, "requests", 1, seconds, work).await?;
    server.abort();
    Ok(())
}
