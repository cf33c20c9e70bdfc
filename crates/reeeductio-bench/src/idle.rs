//! Memory of a server that has nothing to do: by itself, and for each open stream.

use std::time::Duration;

use anyhow::Result;
use tokio::time::sleep;

use crate::descriptors::affordable;
use crate::figure::Figure;
use crate::report::progress;
use crate::rig::{Rig, announce};
use crate::socket::Socket;

/// After which memory has settled.
const SETTLE: Duration = Duration::from_secs(1);

pub(crate) async fn run(rig: &mut Rig) -> Result<()> {
    if rig.meter.server().is_empty() {
        progress(
            "the server's memory is not known: it runs on another machine, or name it with --server-pid",
        );
        return Ok(());
    }
    announce("idle server");
    let alone = resident(rig).await;
    let figure = Figure::amount(
        "idle.server",
        "idle server, as found",
        "MiB",
        alone / 1_048_576.0,
    )
    .note("of a server that has just started, or what earlier work has left");
    rig.add(figure, &[]).await?;

    let wanted = rig.scaled(2_000, 500);
    let streams = affordable(wanted)?;
    announce(&format!("{streams} idle streams"));
    let owner = rig.owner().await?;
    let path = format!("/spaces/{}/stream?token={}", owner.space, owner.token);
    // The cost that only the first stream has is not counted.
    let _first = Socket::open(&rig.authority, &path).await?;
    let before = resident(rig).await;
    let mut open = Vec::with_capacity(streams);
    for _ in 0..streams {
        open.push(Socket::open(&rig.authority, &path).await?);
    }
    let after = resident(rig).await;
    let count = f64::from(u32::try_from(streams)?);
    let mut figure = Figure::amount(
        "idle.stream",
        format!("idle WebSocket, of {streams}"),
        "KiB each",
        (after - before) / 1024.0 / count,
    );
    if streams < wanted {
        figure = figure.note(format!(
            "not {wanted}: this process may not open more files"
        ));
    }
    rig.add(figure, &[]).await
}

/// Resident memory of the server, in bytes.
async fn resident(rig: &Rig) -> f64 {
    sleep(SETTLE).await;
    #[expect(clippy::cast_precision_loss, reason = "a size of memory")]
    rig.meter.resident().map_or(f64::NAN, |bytes| bytes as f64)
}
