//! Clients that make the server hold as much as it may: others are still served.

use axum::http::Method;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use super::readers::{ask, drain};
use crate::rig::{Bound, Member, Post};

/// Messages of a page of almost 4 MB.
const LIMIT: usize = 40;
const PAGE: &str = "topics/general/messages?limit=40";
const NEWEST: &str = "topics/general/messages?from=9999999999999&to=0&limit=1";
const HELD: &str = "reeeductio_memory_held_bytes";

/// 32 MiB for all, 16 for one member, nobody waits for room.
async fn narrow() -> Bound {
    Bound::with(|plan| {
        plan.config.limits.memory_bytes = 32 << 20;
        plan.config.timeouts.busy_seconds = 0;
    })
    .await
}

async fn fill(bound: &Bound, owner: &Member) {
    let mut head = None;
    for _ in 0..LIMIT {
        let post = Post::new("general", "chat.text", head.as_deref(), &vec![7; 70_000]);
        let created = owner.post(&bound.rig, &post).await.expect(201);
        head = created["message_hash"].as_str().map(str::to_owned);
    }
}

/// Asks for pages until there is no room for another one, and takes nothing of them but the status.
async fn hold(bound: &Bound, owner: &Member) -> Vec<TcpStream> {
    let mut asleep = Vec::new();
    loop {
        let mut stream = ask(bound, owner, PAGE).await;
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.unwrap();
        if &status == b"HTTP/1.1 503" {
            return asleep;
        }
        assert_eq!(&status, b"HTTP/1.1 200");
        asleep.push(stream);
        assert!(asleep.len() < 100, "there is room without end");
    }
}

#[tokio::test]
async fn answers_that_nobody_takes_have_a_bound_and_others_are_served() {
    let bound = narrow().await;
    let hog = bound.rig.owner(1).await;
    let other = bound.rig.owner(2).await;
    fill(&bound, &hog).await;
    fill(&bound, &other).await;
    let asleep = hold(&bound, &hog).await;
    assert!(asleep.len() > 1, "{}", asleep.len());
    let held = bound.metric(HELD).await;
    assert!(held <= 16 << 20, "{held}");
    let refused = hog.get(&bound.rig, PAGE).await;
    refused.refused(503, "server.busy");
    assert_eq!(refused.header("retry-after"), "1");
    // Another member has room, and small requests of the same one, too.
    other.get(&bound.rig, PAGE).await.expect(200);
    for member in [&hog, &other] {
        member
            .get(&bound.rig, "topics/empty/messages?limit=1")
            .await
            .expect(200);
        member.say(&bound.rig, "other", b"hello").await;
    }
    for path in ["/health", "/ready"] {
        bound.rig.get(path).await.expect(200);
    }
    drop(asleep);
    bound.until(HELD, 0).await;
    hog.get(&bound.rig, PAGE).await.expect(200);
}

#[tokio::test]
async fn small_requests_of_others_pass_when_everything_is_held() {
    let bound = narrow().await;
    let mut asleep = Vec::new();
    for seed in 1..4 {
        let hog = bound.rig.owner(seed).await;
        fill(&bound, &hog).await;
        asleep.extend(hold(&bound, &hog).await);
    }
    let other = bound.rig.owner(9).await;
    other
        .get(&bound.rig, PAGE)
        .await
        .refused(503, "server.busy");
    other.say(&bound.rig, "general", &vec![7; 70_000]).await;
    let newest = other.get(&bound.rig, NEWEST).await.expect(200);
    assert_eq!(newest["messages"].as_array().unwrap().len(), 1);
    let blob = crate::rig::blob_id(b"small");
    other.put_blob(&bound.rig, &blob, "small").await.expect(201);
    let answer = bound.rig.send(other.blob(Method::GET, &blob, "")).await;
    assert_eq!(&*answer.body, b"small");
    drop(asleep);
    bound.until(HELD, 0).await;
}

#[tokio::test]
async fn a_request_waits_for_room_that_others_give_back() {
    let bound = Bound::with(|plan| {
        plan.config.limits.memory_bytes = 32 << 20;
        plan.config.timeouts.busy_seconds = 600;
    })
    .await;
    let owner = bound.rig.owner(1).await;
    fill(&bound, &owner).await;
    // More than the member may hold at once.
    let waiting: Vec<_> = (0..12).map(|_| ask(&bound, &owner, PAGE)).collect();
    let sockets = futures_util::future::join_all(waiting).await;
    for socket in sockets {
        let answer = drain(socket).await;
        assert!(answer.starts_with(b"HTTP/1.1 200"));
    }
    assert_eq!(bound.metric("reeeductio_memory_refusals_total").await, 0);
}

#[tokio::test]
async fn a_blob_that_nobody_takes_counts_by_its_chunks() {
    let bound = narrow().await;
    let owner = bound.rig.owner(1).await;
    let content = vec![7; 24 << 20];
    let id = crate::rig::blob_id(&content);
    owner
        .put_blob(&bound.rig, &id, content.clone())
        .await
        .expect(201);
    let mut asleep = Vec::new();
    for _ in 0..4 {
        asleep.push(ask(&bound, &owner, &format!("blobs/{id}")).await);
    }
    for socket in asleep {
        let answer = drain(socket).await;
        assert!(answer.ends_with(&content));
    }
    bound.until(HELD, 0).await;
}
