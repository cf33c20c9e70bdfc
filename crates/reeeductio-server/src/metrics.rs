//! Numbers for Prometheus.

mod readings;
mod sweeps;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use reeeductio_engine::Refusal;
use reeeductio_proto::ErrorCode;

pub(crate) use readings::{Readings, SpaceUsage};

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
struct RefusalLabels {
    code: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct DisconnectLabels {
    reason: &'static str,
}

/// Why the server ended a connection before its client did.
#[derive(Clone, Copy, Debug)]
pub(crate) enum DisconnectReason {
    /// The address has as many connections as it may.
    AddressLimit,
    /// No request, or not all of its headers, came in time.
    NoRequest,
    /// The client took its frames slowly while there was no room for those of others.
    NoMemory,
    /// Nothing came from the client of a live stream for too long.
    StreamIdle,
    /// A live stream was not signed in to in time.
    StreamUnsigned,
    /// The client took too little of what it was sent.
    WriteTimeout,
}

impl DisconnectReason {
    fn as_str(self) -> &'static str {
        match self {
            Self::AddressLimit => "address_limit",
            Self::NoMemory => "no_memory",
            Self::NoRequest => "no_request",
            Self::StreamIdle => "stream_idle",
            Self::StreamUnsigned => "stream_unsigned",
            Self::WriteTimeout => "write_timeout",
        }
    }
}

/// The server's counters.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram>,
    in_flight: Gauge<i64, AtomicI64>,
    refusals: Family<RefusalLabels, Counter>,
    connections: Gauge<i64, AtomicI64>,
    disconnects: Family<DisconnectLabels, Counter>,
    storage_errors: Counter,
    damage: Counter,
    pub(crate) messages: Counter,
    pub(crate) inbox_items: Counter,
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
        let refusals = Family::default();
        registry.register(
            "refusals",
            "Requests refused, by error code",
            refusals.clone(),
        );
        let connections = Gauge::default();
        registry.register("connections", "Connections open", connections.clone());
        let disconnects = Family::default();
        registry.register(
            "disconnects",
            "Connections that the server ended, by reason",
            disconnects.clone(),
        );
        let storage_errors = Counter::default();
        registry.register(
            "storage_errors",
            "Times that the storage could not answer",
            storage_errors.clone(),
        );
        let damage = Counter::default();
        registry.register(
            "storage_damage",
            "Times that something stored failed its check",
            damage.clone(),
        );
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The server's version", version);
        let messages = Counter::default();
        registry.register("messages_appended", "Messages stored", messages.clone());
        let inbox_items = Counter::default();
        let help = "Items posted to inboxes, repeated ones included";
        registry.register("inbox_items_posted", help, inbox_items.clone());
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
            refusals,
            connections,
            disconnects,
            storage_errors,
            damage,
            messages,
            inbox_items,
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

    /// Counts an answer that is an error.
    pub(crate) fn refused(&self, code: ErrorCode) {
        self.refusals
            .get_or_create(&RefusalLabels {
                code: code.as_str(),
            })
            .inc();
        match code {
            ErrorCode::StorageCorrupt => self.damage.inc(),
            ErrorCode::StorageUnavailable => self.storage_errors.inc(),
            _ => return,
        };
    }

    /// Counts what failed after an answer had begun: on a stream, in the middle of a download.
    pub(crate) fn failed(&self, refusal: &Refusal) {
        match refusal.code() {
            ErrorCode::StorageCorrupt => self.damage.inc(),
            ErrorCode::StorageUnavailable => self.storage_errors.inc(),
            _ => return,
        };
    }

    /// Times that the storage could not answer, and that something stored failed its check, since the start.
    pub(crate) fn storage_failures(&self) -> (u64, u64) {
        (self.storage_errors.get(), self.damage.get())
    }

    pub(crate) fn connected(&self) {
        self.connections.inc();
    }

    pub(crate) fn disconnected(&self) {
        self.connections.dec();
    }

    /// Counts a connection that is being ended.
    pub(crate) fn disconnect(&self, reason: DisconnectReason) {
        let reason = reason.as_str();
        self.disconnects
            .get_or_create(&DisconnectLabels { reason })
            .inc();
    }

    pub(crate) fn next_request(&self) -> u64 {
        self.numbered.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn started_at(&self) -> i64 {
        self.started_at
    }

    /// The `OpenMetrics` text format, with what is read at this moment.
    pub(crate) fn text(&self, readings: &Readings) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode_registry(&mut text, &self.registry)?;
        encode_registry(&mut text, &readings.registry())?;
        encode_eof(&mut text)?;
        Ok(text)
    }
}

/// A request being answered.
pub(crate) struct InFlight(Arc<Metrics>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.dec();
    }
}
