//! Servers that fall silent are given up.

use std::time::Duration;

use reeeductio_client::transport::{
    Body, Method, Native, Request, Timeouts, Transport, TransportError, Url,
};

use crate::http::{HttpServer, Reply};

/// Far below what the test is given, so that it ends by this and by nothing else.
const BRIEF: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_hours(1);

fn network(connect: Duration, idle: Duration) -> Native {
    Native::new(Timeouts { connect, idle }).unwrap()
}

#[tokio::test]
async fn an_answer_that_does_not_begin_is_given_up() {
    let server = HttpServer::start(|_| Reply::Silence("")).await;
    let native = network(LONG, BRIEF);
    for body in [Body::Empty, Body::Bytes(vec![0; 1000].into())] {
        let request = Request {
            body,
            ..Request::new(Method::Put, Url::new(server.url.clone()))
        };
        let error = native.send(request).await.unwrap_err();
        assert_eq!(error, TransportError::Timeout);
    }
}

#[tokio::test]
async fn an_answer_that_does_not_go_on_is_given_up() {
    for said in [
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nsome",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nsome\r\n",
    ] {
        let server = HttpServer::start(move |_| Reply::Silence(said)).await;
        let native = network(LONG, BRIEF);
        let request = Request::new(Method::Get, Url::new(server.url.clone()));
        let mut response = native.send(request).await.unwrap();
        let mut ended = Ok(());
        while let Some(chunk) = futures_util::StreamExt::next(&mut response.body).await {
            ended = chunk.map(|_| ());
        }
        assert_eq!(ended, Err(TransportError::Timeout));
    }
}

#[tokio::test]
async fn a_stream_that_does_not_open_is_given_up() {
    let server = HttpServer::start(|_| Reply::Silence("")).await;
    let url = Url::new(server.url.replace("http", "ws"));
    let opened = network(BRIEF, LONG).connect(url, None).await;
    assert_eq!(opened.err(), Some(TransportError::Timeout));
}
