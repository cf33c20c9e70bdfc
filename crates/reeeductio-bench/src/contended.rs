//! Writers on one topic. Each signs behind the head it knows and tries again behind the new one when another
//! was first, so signing is measured: it cannot be done before.

use std::cell::Cell;
use std::rc::Rc;

use anyhow::{Result, bail};
use reeeductio_proto::{MessageId, TopicId};
use serde_json::Value;

use crate::chain::MESSAGE;
use crate::connection::Connection;
use crate::figure::Figure;
use crate::limits::Limit;
use crate::member::Member;
use crate::rig::{Rig, announce};

pub(crate) async fn run(rig: &mut Rig) -> Result<()> {
    for writers in [8, 50] {
        one(rig, writers).await?;
    }
    Ok(())
}

async fn one(rig: &mut Rig, writers: usize) -> Result<()> {
    let name = format!("append, {writers} writers on one topic");
    announce(&name);
    let owner = rig.owner().await?;
    let topic = TopicId::parse("contended")?;
    let conflicts = Rc::new(Cell::new(0_u64));
    let run = rig
        .measure(async || {
            conflicts.set(0);
            let mut workers = Vec::new();
            for _ in 0..writers {
                let mut connection = rig.connect().await?;
                let mut head = owner.head(&mut connection, &topic).await?;
                let (owner, topic, conflicts) =
                    (owner.clone(), topic.clone(), Rc::clone(&conflicts));
                workers.push(async move || {
                    loop {
                        let (hash, request) =
                            owner.post(&connection, &topic, "bench", head, &MESSAGE)?;
                        match connection.exchange(&request).await? {
                            201 => {
                                head = Some(hash);
                                return Ok(true);
                            }
                            409 => {
                                conflicts.set(conflicts.get() + 1);
                                head = new_head(&owner, &mut connection, &topic).await?;
                            }
                            status => bail!(
                                "the server answered {status}: {}",
                                String::from_utf8_lossy(connection.body())
                            ),
                        }
                    }
                });
            }
            Ok(workers)
        })
        .await?;
    #[expect(clippy::cast_precision_loss, reason = "counts of a benchmark")]
    let tries = conflicts.get() as f64 / run.done as f64;
    let figure = Figure::rate(
        format!("contended.{writers}"),
        name,
        "messages/s",
        1.0,
        &run,
    )
    .note("signing included")
    .note(format!("{tries:.1} conflicts per message"));
    rig.add(figure, &[(Limit::Sync, 1.0)]).await
}

/// The head after a conflict: as the refusal names it, or else by asking.
async fn new_head(
    member: &Member,
    connection: &mut Connection,
    topic: &TopicId,
) -> Result<Option<MessageId>> {
    let refusal: Value = serde_json::from_slice(connection.body()).unwrap_or_default();
    let named = refusal
        .pointer("/details/head/message_hash")
        .and_then(Value::as_str);
    match named {
        Some(named) => Ok(Some(named.parse()?)),
        None => member.head(connection, topic).await,
    }
}
