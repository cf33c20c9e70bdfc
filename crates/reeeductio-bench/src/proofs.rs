//! Checkpoints and proofs of a space with many events. Some answers of each kind are verified before they are measured.

mod question;
mod verifier;

use std::cell::Cell;
use std::rc::Rc;

use anyhow::Result;
use reeeductio_proto::api::MessageCreated;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::figure::Figure;
use crate::limits::Limit;
use crate::measure::{Run, now};
use crate::report::progress;
use crate::rig::{Rig, announce};
use crate::sealed_space::SealedSpace;
use question::{Asked, Kind, WrittenTopic};
use verifier::Verifier;

/// Members that post the events, each to a topic of its own.
const WRITERS: usize = 32;
/// Questions of a kind, which are repeated in turns.
const QUESTIONS: usize = 512;

pub(crate) async fn run(rig: &mut Rig) -> Result<()> {
    let events = rig.scaled(1_000_000, 3_840);
    announce(&format!("proofs: posting {events} messages"));
    memory(rig, "before", "memory of the server before the events").await?;
    let topics = fill(rig, events / WRITERS).await?;
    memory(rig, "after_events", "memory of the server with the events").await?;
    let mut connection = rig.connect().await?;
    let verifier = Verifier::new(&mut connection, &topics).await?;
    let asked = Asked {
        size: verifier.size(),
        topics,
    };
    announce("proofs: verifying some");
    verifier.verify(&mut connection, &asked).await?;
    for kind in Kind::ALL {
        measure(rig, &asked, kind).await?;
    }
    let name = "memory of the server after the proofs";
    memory(rig, "after_proofs", name).await
}

/// Fills a space with messages, each of its writers a topic.
async fn fill(rig: &mut Rig, each: usize) -> Result<Vec<WrittenTopic>> {
    let mut space = SealedSpace::make(rig).await?;
    let mut tasks = JoinSet::new();
    let posted = Rc::new(Cell::new(0_u64));
    let writers = space.admit(rig, WRITERS).await?;
    let (before, started) = (rig.meter.start(), now());
    for (number, member) in writers.into_iter().enumerate() {
        let name = format!("writer-{number:03}");
        let mut lane = space.lane(&member, &name)?;
        let mut connection = rig.connect().await?;
        let posted = Rc::clone(&posted);
        tasks.spawn_local(async move {
            let mut times = Vec::with_capacity(each);
            for _ in 0..each {
                let (_, request) = lane.seal(&connection)?;
                connection.expect(&request, 201).await?;
                let created: MessageCreated = serde_json::from_slice(connection.body())?;
                times.push(created.server_timestamp);
                posted.set(posted.get() + 1);
                if posted.get().is_multiple_of(100_000) {
                    progress(&format!("{} posted", posted.get()));
                }
            }
            Ok::<_, anyhow::Error>(WrittenTopic {
                member,
                name,
                times,
            })
        });
    }
    let mut topics = Vec::new();
    while let Some(finished) = tasks.join_next().await {
        topics.push(finished??);
    }
    let run = Run {
        done: posted.get(),
        took: started.elapsed(),
        times: Vec::new(),
        usage: rig.meter.stop(&before),
    };
    let name = format!("{WRITERS} writers that seal each message when they post it");
    let figure = Figure::rate("proofs.fill", name, "messages/s", 1.0, &run)
        .note(format!("until there are {}", run.done));
    rig.add(figure, &[]).await?;
    Ok(topics)
}

async fn measure(rig: &mut Rig, asked: &Asked, kind: Kind) -> Result<()> {
    announce(kind.name());
    let mut connection = rig.connect().await?;
    let mut requests = Vec::new();
    let (mut bytes, mut most, mut proving) = (0, 0, 0);
    for _ in 0..QUESTIONS {
        let request = asked.question(kind)?.request(&connection, asked.size);
        connection.expect(&request, 200).await?;
        let length = connection.body().len();
        (bytes, most) = (bytes + length, most.max(length));
        proving += proof_length(connection.body())?;
        requests.push(request);
    }
    let count = requests.len().max(1);
    let run = rig
        .measure(async || {
            let mut connection = rig.connect().await?;
            let mut requests = requests.clone().into_iter().cycle();
            Ok(vec![async move || {
                let Some(request) = requests.next() else {
                    return Ok(false);
                };
                connection.expect(&request, 200).await?;
                Ok(true)
            }])
        })
        .await?;
    let figure = Figure::rate(kind.key(), kind.name(), "answers/s", 1.0, &run).note(format!(
        "{} bytes of JSON on average, of which {} prove; at most {most}",
        bytes / count,
        proving / count
    ));
    rig.add(figure, &[(Limit::Echo1, 1.0)]).await
}

/// Bytes of a page's proof; of other answers all.
fn proof_length(body: &[u8]) -> Result<usize> {
    let answer: Value = serde_json::from_slice(body)?;
    Ok(answer
        .get("proof")
        .map_or(body.len(), |proof| proof.to_string().len()))
}

async fn memory(rig: &mut Rig, key: &str, name: &str) -> Result<()> {
    let Some(bytes) = rig.meter.resident() else {
        return Ok(());
    };
    #[expect(clippy::cast_precision_loss, reason = "a size of memory")]
    let mebibytes = bytes as f64 / 1_048_576.0;
    let key = format!("proofs.memory.{key}");
    rig.add(Figure::amount(key, name, "MiB", mebibytes), &[])
        .await
}

#[cfg(test)]
mod tests {
    use super::proof_length;

    #[test]
    fn of_a_page_the_proof_alone_proves() {
        let page = br#"{"messages": [1, 2], "proof": {"hashes": []}}"#;
        assert_eq!(proof_length(page).unwrap(), r#"{"hashes":[]}"#.len());
        let proof = br#"{"hashes":["a"]}"#;
        assert_eq!(proof_length(proof).unwrap(), proof.len());
        assert!(proof_length(b"{").is_err());
    }
}
