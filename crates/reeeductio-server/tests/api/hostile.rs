//! Bad input of every kind gets a typed error, nobody can hold what others need, and the server goes on.

mod bodies;
mod challenges;
mod connections;
mod crowds;
mod memory;
mod readers;
mod requests;
mod streams;

use axum::body::Body;
use axum::http::{Method, Request, header};
use reeeductio_proto::ErrorCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::rig::{Answer, Bound, Member, Rig};

fn request(member: &Member, method: Method, rest: &str, body: impl Into<Body>) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(member.path(rest))
        .header(header::AUTHORIZATION, format!("Bearer {}", member.token))
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.into())
        .unwrap()
}

/// A refusal with a code of the list and its status.
#[track_caller]
fn typed(answer: &Answer) {
    let body = answer.json();
    let code = ErrorCode::parse(body["code"].as_str().unwrap()).unwrap();
    answer.refused(code.status(), code.as_str());
    assert!((400..500).contains(&answer.status), "{body}");
}

async fn alive(rig: &Rig, owner: &Member) {
    rig.get("/health").await.expect(200);
    owner.say(rig, "alive", b"yes").await;
}

/// Sends bytes as they are and reads until the server closes.
async fn speak(bound: &Bound, bytes: &[u8]) -> String {
    let mut socket = TcpStream::connect(bound.server.address()).await.unwrap();
    // A client that is refused early may find the connection closed.
    let _cut_off = socket.write_all(bytes).await;
    let mut answer = Vec::new();
    // A reset is an end like any other.
    let _ended = socket.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}
