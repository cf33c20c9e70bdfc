//! HTTP proxies, the same ones for a request and for a WebSocket.

use std::fmt;
use std::sync::Arc;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use reqwest::NoProxy;
use tokio::net::TcpStream;
use tower::ServiceExt as _;
use zeroize::Zeroizing;

use super::environment::{Environment, Variable};
use super::failure::innermost;
use crate::transport::TransportError;

/// Proxy settings of the builder, not checked yet.
#[derive(Clone, Debug, Default)]
pub(super) struct ProxySettings {
    http: Option<Address>,
    https: Option<Address>,
    /// The list of the environment, which belongs to its proxies.
    no_proxy_of_environment: Option<String>,
    no_proxy: Vec<String>,
}

impl ProxySettings {
    /// Uses one proxy for everything.
    pub(super) fn set(&mut self, url: &str) {
        let address = Address {
            setting: "proxy",
            url: Zeroizing::new(url.to_owned()),
        };
        self.http = Some(address.clone());
        self.https = Some(address);
        self.no_proxy_of_environment = None;
    }

    /// Uses what the environment names.
    pub(super) fn set_from_environment(&mut self) {
        let Environment {
            http,
            https,
            no_proxy,
        } = Environment::read();
        self.http = http.map(Address::from);
        self.https = https.map(Address::from);
        self.no_proxy_of_environment = no_proxy.as_ref().map(text);
    }

    /// Adds servers that are reached directly.
    pub(super) fn exclude(&mut self, list: &str) {
        self.no_proxy.push(list.to_owned());
    }

    fn excluded(&self) -> String {
        let own = self.no_proxy.iter();
        let lists: Vec<&str> = own
            .chain(&self.no_proxy_of_environment)
            .map(String::as_str)
            .collect();
        lists.join(",")
    }
}

/// A proxy's URL, with the setting it comes from. The URL may hold a password, so it is never printed.
#[derive(Clone)]
struct Address {
    setting: &'static str,
    url: Zeroizing<String>,
}

impl Address {
    /// The URL in the form that reqwest and hyper-util both read in the same way.
    fn check(&self) -> Result<reqwest::Url, TransportError> {
        // As curl does.
        let with_scheme = if self.url.contains("://") {
            Zeroizing::clone(&self.url)
        } else {
            Zeroizing::new(format!("http://{}", *self.url))
        };
        let url = reqwest::Url::parse(&with_scheme).map_err(|error| self.wrong(error))?;
        if url.scheme() != "http" {
            return Err(self.wrong("only http:// proxies are supported"));
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(self.wrong("there is something after the port"));
        }
        if self.url.contains(char::REPLACEMENT_CHARACTER) {
            return Err(self.wrong("it is not UTF-8"));
        }
        // hyper-util ignores an address that it cannot read, and connections would go past the proxy.
        match url.as_str().parse::<Uri>() {
            Ok(uri) if uri.authority().is_some() => Ok(url),
            _ => Err(self.wrong("a character must be percent-encoded")),
        }
    }

    fn wrong(&self, reason: impl fmt::Display) -> TransportError {
        TransportError::Proxy(format!(
            "{}: {reason}; write it as http://host:port or http://user:password@host:port",
            self.setting
        ))
    }
}

impl From<Variable> for Address {
    fn from(variable: Variable) -> Self {
        Self {
            setting: variable.name,
            url: Zeroizing::new(text(&variable)),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address")
            .field("setting", &self.setting)
            .finish_non_exhaustive()
    }
}

/// The value; what is not UTF-8 in it becomes the character that [`Address::check`] refuses.
fn text(variable: &Variable) -> String {
    variable.value.to_string_lossy().into_owned()
}

/// Which servers are reached through which proxy. `Debug` does not show credentials.
#[derive(Clone, Debug)]
pub(super) struct Proxies(Arc<Matcher>);

impl Proxies {
    /// Checks the settings, and has the HTTP client follow them.
    pub(super) fn set_up(
        settings: &ProxySettings,
        http: reqwest::ClientBuilder,
    ) -> Result<(Self, reqwest::ClientBuilder), TransportError> {
        let excluded = settings.excluded();
        // To hyper-util, `*` is every name but no IP address.
        let all_direct = excluded.split(',').any(|entry| entry.trim() == "*");
        let mut matcher = Matcher::builder().no(&excluded);
        // By itself reqwest would ask the environment.
        let mut http = http.no_proxy();
        if let Some(address) = settings.http.as_ref().filter(|_| !all_direct) {
            let url = address.check()?;
            matcher = matcher.http(url.as_str());
            let proxy = reqwest::Proxy::http(url).map_err(|_| address.wrong("not a URL"))?;
            http = http.proxy(proxy.no_proxy(NoProxy::from_string(&excluded)));
        }
        if let Some(address) = settings.https.as_ref().filter(|_| !all_direct) {
            let url = address.check()?;
            matcher = matcher.https(url.as_str());
            let proxy = reqwest::Proxy::https(url).map_err(|_| address.wrong("not a URL"))?;
            http = http.proxy(proxy.no_proxy(NoProxy::from_string(&excluded)));
        }
        Ok((Self(Arc::new(matcher.build())), http))
    }

