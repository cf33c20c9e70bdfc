//! Figures of the sweeper.

use std::sync::atomic::AtomicI64;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use reeeductio_engine::Sweep;

/// Metrics of the sweeper.
#[derive(Debug, Default)]
pub(crate) struct Sweeps {
    objects: Counter,
    bytes: Counter,
    leftovers: Gauge<i64, AtomicI64>,
    last: Gauge<i64, AtomicI64>,
}

impl Sweeps {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let sweeps = Self::default();
        registry.register(
            "swept_objects",
            "Objects removed because nothing referred to them",
            sweeps.objects.clone(),
        );
        registry.register_with_unit(
            "swept",
            "Size of the objects removed because nothing referred to them",
            Unit::Bytes,
            sweeps.bytes.clone(),
        );
        registry.register(
            "leftover_objects",
            "Objects that nothing refers to and that are too young to be removed, at the last sweep",
            sweeps.leftovers.clone(),
        );
        registry.register_with_unit(
            "last_sweep_timestamp",
            "When the last sweep ended, since the Unix epoch",
            Unit::Seconds,
            sweeps.last.clone(),
        );
        sweeps
    }

    /// `now` is Unix milliseconds.
    pub(crate) fn record(&self, sweep: &Sweep, now: i64) {
        self.objects.inc_by(sweep.removed);
        self.bytes.inc_by(sweep.removed_bytes);
        self.leftovers
            .set(i64::try_from(sweep.spared).unwrap_or(i64::MAX));
        self.last.set(now / 1000);
    }
}
