//! Sealed messages in a space with a policy: writers on topics of their own, and as many and more on one topic, each in
//! a lane of its own, so nobody waits for anybody. Every writer is another member. Everything is sealed and signed before
//! the clock starts.

use std::cell::Cell;
use std::rc::Rc;

use anyhow::Result;

use crate::chain::Stock;
use crate::connection::Connection;
use crate::figure::Figure;
use crate::lane::Lane;
use crate::limits::Limit;
use crate::rig::{Rig, announce};
use crate::sealed_space::SealedSpace;

/// Messages that wait when a round begins, of all writers together.
const SEALED_AHEAD: usize = 24_000;

pub(crate) async fn run(rig: &mut Rig) -> Result<()> {
    one(rig, Topics::Shared, 1, None).await?;
    let own = one(rig, Topics::Own, 32, None).await?;
    one(rig, Topics::Shared, 50, Some(own)).await?;
    Ok(())
}

/// The topics that writers post to.
#[derive(Clone, Copy)]
enum Topics {
    /// One for all.
    Shared,
    /// One for each.
    Own,
}

/// Measures writers, beside the rate of writers on own topics if that is known; returns the rate.
async fn one(rig: &mut Rig, topics: Topics, writers: usize, beside: Option<f64>) -> Result<f64> {
    let (key, name) = match topics {
        Topics::Shared => (
            format!("lanes.{writers}"),
            format!("append sealed messages, {writers} lanes in one topic"),
        ),
        Topics::Own => (
            format!("lanes.own.{writers}"),
            format!("append sealed messages, {writers} writers on own topics"),
        ),
    };
    announce(&name);
    let mut space = SealedSpace::make(rig).await?;
    let mut writing: Vec<(Lane, Stock)> = Vec::new();
    for (number, member) in space.admit(rig, writers).await?.iter().enumerate() {
        let lane = match topics {
            Topics::Shared => space.lane(member, "lanes")?,
            Topics::Own => space.lane(member, &format!("writer-{number:03}"))?,
        };
        writing.push((lane, Stock::default()));
    }
    let ahead = rig.scaled(SEALED_AHEAD, 2_400);
    let refused = Rc::new(Cell::new(0));
    let mut run = rig
        .measure_rounds(async || {
            let connection = rig.connect().await?;
            for (lane, stock) in &mut writing {
                while stock.len() < ahead / writers {
                    stock.push(lane.seal(&connection)?);
                }
            }
            // Not before everything is sealed: a server closes connections that do nothing.
            let mut workers = Vec::new();
            for (_, stock) in &writing {
                let connection = rig.connect().await?;
                workers.push(poster(stock.clone(), connection, Rc::clone(&refused)));
            }
            Ok(workers)
        })
        .await?;
    let refused = refused.get();
    run.done = run.done.saturating_sub(refused);
    let mut figure = Figure::rate(key, name, "messages/s", 1.0, &run).note(match refused {
        0 => "none refused".to_owned(),
        some => format!("{some} REFUSED"),
    });
    let rate = figure.value;
    if let Some(beside) = beside {
        let times = rate / beside;
        figure = figure.note(format!("{times:.2} times 32 writers on own topics"));
    }
    let limits = [
        (Limit::Echo32, 1.0),
        (Limit::Commit, 1.0),
        (Limit::Verify, 1.0),
    ];
    rig.add(figure, &limits).await?;
    Ok(rate)
}

/// A worker that posts what waits, and counts what is refused.
fn poster(
    stock: Stock,
    mut connection: Connection,
    refused: Rc<Cell<u64>>,
) -> impl AsyncFnMut() -> Result<bool> + use<> {
    async move || {
        let Some((_, request)) = stock.take() else {
            return Ok(false);
        };
        if connection.exchange(&request).await? != 201 {
            refused.set(refused.get() + 1);
        }
        Ok(true)
    }
}
