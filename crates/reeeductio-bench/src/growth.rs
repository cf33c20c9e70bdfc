//! Appending to a topic, and reading its newest message, as the topic grows.

use std::time::Duration;

use anyhow::Result;

use crate::chain::{Chain, Stock};
use crate::figure::Figure;
use crate::limits::Limit;
use crate::measure::{Run, repeat_one};
use crate::member;
use crate::rig::{Rig, announce};

/// Longest that the appends at one size may take.
const LONGEST: Duration = Duration::from_mins(1);

pub(crate) async fn run(rig: &mut Rig) -> Result<()> {
    let sizes: [usize; 3] = if rig.quick {
        [100, 1_000, 10_000]
    } else {
        [1_000, 10_000, 100_000]
    };
    let owner = rig.owner().await?;
    let mut chain = Chain::new(&owner, "growing")?;
    let stock = Stock::default();
    let (mut latest, mut append) = (
        Growth::of("latest", "latest message"),
        Growth::of("append", "append"),
    );
    for size in sizes {
        announce(&format!("growth: a topic of {size} messages"));
        let mut connection = rig.connect().await?;
        let missing = size.saturating_sub(chain.length());
        chain.fill(&mut connection, missing).await?;
        let request = owner.get(&connection, &member::latest(chain.topic()));
        let run = rig.measure_request(&request, 1).await?;
        rig.add(latest.figure(size, "reads/s", &run), &[(Limit::Echo1, 1.0)])
            .await?;
        // Few enough that the topic is still about this long at the end.
        let count = (size / 4).min(2_000);
        chain.stock_up(&stock, &connection, count)?;
        let run = repeat_one(&rig.meter, LONGEST, stock.poster(rig.connect().await?)).await?;
        rig.add(
            append.figure(size, "messages/s", &run),
            &[(Limit::Echo1, 1.0)],
        )
        .await?;
    }
    Ok(())
}

/// One kind of operation, as its topic grows.
struct Growth {
    key: &'static str,
    name: &'static str,
    /// Size and median latency of the first measurement.
    first: Option<(usize, f64)>,
}

impl Growth {
    fn of(key: &'static str, name: &'static str) -> Self {
        Self {
            key,
            name,
            first: None,
        }
    }

    /// The figure at a size, compared with that at the first.
    fn figure(&mut self, size: usize, unit: &'static str, run: &Run) -> Figure {
        let key = format!("growth.{}.{size}", self.key);
        let name = format!("{}, {size} messages in the topic", self.name);
        let figure = Figure::rate(key, name, unit, 1.0, run);
        let median = figure.latency_ms.map_or(0.0, |latency| latency.p50);
        match self.first {
            None => {
                self.first = Some((size, median));
                figure
            }
            Some((first, then)) => {
                figure.note(format!("p50 is {:.2} times that at {first}", median / then))
            }
        }
    }
}
