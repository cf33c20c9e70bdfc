//! The proxies of the environment, which a process cannot change for itself.
#![allow(clippy::disallowed_methods)]

use std::env;
use std::process::Command;

use reeeductio_client::Native;
use reeeductio_client::transport::Timeouts;
use reeeductio_testkit::TestServer;

use crate::proxy::TestProxy;
use crate::rig::{address, converse};

/// Set in the process that the test starts.
const CHILD: &str = "REEEDUCTIO_TEST_OF_ENVIRONMENT";

#[tokio::test]
async fn the_environment_is_followed_by_those_who_ask_for_it() {
    if let Ok(server) = env::var(CHILD) {
        return child(&server).await;
    }
    let server = TestServer::start().await;
    let proxy = TestProxy::open(address(&server)).await;
    let this = "environment::the_environment_is_followed_by_those_who_ask_for_it";
    let mut child = Command::new(env::current_exe().unwrap());
    child
        .args(["--exact", this])
        .env(CHILD, server.url())
        .env_remove("REQUEST_METHOD")
        .env_remove("http_proxy")
        .env_remove("no_proxy")
        .env("HTTP_PROXY", proxy.url("user:password@"))
        .env("NO_PROXY", "localhost");
    let output = tokio::task::spawn_blocking(move || child.output());
    let output = output.await.unwrap().unwrap();
    assert!(output.status.success(), "{output:?}");

    let heads = proxy.heads();
    assert!(
        heads
            .iter()
            .any(|head| head.starts_with("CONNECT space.test:80"))
    );
    for head in heads {
        assert!(head.contains("space.test"), "{head}");
        assert!(head.contains("Basic dXNlcjpwYXNzd29yZA=="), "{head}");
    }
}

/// Uses the network in an environment that names a proxy.
async fn child(server: &str) {
    let following = Native::builder().proxy_from_environment();
    let native = following.clone().build().unwrap();
    converse(native.clone(), "http://space.test").await;
    converse(native, &server.replace("127.0.0.1", "localhost")).await;

    converse(Native::new(Timeouts::default()).unwrap(), server).await;
    let excluding = following.no_proxy("127.0.0.1").build().unwrap();
    converse(excluding, server).await;
}