    /// The proxy through which a server is reached, if there is one.
    pub(super) fn find(&self, server: &Uri) -> Option<Proxy> {
        self.0.intercept(&destination(server)?).map(Proxy)
    }
}

/// Where a URL leads, in a proxy's terms: its scheme is `http` or `https`, and a tunnel needs a port.
fn destination(url: &Uri) -> Option<Uri> {
    let (scheme, port) = match url.scheme_str()? {
        "http" | "ws" => ("http", 80),
        "https" | "wss" => ("https", 443),
        _ => return None,
    };
    let (host, port) = (url.host()?, url.port_u16().unwrap_or(port));
    Uri::builder()
        .scheme(scheme)
        .authority(format!("{host}:{port}"))
        .path_and_query("/")
        .build()
        .ok()
}

/// A proxy that is in use.
pub(super) struct Proxy(Intercept);

impl Proxy {
    /// Opens a tunnel to a server. There is no timeout; the proxy's answer may have 8 KiB.
    pub(super) async fn tunnel(&self, server: &Uri) -> Result<TcpStream, TransportError> {
        let Some(destination) = destination(server) else {
            return Err(TransportError::Url("no host".to_owned()));
        };
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let mut tunnel = Tunnel::new(self.0.uri().clone(), connector);
        if let Some(credentials) = self.0.basic_auth() {
            tunnel = tunnel.with_auth(credentials.clone());
        }
        let connection = tunnel
            .oneshot(destination)
            .await
            .map_err(|error| self.failed(&innermost(&error)))?;
        Ok(connection.into_inner())
    }

    /// The error for a connection through the proxy that could not be made. `cause` is what hyper-util says: its
    /// error has no public type.
    pub(super) fn failed(&self, cause: &str) -> TransportError {
        match cause.strip_prefix("tunnel error: ") {
            Some("proxy authorization required") => self.wants_credentials(),
            Some("unsuccessful") => TransportError::Connect(format!(
                "the proxy {self} refused; allow the server there, or name it in `no_proxy`"
            )),
            Some(cause) => TransportError::Connect(format!("the proxy {self}: {cause}")),
            None => TransportError::Connect(format!("through the proxy {self}: {cause}")),
        }
    }

    /// The error for HTTP status 407.
    pub(super) fn wants_credentials(&self) -> TransportError {
        let given = if self.0.basic_auth().is_some() {
            "refused the user and password of its URL; correct them"
        } else {
            "wants a user and password; write it as http://user:password@host:port"
        };
        TransportError::Proxy(format!("the proxy {self} {given}"))
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // hyper-util has taken the credentials out.
        let authority = self.0.uri().authority().map_or("", |it| it.as_str());
        write!(f, "http://{authority}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_cannot_be_used_is_named_without_its_value() {
        for value in ["socks5://user:SECRET@proxy", "http://SECRET\u{fffd}@proxy"] {
            let address = Address::from(Variable {
                name: "HTTPS_PROXY",
                value: value.into(),
            });
            let error = address.check().unwrap_err().to_string();
            assert!(error.starts_with("HTTPS_PROXY: "), "{error}");
            assert!(!format!("{error}{address:?}").contains("SECRET"), "{error}");
        }
    }

    #[test]
    fn a_stream_goes_where_requests_of_its_scheme_go() {
        let to = |url: &str| destination(&url.parse().unwrap()).map(|uri| uri.to_string());
        assert_eq!(to("ws://h/s?token=x").unwrap(), "http://h:80/");
        assert_eq!(to("wss://user@h/s").unwrap(), "https://h:443/");
        assert_eq!(to("wss://[::1]:8443/s").unwrap(), "https://[::1]:8443/");
        assert_eq!(to("ftp://h/s"), None);
        assert_eq!(to("/s"), None);
    }
}
