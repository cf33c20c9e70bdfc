//! Caddy.

use anyhow::{Context as _, Result};

use super::Front;
use super::process::Process;
use crate::machine::Machine;

/// Printed once the sockets are open.
const READY: &str = "serving initial configuration";
const SITE: &str = "\nlocalhost {\n";

/// Runs Caddy with the text of a page. It has a certificate already, and needs no other port.
pub(super) fn start(machine: &Machine<'_>, front: &Front, text: &str) -> Result<Process> {
    let (options, site) = text.split_once(SITE).context("it has no site")?;
    let (before, options) = options
        .split_once("{\n")
        .context("it has no global options")?;
    let text = format!(
        "{before}{{\nadmin off\nauto_https disable_redirects\n{options}\nhttps://localhost:{} {{\nbind 127.0.0.1\ntls {} {}\n{site}",
        front.port,
        front.certificate.display(),
        front.key.display()
    );
    machine.save("Caddyfile", &text)?;
    Process::start(machine, "caddy run --config Caddyfile", READY)
}
