//! nginx.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use reeeductio_server::Config;

use super::Front;
use super::process::Process;
use crate::machine::Machine;

/// The main file of an installation, as far as it matters. It includes the file of a page.
const AROUND: &str = "\
user root;
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr notice;
events {}
http {
    client_body_temp_path bodies;
    proxy_temp_path answers;
    fastcgi_temp_path unused;
    scgi_temp_path unused;
    uwsgi_temp_path unused;
    include page.conf;
}
";
/// Printed once the sockets are open.
const READY: &str = "start worker process ";
const LISTENS: &str = "listen 443 ssl;";

/// Runs nginx with the text of a page.
pub(super) fn start(machine: &Machine<'_>, front: &Front, text: &str) -> Result<Process> {
    ensure!(text.contains(LISTENS), "it does not say {LISTENS}");
    let listens = format!("listen 127.0.0.1:{} ssl;", front.port);
    machine.save("page.conf", &text.replace(LISTENS, &listens))?;
    machine.save("nginx.conf", AROUND)?;
    Process::start(machine, "nginx -p . -c nginx.conf -e stderr", READY)
}

/// The file of the access log. Fails if a limit is below that of the server.
pub(super) fn log(machine: &Machine<'_>, text: &str) -> Result<PathBuf> {
    let config = Config::default();
    let largest = number(text, "client_max_body_size", "m;")? * 1024 * 1024;
    ensure!(
        largest >= config.server.max_blob_size,
        "the largest body is smaller than server.max_blob_size"
    );
    for timeout in ["proxy_read_timeout", "proxy_send_timeout"] {
        ensure!(
            number(text, timeout, "s;")? > config.timeouts.stream_ping_seconds,
            "{timeout} ends a stream between two pings"
        );
    }
    let log = value(text, "access_log")?.split(' ').next();
    let log = PathBuf::from(machine.adapt(log.unwrap_or_default(), None)?);
    fs::write(&log, "").with_context(|| format!("cannot log to {}", log.display()))?;
    Ok(log)
}

fn number(text: &str, directive: &str, unit: &str) -> Result<u64> {
    let value = value(text, directive)?;
    let number = value.strip_suffix(unit.trim_end_matches(';'));
    number
        .and_then(|number| number.parse().ok())
        .with_context(|| format!("{directive} {value}"))
}

fn value<'a>(text: &'a str, directive: &str) -> Result<&'a str> {
    let mut lines = text.lines().map(str::trim);
    lines
        .find_map(|line| line.strip_prefix(directive)?.strip_suffix(';'))
        .map(str::trim)
        .with_context(|| format!("it does not say {directive}"))
}
