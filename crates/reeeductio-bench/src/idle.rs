//! Memory of a server that has nothing to do: by itself, and for each open stream.

use std::time::Duration;

use anyhow::Result;
use reeeductio_proto::api::{ALL, StreamSubscription};
use tokio::time::sleep;

use crate::descriptors::affordable;
use crate::figure::Figure;
use crate::member::Member;
use crate::report::progress;
use crate::rig::{Rig, announce};
use crate::sealed_space::SealedSpace;
use crate::socket::Socket;

/// After which memory has settled.
const SETTLE: Duration = Duration::from_secs(1);
/// Members whose streams are subscribed, the same number of each.
const MEMBERS: usize = 4;

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

    // All stay open: the memory of those that were closed would be used again.
    let mut open = Vec::new();
    for kind in [Kind::Base, Kind::SignedIn, Kind::Subscribed] {
        streams(rig, kind, &mut open).await?;
    }
    Ok(())
}

/// How a stream is opened.
#[derive(Clone, Copy)]
enum Kind {
    /// The token in the URL.
    Base,
    /// The token in the first frame.
    SignedIn,
    /// The token in the first frame, which also subscribes to a topic of a space with a policy, to its signals and its roster.
    Subscribed,
}

async fn streams(rig: &mut Rig, kind: Kind, sockets: &mut Vec<Socket>) -> Result<()> {
    let (name, what) = match kind {
        Kind::Base => ("idle.stream", "idle WebSocket"),
        Kind::SignedIn => ("idle.stream_v2", "idle WebSocket, signed in by a frame"),
        Kind::Subscribed => (
            "idle.stream_v2.subscribed",
            "idle WebSocket, signed in and subscribed in a space with a policy",
        ),
    };
    let wanted = rig.scaled(2_000, 500);
    let streams = affordable(sockets.len() + wanted)?.saturating_sub(sockets.len());
    announce(&format!("{streams} idle streams"));
    let members = match kind {
        Kind::Base | Kind::SignedIn => vec![rig.owner().await?],
        Kind::Subscribed => SealedSpace::make(rig).await?.admit(rig, MEMBERS).await?,
    };
    let authority = rig.authority.clone();
    let connect = async |member: &Member| {
        let (path, token) = (format!("/spaces/{}/stream", member.space), &member.token);
        match kind {
            Kind::Base => Socket::open(&authority, &format!("{path}?token={token}")).await,
            Kind::SignedIn => Socket::sign_in(&authority, &path, token, None).await,
            Kind::Subscribed => {
                Socket::sign_in(&authority, &path, token, Some(subscription())).await
            }
        }
    };
    // The cost that only the first stream of a member has is not counted.
    for member in &members {
        sockets.push(connect(member).await?);
    }
    let before = resident(rig).await;
    for member in members.iter().cycle().take(streams) {
        sockets.push(connect(member).await?);
    }
    let after = resident(rig).await;
    let count = f64::from(u32::try_from(streams)?);
    let mut figure = Figure::amount(
        name,
        format!("{what}, of {streams}"),
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

fn subscription() -> StreamSubscription {
    StreamSubscription {
        topics: vec!["general".to_owned()],
        data: Vec::new(),
        signals: vec![ALL.to_owned()],
        roster: true,
        inbox: false,
    }
}

/// Resident memory of the server, in bytes.
async fn resident(rig: &Rig) -> f64 {
    sleep(SETTLE).await;
    #[expect(clippy::cast_precision_loss, reason = "a size of memory")]
    rig.meter.resident().map_or(f64::NAN, |bytes| bytes as f64)
}
