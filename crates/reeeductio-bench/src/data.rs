//! Data entries: set by one writer, who has signed everything before, and read.

use std::collections::VecDeque;

use anyhow::Result;
use reeeductio_client::now;
use reeeductio_core::sign_entry;
use reeeductio_proto::DataPath;

use crate::chain::MESSAGE;
use crate::connection::Connection;
use crate::figure::Figure;
use crate::limits::Limit;
use crate::member::Member;
use crate::rig::{Rig, announce};

const PATH: &str = "presence/ada";
/// Entries signed for a round: they carry successive milliseconds, and servers accept no time that is a
/// minute off.
const SIGNED: usize = 5_000;

pub(crate) async fn run(rig: &mut Rig) -> Result<()> {
    announce("data");
    let owner = rig.owner().await?;
    let mut last = 0;
    let run = rig
        .measure_rounds(async || {
            let mut connection = rig.connect().await?;
            let mut requests = sign(&owner, &connection, &mut last)?;
            Ok(vec![async move || {
                let Some(request) = requests.pop_front() else {
                    return Ok(false);
                };
                connection.expect(&request, 200).await?;
                Ok(true)
            }])
        })
        .await?;
    let figure = Figure::rate("data.set", "data set, 1 writer", "writes/s", 1.0, &run);
    rig.add(figure, &[(Limit::Echo1, 1.0), (Limit::Sync, 1.0)])
        .await?;
    let request = owner.get(&rig.connect().await?, &format!("data/{PATH}"));
    let run = rig.measure_request(&request, 1).await?;
    let figure = Figure::rate("data.get", "data get, 1 reader", "reads/s", 1.0, &run);
    rig.add(figure, &[(Limit::Echo1, 1.0)]).await
}

/// Requests that set the entry at one millisecond after the other, all after `last`.
fn sign(owner: &Member, connection: &Connection, last: &mut i64) -> Result<VecDeque<Vec<u8>>> {
    let path = DataPath::parse(PATH)?;
    *last = now().max(*last);
    (0..SIGNED)
        .map(|_| {
            *last += 1;
            let entry = sign_entry(&owner.space, &path, &MESSAGE, *last, &owner.id, &owner.keys);
            let body = serde_json::to_vec(&entry)?;
            Ok(owner.request(connection, "PUT", &format!("data/{PATH}"), &body))
        })
        .collect()
}
