//! One writer, many subscribers: how soon and how fast each message reaches all of them, and whether any is
//! lost. Messages are signed before the clock starts.

mod audience;

use std::time::Duration;

use anyhow::{Result, ensure};
use reeeductio_proto::MessageId;
use tokio::time::{MissedTickBehavior, interval};

use crate::chain::{Chain, Stock};
use crate::connection::Connection;
use crate::descriptors::affordable;
use crate::figure::Figure;
use crate::limits::Limit;
use crate::measure::{Run, now};
use crate::member::Member;
use crate::rig::{Rig, announce};
use audience::{Audience, Program};

/// Messages signed for the flat-out part.
const SIGNED: usize = 20_000;

pub(crate) async fn run(rig: &mut Rig) -> Result<()> {
    for (subscribers, pace) in [(200, 50), (1_000, 100)] {
        one(rig, subscribers, Duration::from_millis(pace)).await?;
    }
    Ok(())
}

async fn one(rig: &mut Rig, wanted: usize, pace: Duration) -> Result<()> {
    let subscribers = affordable(wanted)?;
    announce(&format!("fan-out to {subscribers} subscribers"));
    let owner = rig.owner().await?;
    let mut writer = Writer::new(rig, &owner).await?;
    let path = format!("/spaces/{}/stream?token={}", owner.space, owner.token);
    let mut audience = Audience::open(&rig.authority, &path, subscribers).await?;

    // Once everybody has heard this much, everybody listens.
    writer
        .perform(rig, &mut audience, 10, Pace::FlatOut)
        .await?;

    let count = usize::try_from(rig.time.as_millis() / pace.as_millis())?.max(5);
    let paced = writer
        .perform(rig, &mut audience, count, Pace::Every(pace))
        .await?;
    let figure = Figure::rate(
        format!("fanout.paced.{subscribers}"),
        format!("fan-out, {subscribers} subscribers, paced"),
        "deliveries/s",
        1.0,
        &paced.run,
    )
    .note(format!("a message every {} ms", pace.as_millis()))
    .note("latency from posting to receiving")
    .note(paced.loss());
    rig.add(figure, &[]).await?;

    let flat = writer
        .perform(rig, &mut audience, SIGNED, Pace::FlatOut)
        .await?;
    let mut figure = Figure::rate(
        format!("fanout.flat_out.{subscribers}"),
        format!("fan-out, {subscribers} subscribers, flat out"),
        "deliveries/s",
        1.0,
        &flat.run,
    )
    .note(format!("{} messages", flat.messages))
    .note(flat.loss());
    if subscribers < wanted {
        figure = figure.note(format!(
            "not {wanted}: this process may not open more files"
        ));
    }
    rig.add(figure, &[(Limit::Frames, 1.0)]).await
}

#[derive(Clone, Copy)]
enum Pace {
    Every(Duration),
    FlatOut,
}

/// Outcome of a performance.
struct Outcome {
    /// Deliveries; their times from posting to receiving, if it was paced.
    run: Run,
    messages: u64,
    lost: u64,
    repeated: u64,
}

impl Outcome {
    fn loss(&self) -> String {
        match (self.lost, self.repeated) {
            (0, 0) => "none lost".to_owned(),
            (lost, repeated) => format!("{lost} deliveries LOST, {repeated} repeated"),
        }
    }
}

struct Writer {
    chain: Chain,
    stock: Stock,
    connection: Connection,
}

impl Writer {
    async fn new(rig: &Rig, owner: &Member) -> Result<Self> {
        Ok(Self {
            chain: Chain::new(owner, "fanout")?,
            stock: Stock::default(),
            connection: rig.connect().await?,
        })
    }

    /// Posts up to `count` messages, as long as there is time, while the audience listens.
    async fn perform(
        &mut self,
        rig: &Rig,
        audience: &mut Audience,
        count: usize,
        pace: Pace,
    ) -> Result<Outcome> {
        // The last one tells the audience that it was the last.
        self.chain
            .stock_up(&self.stock, &self.connection, count + 1)?;
        let ids: Vec<MessageId> = self.stock.ids();
        let timed = matches!(pace, Pace::Every(_));
        let program = Program::new(&ids, timed);
        let before = rig.meter.start();
        let started = now();
        let listening = audience.listen(&program);
        let mut ticks = match pace {
            Pace::Every(period) => {
                let mut ticks = interval(period);
                ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
                Some(ticks)
            }
            Pace::FlatOut => None,
        };
        let mut posted = 0;
        while posted < count && (timed || started.elapsed() < rig.time) {
            if let Some(ticks) = &mut ticks {
                ticks.tick().await;
            }
            self.post(&program).await?;
            posted += 1;
        }
        program.end_with(posted);
        self.post(&program).await?;
        let heard = listening.finish().await?;
        let usage = rig.meter.stop(&before);
        ensure!(heard.deliveries > 0, "no subscriber received anything");
        let messages = posted as u64 + 1;
        let expected = messages * audience.size();
        Ok(Outcome {
            run: Run {
                done: heard.deliveries,
                took: heard.last.unwrap_or(started).duration_since(started),
                times: heard.times,
                usage,
            },
            messages,
            lost: expected - heard.deliveries,
            repeated: heard.repeated,
        })
    }

    async fn post(&mut self, program: &Program) -> Result<()> {
        if let Some((_, request)) = self.stock.take() {
            program.posting();
            self.connection.expect(&request, 201).await?;
        }
        Ok(())
    }
}
