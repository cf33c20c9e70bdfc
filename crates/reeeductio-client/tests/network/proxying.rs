//! Requests and streams through a proxy.

use std::time::Duration;

use reeeductio_client::transport::{Timeouts, TransportError};
use reeeductio_client::{Native, NativeBuilder};
use reeeductio_testkit::TestServer;

use crate::authority::Authority;
use crate::proxy::{Refuse, TestProxy};
use crate::rig::{address, converse, request, stream, tls};

/// Only the proxy knows the way to it.
const HIDDEN: &str = "space.test";
/// `user:p@ss` as it is sent.
const SENT: &str = "Basic dXNlcjpwQHNz";
/// `user:p@ss` as it is written in a URL.
const WRITTEN: &str = "user:p%40ss@";
/// The answer of a proxy that wants other credentials.
const UNKNOWN: &str = "HTTP/1.1 407 Who are you\r\ncontent-length: 0\r\n\r\n";

fn through(url: &str) -> Native {
    Native::builder().proxy(url).build().unwrap()
}

/// Returns the errors of requests and streams to a server on each scheme.
async fn errors(builder: NativeBuilder) -> Vec<TransportError> {
    let native = builder.build().unwrap();
    let (plain, secure) = (format!("http://{HIDDEN}"), format!("https://{HIDDEN}"));
    vec![
        request(&native, &secure).await.unwrap_err(),
        stream(&native, &secure).await.unwrap_err(),
        stream(&native, &plain).await.unwrap_err(),
    ]
}

#[tokio::test]
async fn everything_goes_to_a_secure_server_through_a_tunnel() {
    let server = TestServer::start().await;
    let authority = Authority::new("ours");
    let proxy = TestProxy::open(tls(&server, &authority, HIDDEN, None).await).await;
    let builder = Native::builder().root_certificate_pem(authority.pem().as_bytes());

    let native = builder.clone().proxy(&proxy.url("")).build().unwrap();
    converse(native, &format!("https://{HIDDEN}")).await;
    let heads = proxy.heads();
    assert!(heads.len() >= 2, "a stream and requests: {heads:?}");
    for head in heads {
        assert!(
            head.starts_with("CONNECT space.test:443 HTTP/1.1\r\n"),
            "{head}"
        );
        assert!(
            !head.to_lowercase().contains("proxy-authorization"),
            "{head}"
        );
    }

    // The tunnel leads to the server; whom to trust is decided at its end.
    let untrusting = through(&proxy.url(""));
    let base = format!("https://{HIDDEN}:8443");
    let error = request(&untrusting, &base).await.unwrap_err();
    assert_eq!(error.code(), "transport.tls", "{error}");
    let error = stream(&untrusting, &base).await.unwrap_err();
    assert_eq!(error.code(), "transport.tls", "{error}");
    let last = proxy.heads().pop().unwrap();
    assert!(
        last.starts_with("CONNECT space.test:8443 HTTP/1.1\r\n"),
        "{last}"
    );
}

#[tokio::test]
async fn requests_to_a_plain_server_are_forwarded_and_streams_tunnelled() {
    let server = TestServer::start().await;
    let proxy = TestProxy::open(address(&server)).await;
    let base = format!("http://{HIDDEN}");
    converse(through(&proxy.url("")), &base).await;
    let heads = proxy.heads();
    let tunnels = |head: &&String| head.starts_with("CONNECT space.test:80 ");
    assert_eq!(heads.iter().filter(tunnels).count(), 1, "{heads:?}");
    let forwarded = |head: &String| head.starts_with("POST http://space.test/");
    assert!(heads.iter().any(forwarded), "{heads:?}");
}

#[tokio::test]
async fn the_proxy_gets_its_credentials_and_debug_does_not_show_them() {
    let server = TestServer::start().await;
    let authority = Authority::new("ours");
    let secure = tls(&server, &authority, HIDDEN, None).await;
    for (scheme, server) in [("https", secure), ("http", address(&server))] {
        let proxy = TestProxy::start(server, |head| {
            let known = head
                .to_lowercase()
                .contains(&format!("proxy-authorization: {}\r\n", SENT.to_lowercase()));
            (!known).then(|| UNKNOWN.to_owned())
        })
        .await;
        let native = Native::builder()
            .root_certificate_pem(authority.pem().as_bytes())
            .proxy(&proxy.url(WRITTEN))
            .build()
            .unwrap();
        let debug = format!("{native:?}");
        converse(native, &format!("{scheme}://{HIDDEN}")).await;
        for secret in ["p%40ss", "p@ss", SENT, "dXNlcjpwQHNz"] {
            assert!(!debug.contains(secret), "{debug}");
        }
    }
}

