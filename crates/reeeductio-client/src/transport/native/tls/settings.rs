//! Authorities to trust and the client's own certificate.

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use zeroize::Zeroizing;

use crate::transport::TransportError;

/// TLS settings of the builder, not checked yet.
#[derive(Clone, Default)]
pub(in crate::transport::native) struct TlsSettings {
    /// PEM files of authorities.
    roots: Vec<Vec<u8>>,
    /// Leaves out the authorities of the web.
    only_these_roots: bool,
    /// A PEM file of the client's certificates and its private key.
    identity: Option<Zeroizing<Vec<u8>>>,
}

impl TlsSettings {
    pub(in crate::transport::native) fn add_roots(&mut self, pem: &[u8]) {
        self.roots.push(pem.to_owned());
    }

    pub(in crate::transport::native) fn leave_out_the_web(&mut self) {
        self.only_these_roots = true;
    }

    pub(in crate::transport::native) fn set_identity(&mut self, pem: &[u8]) {
        self.identity = Some(Zeroizing::new(pem.to_owned()));
    }

    /// Reads everything. The provider is an argument, never a global.
    pub(super) fn client_config(&self) -> Result<ClientConfig, TransportError> {
        let roots = self.root_store()?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TransportError::Tls(error.to_string()))?
            .with_root_certificates(roots);
        let Some(identity) = &self.identity else {
            return Ok(config.with_no_client_auth());
        };
        let certificates = certificates("client_identity_pem", identity)?;
        let key = PrivateKeyDer::from_pem_slice(identity)
            .map_err(|error| wrong("client_identity_pem", format!("no private key: {error}")))?;
        config
            .with_client_auth_cert(certificates, key)
            .map_err(|error| wrong("client_identity_pem", error))
    }

    fn root_store(&self) -> Result<RootCertStore, TransportError> {
        const ROOT: &str = "root_certificate_pem";
        let mut store = RootCertStore::empty();
        for pem in &self.roots {
            for certificate in certificates(ROOT, pem)? {
                store.add(certificate).map_err(|error| wrong(ROOT, error))?;
            }
        }
        if !self.only_these_roots {
            store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        if store.is_empty() {
            let reason = "no server would be trusted; add an authority with root_certificate_pem";
            return Err(wrong("only_these_roots", reason));
        }
        Ok(store)
    }
}

impl fmt::Debug for TlsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsSettings")
            .field("only_these_roots", &self.only_these_roots)
            .finish_non_exhaustive()
    }
}

/// The certificates of a PEM file, at least one.
fn certificates(setting: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TransportError> {
    let certificates = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| wrong(setting, error))?;
    if certificates.is_empty() {
        return Err(wrong(
            setting,
            "no certificate in it; it must be PEM, with lines BEGIN CERTIFICATE and END CERTIFICATE",
        ));
    }
    Ok(certificates)
}

fn wrong(setting: &str, reason: impl fmt::Display) -> TransportError {
    TransportError::Tls(format!("{setting}: {reason}"))
}
