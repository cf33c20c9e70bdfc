//! The configurations of reverse proxies: each is run in front of a server, and a client works through it.

mod caddy;
mod nginx;
mod process;
mod traefik;
mod traffic;

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use reeeductio_server::{Config, RunningServer, serve};
use tokio::runtime::Runtime;

use crate::machine::Machine;
use process::Process;
pub(crate) use traefik::check as traefik;

/// The host that pages serve, and the address of the server behind it.
const HOST: &str = "spaces.example.org";
const BEHIND: &str = "127.0.0.1:8000";
/// Stands for the token that a published client puts into the URL of a stream.
const TOKEN: &str = "a-token-that-is-not-logged";

/// Runs nginx with the configuration of a page.
pub(crate) fn nginx(machine: &Machine<'_>, text: &str) -> Result<()> {
    let log = nginx::log(machine, text)?;
    let logged = tried(machine, text, nginx::start)? + &fs::read_to_string(log)?;
    ensure!(
        logged.contains("/stream"),
        "no request is in the log:\n{logged}"
    );
    without_token(&logged)
}

/// Runs Caddy with the configuration of a page.
pub(crate) fn caddy(machine: &Machine<'_>, text: &str) -> Result<()> {
    let logged = tried(machine, text, caddy::start)?;
    ensure!(
        logged.contains("/stream"),
        "the request that failed is not in the log:\n{logged}"
    );
    without_token(&logged)
}

fn without_token(logged: &str) -> Result<()> {
    ensure!(!logged.contains(TOKEN), "a token is in the log:\n{logged}");
    Ok(())
}

/// Where a proxy listens, and with which certificate.
#[derive(Debug)]
struct Front {
    port: u16,
    certificate: PathBuf,
    key: PathBuf,
    /// The certificate's authority.
    authority: String,
}

impl Front {
    fn new(machine: &Machine<'_>) -> Result<Self> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "authority");
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        fs::create_dir_all(machine.adapt("/etc/ssl/private", None)?)?;
        let own = KeyPair::generate()?;
        let certificate = CertificateParams::new(["localhost".to_owned()])?;
        let certificate = certificate.signed_by(&own, &authority)?;
        let front = Self {
            // Neither proxy tells which port it was given.
            port: TcpListener::bind("127.0.0.1:0")?.local_addr()?.port(),
            certificate: machine.save("/etc/ssl/localhost.pem", &certificate.pem())?,
            key: machine.save("/etc/ssl/private/localhost.key", &own.serialize_pem())?,
            authority: authority.pem(),
        };
        machine.save("authority.pem", &front.authority)?;
        Ok(front)
    }
}

/// Runs a proxy in front of a server and uses it, also after the server has ended. Returns what the proxy printed.
fn tried(
    machine: &Machine<'_>,
    text: &str,
    start: impl Fn(&Machine<'_>, &Front, &str) -> Result<Process>,
) -> Result<String> {
    ensure!(
        text.contains(HOST) && text.contains(BEHIND),
        "it does not lead from {HOST} to {BEHIND}"
    );
    let runtime = Runtime::new()?;
    let server = runtime.block_on(serve(configuration(machine)))?;
    let text = text.replace(BEHIND, &server.address().to_string());
    let text = machine.adapt(&text.replace(HOST, "localhost"), None)?;
    let front = Front::new(machine)?;
    let proxy = start(machine, &front, &text)?;
    let used = runtime.block_on(used(machine, &front, server));
    let printed = proxy.stop()?;
    used.with_context(|| format!("the proxy printed\n{printed}"))?;
    Ok(printed)
}

async fn used(machine: &Machine<'_>, front: &Front, server: RunningServer) -> Result<()> {
    traffic::check(front).await?;
    let stream = format!("/spaces/S/stream?token={TOKEN}");
    for (path, expected) in [
        ("/health", "200"),
        (&*stream, "400"),
        ("/metrics", "40"),
        ("/ready", "40"),
    ] {
        let status = status(machine, front, path)?;
        ensure!(
            status.starts_with(expected),
            "{path} is answered with {status}, not {expected}"
        );
    }
    server.stop().await?;
    let status = status(machine, front, &stream)?;
    ensure!(status == "502", "without a server it answers {status}");
    Ok(())
}

/// The status of a request through the proxy.
fn status(machine: &Machine<'_>, front: &Front, path: &str) -> Result<String> {
    machine.run(&format!(
        "curl --silent --show-error --cacert authority.pem --output answer --write-out '%{{http_code}}' \
'https://localhost:{}{path}'",
        front.port
    ))
}

/// A server as it is behind a proxy, in which every space exists.
fn configuration(machine: &Machine<'_>) -> Config {
    let mut config = Config::default();
    config.set_dev();
    config.data_dir = machine.here().join("behind");
    config.server.port = 0;
    config.server.trusted_proxies = vec![Ipv4Addr::LOCALHOST.into()];
    config
}
