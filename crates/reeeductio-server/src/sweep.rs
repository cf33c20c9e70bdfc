//! Sweeping up leftovers while the server runs.

use std::sync::Arc;
use std::time::Duration;

use reeeductio_engine::Engine;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::metrics::Metrics;
use crate::wiring::binding::Binding;

/// Between the beginnings of two sweeps.
const EVERY: Duration = Duration::from_hours(1);

/// Sweeps at once and then every hour, until `stopping` becomes true.
pub(crate) async fn sweep(
    engine: Arc<Engine>,
    metrics: Arc<Metrics>,
    binding: Option<Arc<Binding>>,
    mut stopping: watch::Receiver<bool>,
) {
    let mut ticks = interval(EVERY);
    // A sweep that takes long is not made up for.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return,
            _ = ticks.tick() => {}
        }
        // To its end: it writes to the database, which is about to be closed when the server stops.
        let may_sweep = match &binding {
            Some(binding) => binding.may_sweep().await,
            // The program that made the engine answers for its blobs.
            None => true,
        };
        let sweeping = async {
            if may_sweep {
                engine.sweep().await
            } else {
                engine.count_leftovers().await
            }
        };
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return,
            swept = sweeping => match swept {
                Ok(sweep) => metrics.sweeps.record(&sweep, engine.now()),
                // The storage's own words are in the log already.
                Err(refusal) => tracing::warn!(%refusal, "a sweep ended early"),
            },
        }
    }
}
