//! Writers on topics of their own. Everything is signed before the clock starts: signing is not measured.

use anyhow::Result;

use crate::chain::{Chain, Stock};
use crate::figure::Figure;
use crate::limits::Limit;
use crate::rig::{Rig, announce};

/// Messages that wait when a round begins, of all writers together.
const SIGNED: usize = 24_000;

pub(crate) async fn run(rig: &mut Rig) -> Result<()> {
    one(rig, 1, &[(Limit::Echo1, 1.0), (Limit::Sync, 1.0)]).await?;
    let limits = [
        (Limit::Echo32, 1.0),
        (Limit::Commit, 1.0),
        (Limit::Verify, 1.0),
    ];
    one(rig, 32, &limits).await
}

async fn one(rig: &mut Rig, writers: usize, limits: &[(Limit, f64)]) -> Result<()> {
    let name = if writers == 1 {
        "append, 1 writer".to_owned()
    } else {
        format!("append, {writers} writers on own topics")
    };
    announce(&name);
    let owner = rig.owner().await?;
    let mut writing: Vec<(Chain, Stock)> = Vec::new();
    for number in 0..writers {
        let chain = Chain::new(&owner, &format!("writer-{number:03}"))?;
        writing.push((chain, Stock::default()));
    }
    let run = rig
        .measure_rounds(async || {
            let mut workers = Vec::new();
            for (chain, stock) in &mut writing {
                let connection = rig.connect().await?;
                chain.stock_up(stock, &connection, SIGNED / writers)?;
                workers.push(stock.poster(connection));
            }
            Ok(workers)
        })
        .await?;
    let figure = Figure::rate(format!("append.{writers}"), name, "messages/s", 1.0, &run);
    rig.add(figure, limits).await
}
