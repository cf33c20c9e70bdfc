//! State entries: set by one writer, who has signed everything before, and read.

use anyhow::Result;

use crate::chain::{Chain, Stock};
use crate::figure::Figure;
use crate::limits::Limit;
use crate::rig::{Rig, announce};

const PATH: &str = "profiles/ada";
/// Entries that wait when a round begins.
const SIGNED: usize = 10_000;

pub(crate) async fn run(rig: &mut Rig) -> Result<()> {
    announce("state");
    let owner = rig.owner().await?;
    let mut chain = Chain::of_state(&owner, None);
    chain.set_kind(PATH);
    let stock = Stock::default();
    let run = rig
        .measure_rounds(async || {
            let connection = rig.connect().await?;
            chain.stock_up(&stock, &connection, SIGNED)?;
            Ok(vec![stock.poster(connection)])
        })
        .await?;
    let figure = Figure::rate("state.set", "state set, 1 writer", "writes/s", 1.0, &run);
    rig.add(figure, &[(Limit::Echo1, 1.0), (Limit::Sync, 1.0)])
        .await?;
    let request = owner.get(&rig.connect().await?, &format!("state/{PATH}"));
    let run = rig.measure_request(&request, 1).await?;
    let figure = Figure::rate("state.get", "state get, 1 reader", "reads/s", 1.0, &run);
    rig.add(figure, &[(Limit::Echo1, 1.0)]).await
}
