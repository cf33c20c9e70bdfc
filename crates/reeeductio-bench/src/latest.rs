//! The newest message of a topic: what every client asks for before it posts. Beside it `/health`, which is what
//! a request costs the server when there is nothing to do.

use anyhow::Result;

use crate::chain::Chain;
use crate::figure::Figure;
use crate::limits::Limit;
use crate::measure::Run;
use crate::member;
use crate::rig::{Rig, announce};

pub(crate) async fn run(rig: &mut Rig) -> Result<()> {
    announce("latest message");
    let owner = rig.owner().await?;
    let mut connection = rig.connect().await?;
    let mut chain = Chain::new(&owner, "latest")?;
    chain.fill(&mut connection, 100).await?;
    let health = connection.request("GET", "/health", "", b"");
    let latest = owner.get(&connection, &member::latest(chain.topic()));
    for (connections, echo) in [(1, Limit::Echo1), (32, Limit::Echo32)] {
        let nothing = rig.measure_request(&health, connections).await?;
        let alone = figure("health", "/health", "requests/s", connections, &nothing);
        rig.add(alone, &[(echo, 1.0)]).await?;
        let read = rig.measure_request(&latest, connections).await?;
        let figure = figure("latest", "latest message", "reads/s", connections, &read)
            .note(format!("{:.2} of /health", read.rate() / nothing.rate()));
        rig.add(figure, &[(echo, 1.0)]).await?;
    }
    Ok(())
}

fn figure(key: &str, name: &str, unit: &'static str, connections: usize, run: &Run) -> Figure {
    let plural = if connections == 1 { "" } else { "s" };
    Figure::rate(
        format!("{key}.{connections}"),
        format!("{name}, {connections} connection{plural}"),
        unit,
        1.0,
        run,
    )
}
