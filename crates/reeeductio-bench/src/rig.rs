//! Shared context of all workloads: the server, the time there is, and where figures go.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use reeeductio_client::{Identity, random};

use crate::chain::Chain;
use crate::connection::Connection;
use crate::figure::{Figure, Share};
use crate::limits::{Limit, Limits};
use crate::measure::{Run, repeat};
use crate::member::Member;
use crate::process::Meter;
use crate::report::progress;

/// Before each measurement, so that it does not measure the first use of anything.
const WARM_UP: Duration = Duration::from_millis(200);

/// Shared context of all workloads.
pub(crate) struct Rig {
    /// Host and port of the server.
    pub(crate) authority: String,
    pub(crate) meter: Meter,
    /// How long to measure.
    pub(crate) time: Duration,
    /// Whether to use less of everything.
    pub(crate) quick: bool,
    /// Registers spaces, where the server does not create them on first use.
    admin: Option<Identity>,
    limits: Limits,
    figures: Vec<Figure>,
}

impl Rig {
    pub(crate) fn new(
        authority: String,
        meter: Meter,
        time: Duration,
        quick: bool,
        admin: Option<Identity>,
        folder: PathBuf,
    ) -> Self {
        Self {
            authority,
            meter,
            time,
            quick,
            admin,
            limits: Limits::new(folder, time),
            figures: Vec::new(),
        }
    }

    /// `full`, or `quick` when less will do.
    pub(crate) fn scaled(&self, full: usize, quick: usize) -> usize {
        if self.quick { quick } else { full }
    }

    pub(crate) async fn connect(&self) -> Result<Connection> {
        Connection::open(&self.authority).await
    }

    /// The owner of a fresh space.
    pub(crate) async fn owner(&self) -> Result<Member> {
        let keys = Identity::from_seed(&random()?);
        let (space, id) = (keys.space_id(), keys.user_id());
        let mut connection = self.connect().await?;
        if let Some(admin) = &self.admin {
            register(&mut connection, admin, &keys)
                .await
                .context("cannot register a space")?;
        }
        Member::sign_in(&mut connection, keys, space, id).await
    }

    /// Repeats workers that never run out, after a short run that does not count.
    pub(crate) async fn measure<W>(
        &self,
        mut workers: impl AsyncFnMut() -> Result<Vec<W>>,
    ) -> Result<Run>
    where
        W: AsyncFnMut() -> Result<bool> + 'static,
    {
        repeat(&self.meter, WARM_UP, workers().await?).await?;
        repeat(&self.meter, self.time, workers().await?).await
    }

    /// Repeats one request that is answered with 200, on several connections at once.
    pub(crate) async fn measure_request(&self, request: &[u8], connections: usize) -> Result<Run> {
        self.measure(async || {
            let mut workers = Vec::new();
            for _ in 0..connections {
                let mut connection = self.connect().await?;
                let request = request.to_vec();
                workers.push(async move || {
                    connection.expect(&request, 200).await?;
                    Ok(true)
                });
            }
            Ok(workers)
        })
        .await
    }

    /// Measures in rounds: `round` prepares workers that run out of what was prepared, until together they ran
    /// for as long as is wanted. The time between the rounds is not measured.
    pub(crate) async fn measure_rounds<W>(
        &self,
        mut round: impl AsyncFnMut() -> Result<Vec<W>>,
    ) -> Result<Run>
    where
        W: AsyncFnMut() -> Result<bool> + 'static,
    {
        repeat(&self.meter, WARM_UP, round().await?).await?;
        let mut total = Run::default();
        while total.took < self.time {
            let workers = round().await?;
            let left = self.time.saturating_sub(total.took);
            total.add(repeat(&self.meter, left, workers).await?);
        }
        Ok(total)
    }

    /// Reports a figure, and which share it is of what this machine could do: of each limit, counting
    /// `weight` of its unit for each of the figure's.
    pub(crate) async fn add(&mut self, mut figure: Figure, of: &[(Limit, f64)]) -> Result<()> {
        for (limit, weight) in of {
            figure.shares.push(Share {
                of: *limit,
                value: figure.value * weight / self.limits.value(*limit).await?,
            });
        }
        self.figures.push(figure);
        Ok(())
    }

    /// Measures a limit of the machine, if it was not yet.
    pub(crate) async fn limit(&mut self, limit: Limit) -> Result<()> {
        self.limits.value(limit).await.map(drop)
    }

    /// The machine's limits and the server's figures.
    pub(crate) fn into_figures(self) -> (Vec<Figure>, Vec<Figure>) {
        (self.limits.into_figures(), self.figures)
    }
}

/// Says what is going on.
pub(crate) fn announce(what: &str) {
    progress(&format!("measuring: {what}"));
}

/// Registers the space of `keys` in the admin space that `admin` owns.
async fn register(connection: &mut Connection, admin: &Identity, keys: &Identity) -> Result<()> {
    let administrator =
        Member::sign_in(connection, admin.clone(), admin.space_id(), admin.user_id()).await?;
    let topic = reeeductio_proto::TopicId::state();
    let head = administrator.head(connection, &topic).await?;
    let mut chain = Chain::of_state(&administrator, head);
    chain.set_kind(format!("spaces/{}", keys.space_id()));
    let entry = reeeductio_core::register_space(keys, admin.user_id(), reeeductio_client::now());
    chain.post(connection, &serde_json::to_vec(&entry)?).await
}
