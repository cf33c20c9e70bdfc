//! Numbers for Prometheus.

mod sweeps;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct RequestLabels {
    method: String,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct RouteLabels {
    route: String,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct LetGoLabels {
    why: &'static str,
}

/// Why the server ended a connection that its client had left hanging.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LetGo {
    /// No request, or not all of its headers, came in time.
    SentNoRequest,
    /// Nothing was heard on a live stream for too long.
    StreamSilent,
    /// The client took nothing of what it was sent.
    TookNothing,
}

/// The server's counters.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram>,
    in_flight: Gauge<i64, AtomicI64>,
    streams: Gauge<i64, AtomicI64>,
    connections: Gauge<i64, AtomicI64>,
    let_go: Family<LetGoLabels, Counter>,
    memory: Gauge<i64, AtomicI64>,
    pub(crate) messages: Counter,
    pub(crate) blob_bytes: Counter,
    pub(crate) sweeps: sweeps::Sweeps,
    started_at: i64,
    numbered: AtomicU64,
}

impl Metrics {
    /// `now` is Unix milliseconds.
    pub(crate) fn new(now: i64) -> Self {
        let mut registry = Registry::with_prefix("reeeductio");
        let requests = Family::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        let durations = Family::<RouteLabels, Histogram>::new_with_constructor(|| {
            Histogram::new(exponential_buckets(0.000_1, 4.0, 9))
        });
        registry.register_with_unit(
            "http_request_duration",
            "Time to answer",
            Unit::Seconds,
            durations.clone(),
        );
        let in_flight = Gauge::default();
        registry.register(
            "http_requests_in_flight",
            "Requests being answered",
            in_flight.clone(),
        );
        let streams = Gauge::default();
        registry.register("streams", "Live streams open", streams.clone());
        let connections = Gauge::default();
        registry.register("connections", "Connections open", connections.clone());
        let let_go = Family::default();
        registry.register(
            "connections_let_go",
            "Connections ended because the client did nothing for too long",
            let_go.clone(),
        );
        let memory = Gauge::default();
        registry.register_with_unit(
            "resident_memory",
            "Memory the process occupies",
            Unit::Bytes,
            memory.clone(),
        );
        let messages = Counter::default();
        registry.register("messages_appended", "Messages stored", messages.clone());
        let blob_bytes = Counter::default();
        registry.register_with_unit(
            "blob_received",
            "Blob content received",
            Unit::Bytes,
            blob_bytes.clone(),
        );
        let sweeps = sweeps::Sweeps::new(&mut registry);
        Self {
            registry,
            requests,
            durations,
            in_flight,
            streams,
            connections,
            let_go,
            memory,
            messages,
            blob_bytes,
            sweeps,
            started_at: now,
            numbered: AtomicU64::new(0),
        }
    }

    /// Counts a request as being answered until the guard is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> InFlight {
        self.in_flight.inc();
        InFlight(Arc::clone(self))
    }

    pub(crate) fn finished(&self, method: &str, route: &str, status: u16, took: Duration) {
        // Methods are whatever a client writes; only known ones become a label.
        let known = matches!(
            method,
            "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "OPTIONS"
        );
        self.requests
            .get_or_create(&RequestLabels {
                method: if known { method } else { "other" }.to_owned(),
                route: route.to_owned(),
                status,
            })
            .inc();
        self.durations
            .get_or_create(&RouteLabels {
                route: route.to_owned(),
            })
            .observe(took.as_secs_f64());
    }

    pub(crate) fn connected(&self) {
        self.connections.inc();
    }

    pub(crate) fn disconnected(&self) {
        self.connections.dec();
    }

    /// Counts a connection that is being ended.
    pub(crate) fn let_go(&self, why: LetGo) {
        let why = match why {
            LetGo::SentNoRequest => "sent_no_request",
            LetGo::StreamSilent => "stream_silent",
            LetGo::TookNothing => "took_nothing",
        };
        self.let_go.get_or_create(&LetGoLabels { why }).inc();
    }

    pub(crate) fn next_request(&self) -> u64 {
        self.numbered.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn started_at(&self) -> i64 {
        self.started_at
    }

    /// The Prometheus text format.
    pub(crate) fn text(&self, streams: usize) -> Result<String, std::fmt::Error> {
        self.streams.set(i64::try_from(streams).unwrap_or(i64::MAX));
        if let Some(bytes) = resident_memory() {
            self.memory.set(bytes);
        }
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// Linux only.
fn resident_memory() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// A request being answered.
pub(crate) struct InFlight(Arc<Metrics>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.dec();
    }
}
