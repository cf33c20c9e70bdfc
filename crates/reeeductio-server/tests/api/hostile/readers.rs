//! Clients that ask for much and take nothing of it.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::rig::{Bound, Member, Post, blob_id};

const DISCONNECTS: &str = "reeeductio_disconnects_total{reason=\"write_timeout\"}";

/// Far more than the sockets hold.
const SIZE: usize = 24 << 20;

async fn patient_for_a_second() -> Bound {
    Bound::with(|plan| {
        plan.config.timeouts.write_seconds = 1;
        // Pages as large as a patient reader could ask for.
        plan.engine.limits.page_bytes = SIZE;
    })
    .await
}

/// Asks and leaves the answer where it is.
pub(super) async fn ask(bound: &Bound, owner: &Member, rest: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(bound.server.address()).await.unwrap();
    let head = format!(
        "GET {} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {}\r\n\r\n",
        owner.path(rest),
        owner.token,
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// Everything the server still had sent.
pub(super) async fn drain(mut stream: TcpStream) -> Vec<u8> {
    let mut found = Vec::new();
    // A reset is an end like any other.
    let _ended = stream.read_to_end(&mut found).await;
    found
}

/// A blob, and a topic whose one page is about as large.
async fn fill(bound: &Bound, owner: &Member) -> String {
    let content = vec![7; SIZE];
    let id = blob_id(&content);
    owner.put_blob(&bound.rig, &id, content).await.expect(201);
    let mut head = None;
    for _ in 0..SIZE / 90_000 {
        let post = Post::new("general", "chat.text", head.as_deref(), &vec![7; 70_000]);
        let created = owner.post(&bound.rig, &post).await.expect(201);
        head = created["message_hash"].as_str().map(str::to_owned);
    }
    format!("blobs/{id}")
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_disconnected_and_blocks_nobody() {
    let bound = patient_for_a_second().await;
    let owner = bound.rig.owner(1).await;
    let blob = fill(&bound, &owner).await;
    let page = "topics/general/messages?limit=1000";
    let mut asleep = Vec::new();
    for rest in [&*blob, &*blob, page, page] {
        asleep.push(ask(&bound, &owner, rest).await);
    }
    // Others read and write all the while.
    let mut others = 0;
    while bound.metric(DISCONNECTS).await < 4 {
        let answer = drain(ask(&bound, &owner, "topics/other/messages").await).await;
        assert!(answer.starts_with(b"HTTP/1.1 200"));
        owner.say(&bound.rig, "other", b"hello").await;
        others += 1;
        assert!(others < 4_000, "nobody is disconnected");
    }
    assert!(others > 0);
    for stream in asleep {
        let found = drain(stream).await;
        assert!(found.starts_with(b"HTTP/1.1 200"));
        assert!(found.len() < SIZE, "{}", found.len());
    }
    assert_eq!(bound.metric("reeeductio_connections").await, 0);
}

#[tokio::test]
async fn who_reads_gets_everything() {
    let bound = patient_for_a_second().await;
    let owner = bound.rig.owner(1).await;
    let blob = fill(&bound, &owner).await;
    let found = drain(ask(&bound, &owner, &blob).await).await;
    let body = found
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap()
        + 4;
    assert!(found[body..] == vec![7; SIZE]);
    let page = drain(ask(&bound, &owner, "topics/general/messages?limit=1000").await).await;
    assert!(page.len() > 3_000_000 && page.ends_with(b"}"));
    assert_eq!(bound.metric(DISCONNECTS).await, 0);
}

#[tokio::test]
async fn a_client_that_takes_little_now_and_then_is_disconnected() {
    let bound = Bound::with(|plan| {
        plan.config.timeouts.write_seconds = 1;
        // Faster than anybody reads.
        plan.config.timeouts.min_bytes_per_second = 1 << 40;
    })
    .await;
    let owner = bound.rig.owner(1).await;
    let blob = fill(&bound, &owner).await;
    let mut stream = ask(&bound, &owner, &blob).await;
    let mut taken = 0;
    let mut piece = vec![0; 1024];
    while bound.metric(DISCONNECTS).await == 0 {
        taken += stream.read(&mut piece).await.unwrap();
        assert!(
            taken < SIZE / 2,
            "the answer may be taken as slowly as one likes"
        );
        owner.say(&bound.rig, "other", b"hello").await;
    }
    assert!(drain(stream).await.len() + taken < SIZE);
}
