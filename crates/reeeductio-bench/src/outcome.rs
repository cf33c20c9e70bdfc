//! All of a run, as JSON and as a table.

use std::time::Duration;

use serde::Serialize;

use crate::figure::Figure;
use crate::machine::Machine;
use crate::process::Meter;
use crate::rig::Rig;
use crate::table::Table;

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    /// This program's.
    version: &'static str,
    /// Unix milliseconds.
    started_at: i64,
    url: String,
    /// The server's processes, if known.
    server_processes: Vec<u32>,
    machine: Machine,
    seconds_per_measurement: f64,
    /// Whether it was only to see that it works.
    quick: bool,
    /// Whether this program was built without the optimiser, so that it measures itself.
    debug_build: bool,
    limits: Vec<Figure>,
    figures: Vec<Figure>,
}

impl Outcome {
    pub(crate) fn begin(url: &str, time: Duration, quick: bool, meter: &Meter) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            started_at: reeeductio_client::now(),
            url: url.to_owned(),
            server_processes: meter.server().to_vec(),
            machine: Machine::this(),
            seconds_per_measurement: time.as_secs_f64(),
            quick,
            debug_build: cfg!(debug_assertions),
            limits: Vec::new(),
            figures: Vec::new(),
        }
    }

    pub(crate) fn end(&mut self, rig: Rig) {
        (self.limits, self.figures) = rig.into_figures();
    }

    /// For people.
    pub(crate) fn table(&self) -> Table {
        let mut table = Table::new(&[
            "",
            "",
            "p50 ms",
            "p95 ms",
            "p99 ms",
            "server",
            "client",
            "MiB",
            "share of limit",
        ]);
        if !self.limits.is_empty() {
            table.section(format!("This machine: {}", self.machine.line()));
            self.limits
                .iter()
                .for_each(|figure| add(&mut table, figure));
        }
        if !self.figures.is_empty() {
            table.section(format!("The server at {}", self.url));
            self.figures
                .iter()
                .for_each(|figure| add(&mut table, figure));
        }
        table.section(
            "server, client: processor cores in use; MiB: the server's memory at its most",
        );
        if self.debug_build {
            table.section("This program was built without --release: figures mean nothing.");
        }
        table
    }
}

fn add(table: &mut Table, figure: &Figure) {
    let (p50, p95, p99) = figure.latency_ms.map_or_else(Default::default, |latency| {
        (
            milliseconds(latency.p50),
            milliseconds(latency.p95),
            milliseconds(latency.p99),
        )
    });
    let cores = |time: Option<Duration>| match (time, figure.measured_seconds) {
        (Some(time), Some(seconds)) => format!("{:.2}", time.as_secs_f64() / seconds),
        _ => String::new(),
    };
    #[expect(clippy::cast_precision_loss, reason = "a size of memory")]
    let memory = figure
        .usage
        .server_peak_bytes
        .map_or_else(String::new, |bytes| {
            format!("{:.0}", bytes as f64 / 1_048_576.0)
        });
    let shares: Vec<String> = figure
        .shares
        .iter()
        .map(|share| format!("{:.2} {}", share.value, share.of.short()))
        .collect();
    table.row(vec![
        figure.name.clone(),
        format!("{} {}", number(figure.value), figure.unit),
        p50,
        p95,
        p99,
        cores(figure.usage.server),
        cores(figure.usage.client),
        memory,
        shares.join(", "),
    ]);
    if !figure.notes.is_empty() {
        table.remark(figure.notes.join("; "));
    }
}

fn milliseconds(value: f64) -> String {
    format!("{value:.3}")
}

/// Three digits that matter, thousands apart.
fn number(value: f64) -> String {
    if value < 100.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(number(1.0 / 3.0), "0.33");
        assert_eq!(number(99.994), "99.99");
        assert_eq!(number(123.4), "123");
        assert_eq!(number(1_234.0), "1,234");
        assert_eq!(number(12_345_678.9), "12,345,679");
    }
}
