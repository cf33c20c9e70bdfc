//! The settings of the native network.

use super::proxies::ProxySettings;
use super::tls::TlsSettings;
use super::{Native, Timeouts};
use crate::transport::TransportError;

/// Settings of a [`Native`] network.
///
/// Every method only takes a value; [`build`](Self::build) checks them all. Each setting holds for requests and
/// for the WebSocket of a stream. `Debug` shows neither credentials of a proxy nor certificates and keys.
#[derive(Clone, Debug, Default)]
pub struct NativeBuilder {
    timeouts: Timeouts,
    proxies: ProxySettings,
    tls: TlsSettings,
}

impl NativeBuilder {
    /// How long to wait for a server and for a proxy. [`Timeouts::default`] if not called.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Reaches every server through an HTTP proxy: `http://host:port` or `http://user:password@host:port`.
    ///
    /// Special characters in user and password are percent-encoded. The port is 80 if not given. A request to an
    /// `https://` server and every WebSocket goes through a tunnel (`CONNECT`), so the proxy does not see what
    /// TLS protects. The proxy forwards a request to an `http://` server. The connection to the proxy itself is
    /// not encrypted: the user and password for the proxy can be read on the way.
    ///
    /// Replaces what an earlier call or [`proxy_from_environment`](Self::proxy_from_environment) set.
    #[must_use]
    pub fn proxy(mut self, url: &str) -> Self {
        self.proxies.set(url);
        self
    }

    /// Takes the proxies from the environment, which is read in this call and not again.
    ///
    /// - `HTTPS_PROXY` is used for `https://` servers and `HTTP_PROXY` for `http://` servers. `ALL_PROXY` is used
    ///   where the specific variable is not set. The values are what [`proxy`](Self::proxy) takes.
    /// - `NO_PROXY` is a list as in [`no_proxy`](Self::no_proxy).
    /// - Lower-case names come first. An empty variable counts as not set.
    /// - In a CGI program (`REQUEST_METHOD` is set), `HTTP_PROXY` in capitals is ignored: a request could
    ///   have set it.
    ///
    /// Replaces what an earlier call of `proxy` set.
    #[must_use]
    pub fn proxy_from_environment(mut self) -> Self {
        self.proxies.set_from_environment();
        self
    }

    /// Adds servers that are reached without a proxy: a list with commas.
    ///
    /// An entry is a domain, which includes its subdomains (`example.org`), an IP address, a network
    /// (`10.0.0.0/8`), or `*` for all; there is no other wildcard. Names are compared as they are written in
    /// the URL and not resolved: `127.0.0.1` does not include `localhost`. An entry cannot name a port.
    #[must_use]
    pub fn no_proxy(mut self, list: &str) -> Self {
        self.proxies.exclude(list);
        self
    }

    /// Checks the settings. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`TransportError::Proxy`] names the proxy setting that cannot be used, [`TransportError::Tls`] the
    /// method whose certificate or key cannot be read.
    pub fn build(self) -> Result<Native, TransportError> {
        Native::with(self.timeouts, &self.proxies, &self.tls)
    }
}

#[cfg(feature = "tls")]
impl NativeBuilder {
    /// Trusts the certificate authorities of a PEM file, in addition to those of the web. May be called several
    /// times; a file may hold several certificates. Needs the feature `tls`.
    ///
    /// ```no_run
    /// # use reeeductio_client::Native;
    /// # fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let pem = std::fs::read("our-authority.pem")?;
    /// let network = Native::builder().root_certificate_pem(&pem).build()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn root_certificate_pem(mut self, pem: &[u8]) -> Self {
        self.tls.add_roots(pem);
        self
    }

    /// Trusts only the authorities given to [`root_certificate_pem`](Self::root_certificate_pem), not those of
    /// the web. Needs the feature `tls`.
    #[must_use]
    pub fn only_these_roots(mut self) -> Self {
        self.tls.leave_out_the_web();
        self
    }

    /// Presents a client certificate to servers that ask for one (mTLS): a PEM file with the certificate
    /// chain, the client's own certificate first, and its private key. Needs the feature `tls`.
    #[must_use]
    pub fn client_identity_pem(mut self, pem: &[u8]) -> Self {
        self.tls.set_identity(pem);
        self
    }
}
