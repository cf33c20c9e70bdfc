//! The clock, randomness and TLS of the machine: nothing else here asks for them.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rustls::{ClientConfig, RootCertStore};

use crate::error::ClientError;

/// Milliseconds since the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "this is the client's clock")]
pub fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
}

/// Bytes from the operating system's generator.
#[expect(clippy::disallowed_methods, reason = "this is the client's randomness")]
pub fn random<const N: usize>() -> Result<[u8; N], ClientError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| ClientError::Randomness(error.to_string()))?;
    Ok(bytes)
}

/// TLS with the certificate authorities of the web.
pub(crate) fn tls() -> Result<ClientConfig, ClientError> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ClientError::Tls(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
