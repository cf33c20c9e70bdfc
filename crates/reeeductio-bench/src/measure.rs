//! The measuring core: many at once, for a time, and what that took.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::task::JoinSet;

use crate::process::{Meter, Usage};

/// Result of a measurement. Results for the same work can be added up.
#[derive(Debug, Default)]
pub(crate) struct Run {
    /// Operations done.
    pub(crate) done: u64,
    /// From the first to the last of them.
    pub(crate) took: Duration,
    /// How long each took, where that was measured.
    pub(crate) times: Vec<Duration>,
    /// Cost for the server and this client.
    pub(crate) usage: Usage,
}

impl Run {
    /// Operations per second.
    #[expect(clippy::cast_precision_loss, reason = "counts of a benchmark")]
    pub(crate) fn rate(&self) -> f64 {
        self.done as f64 / self.took.as_secs_f64()
    }

    /// Adds another measurement of the same work.
    pub(crate) fn add(&mut self, other: Self) {
        self.done += other.done;
        self.took += other.took;
        self.times.extend(other.times);
        self.usage.add(other.usage);
    }
}

/// The clock.
#[expect(clippy::disallowed_methods, reason = "measuring time is the purpose")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Lets every worker repeat its operation until `time` is over, all at once. A worker's `false` says that it
/// has nothing left to do, which ends the measurement for all. An error ends it without a result: a figure
/// with failures in it means nothing.
///
/// Must run within a [`tokio::task::LocalSet`].
pub(crate) async fn repeat<W>(meter: &Meter, time: Duration, workers: Vec<W>) -> Result<Run>
where
    W: AsyncFnMut() -> Result<bool> + 'static,
{
    let over = Rc::new(Cell::new(false));
    let mut tasks = JoinSet::new();
    let before = meter.start();
    let started = now();
    for mut work in workers {
        let over = Rc::clone(&over);
        tasks.spawn_local(async move {
            let mut times = Vec::new();
            while !over.get() && started.elapsed() < time {
                let began = now();
                if !work().await? {
                    over.set(true);
                    break;
                }
                times.push(began.elapsed());
            }
            Ok::<_, anyhow::Error>(times)
        });
    }
    let mut times = Vec::new();
    while let Some(finished) = tasks.join_next().await {
        times.extend(finished??);
    }
    let took = started.elapsed();
    let usage = meter.stop(&before);
    ensure!(!times.is_empty(), "nothing was done in the time given");
    Ok(Run {
        done: times.len() as u64,
        took,
        times,
        usage,
    })
}

/// The same for one worker.
pub(crate) async fn repeat_one<W>(meter: &Meter, time: Duration, worker: W) -> Result<Run>
where
    W: AsyncFnMut() -> Result<bool> + 'static,
{
    repeat(meter, time, vec![worker]).await
}

/// Repeats blocking work on this thread until `time` is over; each repetition counts what it returns.
pub(crate) fn repeat_blocking(
    time: Duration,
    mut work: impl FnMut() -> Result<u64>,
) -> Result<Run> {
    let mut run = Run::default();
    let started = now();
    while started.elapsed() < time {
        let began = now();
        run.done += work()?;
        run.times.push(began.elapsed());
    }
    run.took = started.elapsed();
    Ok(run)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::task::LocalSet;

    const LONG: Duration = Duration::from_hours(1);

    #[tokio::test]
    async fn a_worker_without_work_ends_the_measurement_and_is_not_counted() {
        let run = LocalSet::new()
            .run_until(async {
                let mut left = 3;
                repeat_one(&Meter::default(), LONG, async move || {
                    left -= 1;
                    Ok(left > 0)
                })
                .await
            })
            .await
            .unwrap();
        assert_eq!((run.done, run.times.len()), (2, 2));
    }

    #[tokio::test]
    async fn a_failure_leaves_no_figure() {
        let failed = LocalSet::new()
            .run_until(repeat_one(&Meter::default(), LONG, async || {
                anyhow::bail!("refused")
            }))
            .await;
        assert_eq!(failed.unwrap_err().to_string(), "refused");
    }

    #[test]
    fn measurements_add_up() {
        let run = |done, seconds| Run {
            done,
            took: Duration::from_secs(seconds),
            times: vec![Duration::from_secs(seconds)],
            usage: Usage::default(),
        };
        let mut total = run(30, 1);
        total.add(run(10, 3));
        assert!((total.rate() - 10.0).abs() < 1e-9);
        assert_eq!(total.times.len(), 2);
    }
}
