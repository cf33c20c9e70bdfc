//! Metrics that are read when somebody asks for them, rather than counted along the way.

use std::sync::atomic::AtomicI64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::{Registry, Unit};

use crate::memory::MemoryUse;
use crate::readiness::Part;

/// The readings of one moment.
#[derive(Debug)]
pub(crate) struct Readings {
    pub(crate) streams: usize,
    pub(crate) memory: MemoryUse,
    pub(crate) parts: Vec<Part>,
    /// Usage of the spaces, one item per space and kind.
    pub(crate) usage: Vec<SpaceUsage>,
}

/// Usage of a space, of one kind.
#[derive(Clone, Debug)]
pub(crate) struct SpaceUsage {
    /// The space's id.
    pub(crate) space: String,
    /// `messages`, `data` or `blobs`.
    pub(crate) kind: &'static str,
    pub(crate) bytes: u64,
    pub(crate) count: u64,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct PartLabels {
    part: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct SpaceLabels {
    space: String,
    kind: &'static str,
}

type Gauges<L> = Family<L, Gauge<i64, AtomicI64>>;

impl Readings {
    pub(super) fn registry(&self) -> Registry {
        let mut registry = Registry::with_prefix("reeeductio");
        let streams = ConstGauge::new(signed(self.streams as u64));
        registry.register("streams", "Live streams open", streams);
        if let Some(bytes) = resident_memory() {
            let help = "Memory the process occupies";
            let bytes = ConstGauge::new(bytes);
            registry.register_with_unit("resident_memory", help, Unit::Bytes, bytes);
        }
        self.memory(&mut registry);
        self.storage(&mut registry);
        self.spaces(&mut registry);
        registry
    }

    fn memory(&self, registry: &mut Registry) {
        let gauge = |value: usize| ConstGauge::new(signed(value as u64));
        registry.register_with_unit(
            "memory_budget",
            "Answers and bodies that the server may hold for its clients",
            Unit::Bytes,
            gauge(self.memory.budget),
        );
        registry.register_with_unit(
            "memory_held",
            "Answers and bodies that the server holds for its clients",
            Unit::Bytes,
            gauge(self.memory.held),
        );
        registry.register(
            "memory_waiting",
            "Requests and streams waiting for room in the memory budget",
            gauge(self.memory.waiting),
        );
        registry.register(
            "memory_refusals",
            "Requests refused and streams ended for want of room in the memory budget",
            ConstCounter::new(self.memory.refused),
        );
    }

    fn storage(&self, registry: &mut Registry) {
        let ready = Gauges::<PartLabels>::default();
        let (free, size) = (
            Gauges::<PartLabels>::default(),
            Gauges::<PartLabels>::default(),
        );
        for part in &self.parts {
            let labels = PartLabels { part: part.name };
            ready.get_or_create(&labels).set(i64::from(part.is_ready()));
            if let Some(space) = part.space {
                free.get_or_create(&labels).set(signed(space.free));
                size.get_or_create(&labels).set(signed(space.size));
            }
        }
        registry.register("ready", "Whether a part of the server takes writes", ready);
        let help = "Free on the disk of a part";
        registry.register_with_unit("disk_free", help, Unit::Bytes, free);
        let help = "Size of the disk of a part";
        registry.register_with_unit("disk_size", help, Unit::Bytes, size);
    }

    fn spaces(&self, registry: &mut Registry) {
        if self.usage.is_empty() {
            return;
        }
        let (bytes, count) = (
            Gauges::<SpaceLabels>::default(),
            Gauges::<SpaceLabels>::default(),
        );
        for usage in &self.usage {
            let labels = SpaceLabels {
                space: usage.space.clone(),
                kind: usage.kind,
            };
            bytes.get_or_create(&labels).set(signed(usage.bytes));
            count.get_or_create(&labels).set(signed(usage.count));
        }
        let help = "What a space stores";
        registry.register_with_unit("space_stored", help, Unit::Bytes, bytes);
        registry.register("space_items", "Items that a space stores", count);
    }
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
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
