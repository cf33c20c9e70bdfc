//! Measured figures, as they are reported.

use std::time::Duration;

use serde::Serialize;

use crate::limits::Limit;
use crate::measure::Run;
use crate::process::Usage;

/// One figure.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    /// Stable, for programs: `append.32`.
    pub(crate) key: String,
    /// For people.
    pub(crate) name: String,
    pub(crate) value: f64,
    /// The unit: `messages/s`, `KiB each`.
    pub(crate) unit: &'static str,
    /// Of one operation, where operations were timed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) latency_ms: Option<Latency>,
    /// Shares of what this machine could do at most.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) shares: Vec<Share>,
    /// How long was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) measured_seconds: Option<f64>,
    #[serde(flatten)]
    pub(crate) usage: Usage,
    /// Further observations.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
}

/// Percentiles and the worst, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

/// A figure divided by a limit of the machine.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Share {
    pub(crate) of: Limit,
    pub(crate) value: f64,
}

impl Latency {
    /// `None` when nothing was timed.
    pub(crate) fn of(times: &[Duration]) -> Option<Self> {
        let mut times: Vec<Duration> = times.to_vec();
        times.sort_unstable();
        let last = times.len().checked_sub(1)?;
        // The smallest time that this many percent of the operations did not exceed.
        let at = |percent: usize| {
            let index = (times.len() * percent).div_ceil(100).saturating_sub(1);
            times
                .get(index.min(last))
                .map_or(0.0, |time| time.as_secs_f64() * 1000.0)
        };
        Some(Self {
            p50: at(50),
            p95: at(95),
            p99: at(99),
            max: at(100),
        })
    }
}

impl Figure {
    /// Operations per second; each counts as `weight` of the unit.
    pub(crate) fn rate(
        key: impl Into<String>,
        name: impl Into<String>,
        unit: &'static str,
        weight: f64,
        run: &Run,
    ) -> Self {
        Self {
            latency_ms: Latency::of(&run.times),
            measured_seconds: Some(run.took.as_secs_f64()),
            usage: run.usage,
            ..Self::amount(key, name, unit, run.rate() * weight)
        }
    }

    /// An amount that is no rate.
    pub(crate) fn amount(
        key: impl Into<String>,
        name: impl Into<String>,
        unit: &'static str,
        value: f64,
    ) -> Self {
        Self {
            key: key.into(),
            name: name.into(),
            value,
            unit,
            latency_ms: None,
            shares: Vec::new(),
            measured_seconds: None,
            usage: Usage::default(),
            notes: Vec::new(),
        }
    }

    /// Says something more about it.
    #[must_use]
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_occurred() {
        let times: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
        let latency = Latency::of(&times).unwrap();
        let close = |one: f64, two: f64| (one - two).abs() < 1e-9;
        assert!(close(latency.p50, 100.0) && close(latency.p95, 190.0));
        assert!(close(latency.p99, 198.0) && close(latency.max, 200.0));
        let single = Latency::of(&[Duration::from_millis(7)]).unwrap();
        assert!(close(single.p50, 7.0) && close(single.max, 7.0));
        assert_eq!(Latency::of(&[]), None);
    }

    #[test]
    fn a_rate_counts_the_weight_of_each_operation() {
        let run = Run {
            done: 10,
            took: Duration::from_secs(2),
            ..Run::default()
        };
        let figure = Figure::rate("history", "pages", "messages/s", 100.0, &run);
        assert!((figure.value - 500.0).abs() < 1e-9);
        assert_eq!(figure.latency_ms, None);
    }
}
