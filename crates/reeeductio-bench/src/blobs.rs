//! Blobs: each put has other bytes, so that none is stored already; a get reads one of them again and again.

use std::collections::VecDeque;

use anyhow::{Result, ensure};
use reeeductio_core::BlobHasher;
use reeeductio_proto::BlobId;

use crate::figure::Figure;
use crate::limits::Limit;
use crate::member::Member;
use crate::rig::{Rig, announce};

const MIB: usize = 1 << 20;
/// Bytes that tell one blob from another.
const MARK: usize = 8;
/// Blobs of a round, which bounds the space they take on the server's disk.
const ROUND: usize = 32;

pub(crate) async fn run(rig: &mut Rig) -> Result<()> {
    for size in [1, 16] {
        one(rig, size).await?;
    }
    Ok(())
}

async fn one(rig: &mut Rig, size: usize) -> Result<()> {
    announce(&format!("blobs of {size} MiB"));
    let owner = rig.owner().await?;
    let rest: std::rc::Rc<[u8]> = vec![7; size * MIB - MARK].into();
    let mut number = 0_u64;
    let mut stored: Vec<BlobId> = Vec::new();
    let run = rig
        .measure_rounds(async || {
            remove(rig, &owner, &mut stored).await?;
            let mut connection = rig.connect().await?;
            let mut blobs = VecDeque::new();
            for _ in 0..ROUND {
                number += 1;
                let mark = number.to_be_bytes();
                let mut hasher = BlobHasher::default();
                hasher.update(&mark);
                hasher.update(&rest);
                let id = hasher.finish();
                let path = format!("/spaces/{}/blobs/{id}", owner.space);
                let kind = "application/octet-stream";
                let head = connection.head("PUT", &path, &owner.token, kind, size * MIB);
                blobs.push_back([head, mark.to_vec()].concat());
                stored.push(id);
            }
            let rest = std::rc::Rc::clone(&rest);
            Ok(vec![async move || {
                let Some(begin) = blobs.pop_front() else {
                    return Ok(false);
                };
                let status = connection.exchange_parts(&[&begin, &rest]).await?;
                ensure!(status == 201, "the server answered {status} to a blob");
                Ok(true)
            }])
        })
        .await?;
    let weight = f64::from(u16::try_from(size)?);
    let figure = Figure::rate(
        format!("blob.put.{size}"),
        format!("blob put, {size} MiB"),
        "MiB/s",
        weight,
        &run,
    )
    .note("latency of a blob");
    rig.add(figure, &[(Limit::Sha256, 1.0), (Limit::FileWrite, 1.0)])
        .await?;
    get(rig, &owner, &stored, size, weight).await?;
    remove(rig, &owner, &mut stored).await
}

async fn get(
    rig: &mut Rig,
    owner: &Member,
    stored: &[BlobId],
    size: usize,
    weight: f64,
) -> Result<()> {
    let Some(id) = stored.first() else {
        return Ok(());
    };
    let path = format!("blobs/{id}");
    let mut connection = rig.connect().await?;
    let request = owner.get(&connection, &path);
    connection.expect(&request, 200).await?;
    ensure!(
        BlobId::of(connection.body()) == *id,
        "the blob came back changed"
    );
    let run = rig
        .measure(async || {
            let mut connection = rig.connect().await?;
            let request = request.clone();
            Ok(vec![async move || {
                let length = connection.discard(&request).await?;
                ensure!(length == size * MIB, "{length} bytes of a blob came");
                Ok(true)
            }])
        })
        .await?;
    let figure = Figure::rate(
        format!("blob.get.{size}"),
        format!("blob get, {size} MiB"),
        "MiB/s",
        weight,
        &run,
    )
    .note("latency of a blob");
    rig.add(figure, &[(Limit::Loopback, 1.0)]).await
}

/// Takes the blobs from the server's disk again.
async fn remove(rig: &Rig, owner: &Member, stored: &mut Vec<BlobId>) -> Result<()> {
    let mut connection = rig.connect().await?;
    for id in stored.drain(..) {
        let request = owner.request(&connection, "DELETE", &format!("blobs/{id}"), b"");
        // Those of a round that ended early were never stored.
        connection.exchange(&request).await?;
    }
    Ok(())
}
