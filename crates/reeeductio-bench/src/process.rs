//! Resources that the server's process and this one use, as Linux counts them. Elsewhere nothing is known.

use std::collections::HashSet;
use std::fs;
use std::net::{IpAddr, ToSocketAddrs as _};
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

/// Looks at the server's processes and at this one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    /// The server's; empty when it is on another machine.
    server: Vec<u32>,
}

/// Processor time that processes have used so far.
#[derive(Debug)]
pub(crate) struct Reading {
    server: Option<Duration>,
    client: Option<Duration>,
}

/// Cost of a measurement.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Usage {
    /// Processor time of the server.
    #[serde(rename = "server_cpu_seconds", serialize_with = "seconds")]
    pub(crate) server: Option<Duration>,
    /// Processor time of this client.
    #[serde(rename = "client_cpu_seconds", serialize_with = "seconds")]
    pub(crate) client: Option<Duration>,
    /// Most memory the server had resident, in bytes.
    pub(crate) server_peak_bytes: Option<u64>,
}

fn seconds<S: serde::Serializer>(
    time: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    time.map(|time| time.as_secs_f64()).serialize(serializer)
}

impl Usage {
    pub(crate) fn add(&mut self, other: Self) {
        let sum = |one: Option<Duration>, two: Option<Duration>| match (one, two) {
            (Some(one), Some(two)) => Some(one + two),
            (known, None) | (None, known) => known,
        };
        self.server = sum(self.server, other.server);
        self.client = sum(self.client, other.client);
        self.server_peak_bytes = self.server_peak_bytes.max(other.server_peak_bytes);
    }
}

impl Meter {
    /// Of the processes with these ids.
    pub(crate) fn of(server: Vec<u32>) -> Self {
        Self { server }
    }

    /// Of the processes that listen where `authority` (host and port) leads, if that is this machine.
    pub(crate) fn find(authority: &str) -> Self {
        let local = authority
            .to_socket_addrs()
            .ok()
            .and_then(|mut addresses| addresses.find(|address| is_local(address.ip())));
        Self::of(local.map_or_else(Vec::new, |address| listening(address.port())))
    }

    /// The server's processes.
    pub(crate) fn server(&self) -> &[u32] {
        &self.server
    }

    /// Memory the server has resident now, in bytes.
    pub(crate) fn resident(&self) -> Option<u64> {
        self.sum(|pid| status(pid, "VmRSS:"))
    }

    pub(crate) fn start(&self) -> Reading {
        for pid in &self.server {
            // The peak counts from here. Of another user's process it cannot be set, and counts from its start.
            let _not_ours = fs::write(format!("/proc/{pid}/clear_refs"), "5");
        }
        self.read()
    }

    pub(crate) fn stop(&self, before: &Reading) -> Usage {
        let after = self.read();
        let since = |after: Option<Duration>, before: Option<Duration>| {
            Some(after?.saturating_sub(before?))
        };
        Usage {
            server: since(after.server, before.server),
            client: since(after.client, before.client),
            server_peak_bytes: self.sum(|pid| status(pid, "VmHWM:")),
        }
    }

    fn read(&self) -> Reading {
        Reading {
            server: self.sum(|pid| cpu(&format!("/proc/{pid}/stat"))),
            client: cpu("/proc/self/stat"),
        }
    }

    /// Of all the server's processes; `None` when there are none or one cannot be read.
    fn sum<T: std::iter::Sum>(&self, of: impl Fn(u32) -> Option<T>) -> Option<T> {
        if self.server.is_empty() {
            return None;
        }
        self.server.iter().map(|pid| of(*pid)).sum()
    }
}

fn is_local(address: IpAddr) -> bool {
    address.is_loopback() || address.is_unspecified()
}

/// Processor time of a process, in user space and kernel.
fn cpu(stat: &str) -> Option<Duration> {
    let text = fs::read_to_string(stat).ok()?;
    // The name in parentheses may hold anything; fields are counted behind it.
    let (_, fields) = text.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11).map(str::parse::<u64>);
    let ticks = times.next()?.ok()? + times.next()?.ok()?;
    Some(Duration::from_millis(ticks * 1000 / ticks_per_second()))
}

#[cfg(target_os = "linux")]
fn ticks_per_second() -> u64 {
    rustix::param::clock_ticks_per_second()
}

#[cfg(not(target_os = "linux"))]
fn ticks_per_second() -> u64 {
    100
}

/// A line `name  12 kB` of a process's status, in bytes.
fn status(pid: u32, name: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// Ids of the processes that listen on a TCP port.
fn listening(port: u16) -> Vec<u32> {
    let sockets: HashSet<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| listening_sockets(&table, port))
        .collect();
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid: &u32| holds(Path::new(&format!("/proc/{pid}/fd")), &sockets))
        .collect()
}

/// The targets, as in `/proc/PID/fd`, of the sockets that listen on the port.
fn listening_sockets(table: &str, port: u16) -> Vec<String> {
    const LISTEN: &str = "0A";
    let wanted = format!(":{port:04X}");
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let listens = fields.get(1)?.ends_with(&wanted) && *fields.get(3)? == LISTEN;
            listens.then(|| fields.get(9).map(|inode| format!("socket:[{inode}]")))?
        })
        .collect()
}

fn holds(descriptors: &Path, sockets: &HashSet<String>) -> bool {
    let Ok(descriptors) = fs::read_dir(descriptors) else {
        return false;
    };
    descriptors.filter_map(Result::ok).any(|descriptor| {
        fs::read_link(descriptor.path())
            .is_ok_and(|target| target.to_str().is_some_and(|name| sockets.contains(name)))
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_process_that_listens_is_found_and_measured() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let meter = Meter::find(&listener.local_addr().unwrap().to_string());
        assert_eq!(meter.server(), [std::process::id()]);
        assert!(meter.resident().unwrap() > 100_000);
        let before = meter.start();
        let held = vec![1_u8; 32 << 20];
        let usage = meter.stop(&before);
        assert!(usage.server_peak_bytes.unwrap() > held.len() as u64);
        assert!(usage.server.is_some() && usage.client.is_some());
    }

    #[test]
    fn of_a_server_elsewhere_nothing_is_known() {
        let meter = Meter::find("192.0.2.1:80");
        assert!(meter.server().is_empty());
        assert_eq!(meter.resident(), None);
        assert_eq!(meter.stop(&meter.start()).server, None);
    }

    #[test]
    fn only_listening_sockets_of_the_port_count() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0\n\
             1: 0100007F:1F40 0100007F:A2C4 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0\n\
             2: 0100007F:1F41 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0\n";
        assert_eq!(listening_sockets(table, 8000), ["socket:[111]"]);
    }
}
