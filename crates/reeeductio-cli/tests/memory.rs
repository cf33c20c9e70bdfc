//! Clients that ask and never come back cost the server no memory: its own, as it reports it, stays within a
//! bound.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::allow_attributes
)]
#![cfg(target_os = "linux")]

use std::path::Path;
use std::time::Duration;

use reeeductio_core::Identity;
use reeeductio_proto::{BlobId, MessageId};
use reeeductio_testkit::{Member, ServerProcess};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const BINARY: &str = env!("CARGO_BIN_EXE_reeeductio");

/// Returns the server's resident memory, in bytes.
async fn memory(member: &Member) -> u64 {
    let url = format!("{}/metrics", member.url());
    let text = member.http().get(url).send().await.unwrap();
    let text = text.text().await.unwrap();
    text.lines()
        .find_map(|line| line.strip_prefix("reeeductio_resident_memory_bytes "))
        .map(|bytes| bytes.parse().unwrap())
        .unwrap()
}

/// Asks for a challenge for each of `numbers`, an id of its own each.
async fn challenges(member: &Member, numbers: std::ops::Range<u32>) {
    let url = format!("{}/spaces/{}/auth/challenge", member.url(), member.space);
    for number in numbers {
        let mut seed = [0; 32];
        seed[..4].copy_from_slice(&number.to_be_bytes());
        let id = Identity::from_seed(&seed).user_id();
        let asked = json!({"public_key": id.to_string()});
        let answer = member.http().post(&url).json(&asked).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.bytes().await.unwrap();
    }
}

#[tokio::test]
async fn ten_thousand_challenges_cost_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let server = ServerProcess::start(Path::new(BINARY), folder.path());
    let member = Member::sign_in_owner(server.url(), [1; 32]).await;
    // The memory that a server needs once it has begun to work is not measured.
    challenges(&member, 0..2_000).await;
    let before = memory(&member).await;
    challenges(&member, 2_000..12_000).await;
    let grown = memory(&member).await.saturating_sub(before);
    // A hundred bytes kept for each would be a million.
    assert!(grown < 700_000, "{grown} bytes more than {before}");
}

/// Posts `count` messages of 100,000 characters to a topic, each on top of the last.
async fn fill(member: &Member, count: usize) {
    let data = vec![7; 75_000];
    let mut head = None;
    for _ in 0..count {
        let answer = member.post_on("general", "chat.text", head, &data).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let hash = answer.json["message_hash"].as_str().unwrap();
        head = Some(MessageId::parse(hash).unwrap());
    }
}

/// Returns the server's resident memory once it is at most `enough`, or after ten seconds.
async fn memory_after(member: &Member, enough: u64) -> u64 {
    let settled = async {
        loop {
            let occupied = memory(member).await;
            if occupied <= enough {
                return occupied;
            }
        }
    };
    match tokio::time::timeout(Duration::from_secs(10), settled).await {
        Ok(occupied) => occupied,
        Err(_) => memory(member).await,
    }
}

#[tokio::test]
async fn sixty_who_ask_for_everything_and_read_nothing_cost_little_and_leave_nothing() {
    const READERS: usize = 60;
    let folder = tempfile::tempdir().unwrap();
    let server = ServerProcess::start(Path::new(BINARY), folder.path());
    let member = Member::sign_in_owner(server.url(), [1; 32]).await;
    fill(&member, 1_000).await;
    let page = "topics/general/messages?limit=1000";
    // The memory that a server needs once it has begun to work is not measured.
    let warm = member.get(page).await;
    assert_eq!(warm.status, 200);
    let before = memory(&member).await;
    let token = format!("authorization: Bearer {}\r\n", member.token);
    let asking = (0..READERS).map(|_| begin(&member, page, &token));
    let asleep = futures_util::future::join_all(asking).await;
    let statuses: Vec<u16> = asleep.iter().map(|(_, status)| *status).collect();
    assert!(statuses.contains(&200), "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 503].contains(status)));
    let grown = memory(&member).await.saturating_sub(before);
    assert!(grown < 300 << 20, "{grown} bytes more than {before}");
    drop(asleep);
    let after = memory_after(&member, before + (50 << 20)).await;
    let left = after.saturating_sub(before);
    assert!(left < 50 << 20, "{left} bytes more than {before}");
}

/// Sends a request by hand and reads the head of its answer, nothing of its body.
async fn ask(member: &Member, rest: &str, headers: &str) -> TcpStream {
    let (socket, status) = begin(member, rest, headers).await;
    assert!(status == 200 || status == 101, "{status}");
    socket
}

/// [`ask`] whatever the answer's status.
async fn begin(member: &Member, rest: &str, headers: &str) -> (TcpStream, u16) {
    let address = member.url().strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "GET /spaces/{}/{rest} HTTP/1.1\r\nhost: x\r\n{headers}\r\n",
        member.space
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(socket.read_u8().await.unwrap());
    }
    let status = std::str::from_utf8(&answer[9..12]).unwrap();
    (socket, status.parse().unwrap())
}

/// Opens streams one after the other and drops each.
async fn come_and_go(member: &Member, count: usize) {
    const UPGRADE: &str = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                           sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
    let stream = format!("stream?token={}", member.token);
    for _ in 0..count {
        drop(ask(member, &stream, UPGRADE).await);
    }
}

#[tokio::test]
async fn thousands_of_streams_that_come_and_go_cost_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let server = ServerProcess::start(Path::new(BINARY), folder.path());
    let member = Member::sign_in_owner(server.url(), [1; 32]).await;
    come_and_go(&member, 2_000).await;
    // The allocator may take some MiB once and keep them. Two hundred bytes kept for each stream would be a million in every round.
    let mut grown = Vec::new();
    for _ in 0..3 {
        let before = memory(&member).await;
        come_and_go(&member, 5_000).await;
        // The last of them are being closed yet.
        let after = memory_after(&member, before + 1_000_000).await;
        grown.push(after.saturating_sub(before));
        if grown.last().is_some_and(|grown| *grown < 1_000_000) {
            return;
        }
    }
    panic!("{grown:?} bytes more");
}

#[tokio::test]
async fn a_blob_that_nobody_takes_is_not_held_in_memory() {
    const READERS: u64 = 20;
    let folder = tempfile::tempdir().unwrap();
    let server = ServerProcess::start(Path::new(BINARY), folder.path());
    let member = Member::sign_in_owner(server.url(), [1; 32]).await;
    let content = vec![7; 50 << 20];
    let id = BlobId::of(&content).to_string();
    assert_eq!(member.put_blob(&id, content).await.status, 201);
    let before = memory(&member).await;
    let token = format!("authorization: Bearer {}\r\n", member.token);
    let mut asleep = Vec::new();
    for _ in 0..READERS {
        asleep.push(ask(&member, &format!("blobs/{id}"), &token).await);
    }
    let grown = memory(&member).await.saturating_sub(before);
    // A few chunks for each, not the fifty that the blob consists of.
    assert!(
        grown < READERS * (3 << 20),
        "{grown} bytes more than {before}"
    );
}
