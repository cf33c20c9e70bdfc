//! Which servers are trusted, and who the client says it is.

use reeeductio_client::transport::TransportError;
use reeeductio_client::{Native, NativeBuilder};
use reeeductio_testkit::TestServer;

use crate::authority::Authority;
use crate::rig::{converse, request, stream, tls};

/// Both ways to a server are refused by `transport.tls`, with this in the text.
async fn refused(builder: NativeBuilder, base: &str, text: &str) {
    let native = builder.build().unwrap();
    for error in [
        request(&native, base).await.unwrap_err(),
        stream(&native, base).await.unwrap_err(),
    ] {
        assert_eq!(error.code(), "transport.tls", "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
}

#[tokio::test]
async fn a_server_of_a_private_authority_is_trusted_once_the_authority_is_known() {
    let server = TestServer::start().await;
    let authority = Authority::new("ours");
    let port = tls(&server, &authority, "localhost", None).await.port();
    let base = format!("https://localhost:{port}");

    let unknown = "`NativeBuilder::root_certificate_pem`";
    refused(Native::builder(), &base, unknown).await;
    let another = Authority::new("another").pem();
    let builder = Native::builder().root_certificate_pem(another.as_bytes());
    refused(builder, &base, unknown).await;

    let builder = Native::builder().root_certificate_pem(authority.pem().as_bytes());
    converse(builder.clone().build().unwrap(), &base).await;
    converse(builder.only_these_roots().build().unwrap(), &base).await;
}

#[tokio::test]
async fn several_authorities_are_trusted_from_one_file_or_from_many() {
    let server = TestServer::start().await;
    let (first, second) = (Authority::new("first"), Authority::new("second"));
    let (one, two) = (first.pem(), second.pem());
    let file = format!("# Ours\n{one}\nand\n{two}");
    let in_one = Native::builder().root_certificate_pem(file.as_bytes());
    let in_many = Native::builder()
        .root_certificate_pem(one.as_bytes())
        .root_certificate_pem(two.as_bytes());
    for builder in [in_one, in_many] {
        let native = builder.build().unwrap();
        for authority in [&first, &second] {
            let port = tls(&server, authority, "localhost", None).await.port();
            let base = format!("https://localhost:{port}");
            assert_eq!(request(&native, &base).await, Ok(200));
            assert_eq!(stream(&native, &base).await, Ok(403));
        }
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let server = TestServer::start().await;
    let authority = Authority::new("ours");
    let port = tls(&server, &authority, "another.test", None).await.port();
    let builder = Native::builder().root_certificate_pem(authority.pem().as_bytes());
    refused(
        builder,
        &format!("https://localhost:{port}"),
        "another.test",
    )
    .await;
}

#[tokio::test]
async fn a_server_that_asks_for_a_client_certificate_gets_it() {
    let server = TestServer::start().await;
    let (authority, clients) = (Authority::new("ours"), Authority::new("clients"));
    let port = tls(&server, &authority, "localhost", Some(&clients)).await;
    let base = format!("https://localhost:{}", port.port());
    let builder = Native::builder().root_certificate_pem(authority.pem().as_bytes());

    refused(
        builder.clone(),
        &base,
        "`NativeBuilder::client_identity_pem`",
    )
    .await;
    let identity = clients.client_pem();
    let builder = builder.client_identity_pem(identity.as_bytes());
    converse(builder.build().unwrap(), &base).await;
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_no_matter_of_trust() {
    let server = TestServer::start().await;
    let native = Native::builder().build().unwrap();
    let base = server.url().replace("http", "https");
    for error in [
        request(&native, &base).await.unwrap_err(),
        stream(&native, &base).await.unwrap_err(),
    ] {
        assert!(matches!(error, TransportError::Connect(_)), "{error}");
        assert!(error.to_string().contains("no TLS is spoken"), "{error}");
    }
}
