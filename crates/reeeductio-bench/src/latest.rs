//! The newest message of a topic: what every client asks for before it posts.

use anyhow::Result;

use crate::chain::Chain;
use crate::figure::Figure;
use crate::limits::Limit;
use crate::member;
use crate::rig::{Rig, announce};

pub(crate) async fn run(rig: &mut Rig) -> Result<()> {
    announce("latest message");
    let owner = rig.owner().await?;
    let mut connection = rig.connect().await?;
    let mut chain = Chain::new(&owner, "latest")?;
    chain.fill(&mut connection, 100).await?;
    let request = owner.get(&connection, &member::latest(chain.topic()));
    let run = rig.measure_request(&request).await?;
    let figure = Figure::rate("latest", "latest message, 1 reader", "reads/s", 1.0, &run);
    rig.add(figure, &[(Limit::Echo1, 1.0)]).await
}