#[tokio::test]
async fn a_proxy_that_does_not_accept_the_credentials_is_an_error_of_its_own() {
    let server = TestServer::start().await;
    let proxy = TestProxy::start(address(&server), |_| Some(UNKNOWN.to_owned())).await;
    let named = proxy.url("");
    for (credentials, fix) in [("", "http://user:password@"), (WRITTEN, "correct")] {
        let url = proxy.url(credentials);
        let mut errors = errors(Native::builder().proxy(&url)).await;
        let plain = request(&through(&url), "http://space.test").await;
        errors.push(plain.unwrap_err());
        for error in errors {
            assert_eq!(error.code(), "transport.proxy", "{error}");
            let text = format!("{error} {error:?}");
            assert!(text.contains(&named) && text.contains(fix), "{text}");
            assert!(!text.contains("p%40ss") && !text.contains("p@ss"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named() {
    let server = TestServer::start().await;
    let cases: [(Refuse, &str); 3] = [
        (|_| Some("HTTP/1.1 403 No\r\n\r\n".to_owned()), "`no_proxy`"),
        (|_| Some("SSH-2.0-OpenSSH_9.9\r\n".to_owned()), "`no_proxy`"),
        (|_| Some("HTTP/1.1 200".to_owned()), "end of file"),
    ];
    for (refuse, text) in cases {
        let proxy = TestProxy::start(address(&server), refuse).await;
        for error in errors(Native::builder().proxy(&proxy.url(WRITTEN))).await {
            assert_eq!(error.code(), "transport.connect", "{error}");
            let error = error.to_string();
            assert!(error.contains(&proxy.url("")), "{error}");
            assert!(error.contains(text), "{error}");
        }
    }
}

#[tokio::test]
async fn an_answer_of_a_proxy_that_does_not_end_is_cut_off() {
    let server = TestServer::start().await;
    let proxy = TestProxy::start(address(&server), |_| {
        Some("HTTP/1.1 200 OK\r\nx: ".to_owned() + &"x".repeat(16 << 10))
    })
    .await;
    for error in errors(Native::builder().proxy(&proxy.url(""))).await {
        assert_eq!(error.code(), "transport.connect", "{error}");
        assert!(error.to_string().contains("too long"), "{error}");
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named() {
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    for error in errors(Native::builder().proxy(&gone)).await {
        assert_eq!(error.code(), "transport.connect", "{error}");
        assert!(error.to_string().contains(&gone), "{error}");
    }
}

#[tokio::test]
async fn a_silent_proxy_is_given_up() {
    let server = TestServer::start().await;
    let proxy = TestProxy::start(address(&server), |_| Some(String::new())).await;
    let builder = Native::builder().proxy(&proxy.url(""));
    let brief = Timeouts {
        connect: Duration::from_millis(200),
        idle: Duration::from_hours(1),
    };
    for error in errors(builder.clone().timeouts(brief)).await {
        assert_eq!(error, TransportError::Timeout);
    }
    // A forwarded request is connected; what it waits for is the answer.
    let brief = Timeouts {
        connect: Duration::from_hours(1),
        idle: Duration::from_millis(200),
    };
    let native = builder.timeouts(brief).build().unwrap();
    let error = request(&native, "http://space.test").await.unwrap_err();
    assert_eq!(error, TransportError::Timeout);
}

#[tokio::test]
async fn servers_in_the_list_are_reached_directly() {
    let server = TestServer::start().await;
    let proxy = TestProxy::open(address(&server)).await;
    let port = address(&server).port();
    let builder = Native::builder().proxy(&proxy.url(""));

    for list in ["127.0.0.1", "10.1.2.3, 127.0.0.0/8", "*"] {
        let native = builder.clone().no_proxy(list).build().unwrap();
        converse(native, &server.url()).await;
    }
    let native = builder
        .clone()
        .no_proxy("test")
        .no_proxy("localhost")
        .build()
        .unwrap();
    converse(native.clone(), &format!("http://localhost:{port}")).await;
    assert!(proxy.heads().is_empty(), "{:?}", proxy.heads());

    // The address of a name in the list is not in it.
    assert_eq!(request(&native, &server.url()).await, Ok(200));
    assert_eq!(stream(&native, &server.url()).await, Ok(403));
    assert_eq!(proxy.heads().len(), 2);
}
