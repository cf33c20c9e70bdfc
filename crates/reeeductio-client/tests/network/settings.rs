//! Settings that cannot be used are refused before anything is sent.

use reeeductio_client::Native;

use crate::authority::Authority;

#[test]
fn a_url_that_is_no_proxy_is_refused_with_what_to_write() {
    for (url, reason) in [
        ("", "empty host"),
        ("http://", "empty host"),
        ("http://user:SECRET@proxy:99999", "port"),
        ("https://user:SECRET@proxy:3128", "only http://"),
        ("socks5h://user:SECRET@proxy:1080", "only http://"),
        ("http://user:SECRET@proxy:3128/path", "after the port"),
        ("http://user:SECRET@proxy:3128?query", "after the port"),
        ("http://user:SECRET\u{fffd}@proxy:3128", "UTF-8"),
    ] {
        let error = Native::builder().proxy(url).build().unwrap_err();
        assert_eq!(error.code(), "transport.proxy", "{url}: {error}");
        let text = format!("{error} {error:?}");
        for part in [reason, "proxy: ", "http://user:password@host:port"] {
            assert!(text.contains(part), "{url}: {text}");
        }
        assert!(!text.contains("SECRET"), "{text}");
    }
}

#[test]
fn forms_of_a_proxy_url_that_are_common_are_taken() {
    for url in [
        "http://proxy",
        "proxy:3128",
        "HTTP://proxy:3128/",
        "http://user@proxy:3128",
        "http://user:@proxy:3128",
        "user:pass:word@proxy:3128",
        "http://us%40er:p'!$&()*+,;=~_-.\"<>`{}|^[] ä%ss@proxy:3128",
        "http://[::1]:3128",
    ] {
        let built = Native::builder().proxy(url).build();
        assert!(built.is_ok(), "{url}: {built:?}");
    }
}

#[test]
fn the_last_proxy_counts() {
    let builder = Native::builder().proxy("socks5://proxy").proxy("proxy");
    assert!(builder.build().is_ok());
}

#[test]
fn certificates_that_cannot_be_read_are_refused_by_the_name_of_their_setting() {
    let builder = Native::builder;
    let certificate = Authority::new("ours").pem();
    let broken = certificate.replacen("MII", "MIB", 1);
    let cut = certificate.get(..100).unwrap();
    let not_base64 = certificate.replacen("MII", "M*I", 1);
    for pem in ["", "text", cut, &not_base64, &broken] {
        let error = builder().root_certificate_pem(pem.as_bytes()).build();
        let error = error.unwrap_err();
        assert_eq!(error.code(), "transport.tls");
        assert!(
            error.to_string().contains("root_certificate_pem"),
            "{error}"
        );
    }
    for pem in ["", "text", &certificate] {
        let error = builder().client_identity_pem(pem.as_bytes()).build();
        let error = error.unwrap_err();
        assert_eq!(error.code(), "transport.tls");
        assert!(error.to_string().contains("client_identity_pem"), "{error}");
    }
    let error = builder().only_these_roots().build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "TLS: only_these_roots: no server would be trusted; add an authority with root_certificate_pem"
    );
}

#[test]
fn no_secret_is_printed() {
    let identity = Authority::new("ours").client_pem();
    let builder = Native::builder()
        .proxy("http://user:SECRET@proxy:3128")
        .client_identity_pem(identity.as_bytes());
    let shown = format!("{builder:?} {:#?}", builder.clone().build().unwrap());
    for secret in ["SECRET", "U0VDUkVU", "PRIVATE KEY", "[45, 45"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
