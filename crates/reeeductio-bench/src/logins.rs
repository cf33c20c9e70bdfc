//! Signing in: a challenge, its signature, a token. The client's signature is measured with it.

use anyhow::Result;

use crate::figure::Figure;
use crate::limits::Limit;
use crate::member::Member;
use crate::rig::{Rig, announce};

pub(crate) async fn run(rig: &mut Rig) -> Result<()> {
    one(rig, 1, Limit::Echo1).await?;
    one(rig, 8, Limit::Echo32).await
}

async fn one(rig: &mut Rig, clients: usize, echo: Limit) -> Result<()> {
    let plural = if clients == 1 { "" } else { "s" };
    let name = format!("logins, {clients} client{plural}");
    announce(&name);
    let mut owners = Vec::new();
    for _ in 0..clients {
        owners.push(rig.owner().await?);
    }
    let run = rig
        .measure(async || {
            let mut workers = Vec::new();
            for owner in &owners {
                let mut connection = rig.connect().await?;
                let owner = owner.clone();
                workers.push(async move || {
                    let keys = owner.keys.clone();
                    Member::sign_in(&mut connection, keys, owner.space, owner.id).await?;
                    Ok(true)
                });
            }
            Ok(workers)
        })
        .await?;
    let figure = Figure::rate(format!("logins.{clients}"), name, "logins/s", 1.0, &run)
        .note("two requests each, signing included");
    rig.add(figure, &[(echo, 2.0), (Limit::Verify, 1.0)]).await
}
