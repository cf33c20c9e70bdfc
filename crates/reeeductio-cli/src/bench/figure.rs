//! What was measured.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

/// One measurement.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Figure {
    /// What was done.
    name: String,
    /// How much of it per second.
    per_second: f64,
    /// What is counted.
    unit: &'static str,
    /// Of one operation, in milliseconds, where operations were timed.
    #[serde(skip_serializing_if = "Option::is_none")]
    latency: Option<Latency>,
    /// Share of the machine's limit named beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<Share>,
}

#[derive(Clone, Debug, Serialize)]
struct Latency {
    p50: f64,
    p95: f64,
    p99: f64,
}

#[derive(Clone, Debug, Serialize)]
struct Share {
    of: String,
    value: f64,
}

/// All measurements of a run.
#[derive(Debug, Default, Serialize)]
pub(super) struct Figures {
    figures: Vec<Figure>,
}

impl Figures {
    /// Adds `count` operations done in `took`, each of which took one of `times`.
    #[expect(clippy::cast_precision_loss, reason = "counts of a benchmark")]
    pub(super) fn add(
        &mut self,
        name: impl Into<String>,
        unit: &'static str,
        count: u64,
        took: Duration,
        mut times: Vec<Duration>,
    ) {
        times.sort_unstable();
        let at = |share: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "an index below the length"
            )]
            let index = ((times.len().saturating_sub(1)) as f64 * share) as usize;
            times
                .get(index)
                .map_or(0.0, |time| time.as_secs_f64() * 1000.0)
        };
        let latency = (!times.is_empty()).then(|| Latency {
            p50: at(0.5),
            p95: at(0.95),
            p99: at(0.99),
        });
        self.figures.push(Figure {
            name: name.into(),
            per_second: count as f64 / took.as_secs_f64(),
            unit,
            latency,
            share: None,
        });
    }

    /// Says which share of another measurement the last one is.
    pub(super) fn relate_last_to(&mut self, name: &str) {
        let limit = self
            .figures
            .iter()
            .find(|figure| figure.name == name)
            .map(|figure| figure.per_second);
        if let (Some(limit), Some(last)) = (limit, self.figures.last_mut()) {
            last.share = Some(Share {
                of: name.to_owned(),
                value: last.per_second / limit,
            });
        }
    }

    /// For people.
    pub(super) fn table(&self) -> String {
        let mut table = format!(
            "{:<44} {:>12} {:<12} {:>8} {:>8} {:>8}  share of limit\n",
            "", "per second", "", "p50 ms", "p95 ms", "p99 ms"
        );
        for figure in &self.figures {
            let times = figure.latency.as_ref().map_or_else(
                || " ".repeat(26),
                |Latency { p50, p95, p99 }| format!("{p50:>8.3} {p95:>8.3} {p99:>8.3}"),
            );
            let share = figure
                .share
                .as_ref()
                .map(|share| format!("{:.3} of {}", share.value, share.of))
                .unwrap_or_default();
            // Writing to a string cannot fail.
            let _ok = writeln!(
                table,
                "{:<44} {:>12.1} {:<12} {times}  {share}",
                figure.name, figure.per_second, figure.unit
            );
        }
        table.trim_end().to_owned()
    }
}
