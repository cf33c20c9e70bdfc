//! Writers of the base protocol, each with a topic of its own.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use reeeductio_proto::MessageId;
use reeeductio_testkit::{Member, ServerProcess};

use crate::{BINARY, rounds, verify};

const WRITERS: u8 = 16;

/// Posts to a topic of its own, on top of `head`, until the server is gone; returns what was
/// acknowledged.
async fn write(
    member: Member,
    number: u8,
    mut head: Option<MessageId>,
    acknowledged: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
) -> Vec<MessageId> {
    let topic = format!("writer-{number:02}");
    let mut stored = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let body = member.draft(&topic, "n", head, &[number; 200]);
        let hash = MessageId::parse(body["message_hash"].as_str().unwrap()).unwrap();
        let request = member
            .http()
            .post(format!(
                "{}/spaces/{}/topics/{topic}/messages",
                member.url(),
                member.space
            ))
            .bearer_auth(&member.token)
            .json(&body);
        match request.send().await {
            Ok(response) if response.status() == 201 => {
                stored.push(hash);
                head = Some(hash);
                acknowledged.fetch_add(1, Ordering::SeqCst);
            }
            // Killed before, during or after the write; nothing was promised.
            _ => break,
        }
    }
    stored
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let mut expected: Vec<(String, MessageId)> = Vec::new();
    for round in 0..rounds(10) {
        let server = ServerProcess::start(Path::new(BINARY), folder.path());
        // Everything promised in earlier rounds, by its hash.
        let reader = Member::sign_in_owner(server.url(), [1; 32]).await;
        for (topic, hash) in expected.drain(..) {
            let found = reader.get(&format!("topics/{topic}/messages/{hash}")).await;
            assert_eq!(found.status, 200, "round {round}: {topic} lost {hash}");
        }
        let acknowledged = Arc::new(AtomicUsize::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        // Signed in and at their heads before the first write, so that the kill finds them writing.
        let mut writers = Vec::new();
        for number in 0..WRITERS {
            let head = reader.head(&format!("writer-{number:02}")).await;
            writers.push((number, head));
        }
        let writers: Vec<_> = writers
            .into_iter()
            .map(|(number, head)| {
                let (acknowledged, stop) = (Arc::clone(&acknowledged), Arc::clone(&stop));
                tokio::spawn(write(reader.clone(), number, head, acknowledged, stop))
            })
            .collect();
        // Another moment each time, in the middle of the writing.
        while acknowledged.load(Ordering::SeqCst) < 40 + 7 * round {
            tokio::task::yield_now().await;
        }
        server.kill();
        stop.store(true, Ordering::SeqCst);
        for (number, writer) in writers.into_iter().enumerate() {
            let topic = format!("writer-{number:02}");
            expected.extend(
                writer
                    .await
                    .unwrap()
                    .into_iter()
                    .map(|hash| (topic.clone(), hash)),
            );
        }
        assert!(!expected.is_empty());
        verify(folder.path());
    }
}
