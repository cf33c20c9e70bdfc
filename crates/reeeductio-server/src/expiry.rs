//! Removing payloads and inbox items whose time is over, while the server runs.

use std::sync::Arc;
use std::time::Duration;

use reeeductio_engine::Engine;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

/// Between two looks for what has expired.
const EVERY: Duration = Duration::from_secs(30);
/// Of these looks, one is also for what spaces no longer keep: every hour.
const RETENTION: u64 = 120;

/// Looks at once and then again and again, until `stopping` becomes true.
pub(crate) async fn expire(engine: Arc<Engine>, mut stopping: watch::Receiver<bool>) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut looks = 0_u64;
    loop {
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return,
            _ = ticks.tick() => {}
        }
        let looking = async {
            engine.remove_expired().await?;
            engine.remove_expired_items().await?;
            if looks.is_multiple_of(RETENTION) {
                engine.enforce_retention().await?;
            }
            Ok::<_, reeeductio_engine::Refusal>(())
        };
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return,
            looked = looking => {
                // The storage's own words are in the log already.
                if let Err(refusal) = looked {
                    tracing::warn!(%refusal, "payloads and inbox items whose time is over were not all removed");
                }
            }
        }
        looks += 1;
    }
}
