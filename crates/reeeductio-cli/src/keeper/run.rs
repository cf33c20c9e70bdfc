//! `reeeductio keeper run`.

use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use reeeductio_client::{
    ClientCode, ClientError, ErrorKind, Keeper, KeeperAct, KeeperPass, PolicyStream, Store,
    StreamEvent,
};
use reeeductio_store_sqlite::SqliteStore;
use tokio::time::{Instant, sleep, sleep_until};

use super::file::{KeeperFile, KeeperFileArgument};
use super::metrics::Metrics;
use super::stop::Stop;
use crate::report::{out, progress};
use crate::server_url::builder;

/// First wait after a failure; each one after it waits twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// Longest wait after a failure.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// Time between passes that nothing calls for: an event that was lost is made up for before anybody gives up.
const QUIET: Duration = Duration::from_secs(30);
/// Time that an item gets to be done after the program was told to stop. It is done again if that is too short.
const LAST_ITEM: Duration = Duration::from_secs(10);

#[derive(Args, Debug)]
pub(super) struct Run {
    #[command(flatten)]
    keeper: KeeperFileArgument,
    /// A file that remembers what was read, so that it starts faster; made if it is not there
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    /// Serve metrics for Prometheus at /metrics of this address, such as 127.0.0.1:9464
    #[arg(long, value_name = "ADDRESS")]
    metrics: Option<SocketAddr>,
    /// Do what waits now, and end; exits with 1 if something is left
    #[arg(long)]
    once: bool,
}

/// The parts of a keeper that runs.
struct Running {
    file: KeeperFile,
    store: Option<Arc<dyn Store>>,
    metrics: Arc<Metrics>,
    stop: Stop,
}

/// A wait that grows from failure to failure.
struct Backoff(Duration);

impl Run {
    pub(super) async fn run(&self) -> anyhow::Result<ExitCode> {
        let stop = Stop::listen()?;
        let file = self.keeper.read()?;
        let metrics = Arc::new(Metrics::default());
        if let Some(address) = self.metrics {
            let bound = metrics.serve(address).await?;
            progress(&format!("metrics at http://{bound}/metrics"));
        }
        let mut running = Running {
            file,
            store: self.open_store()?,
            metrics,
            stop,
        };
        if self.once {
            return running.once().await;
        }
        running.lasting().await?;
        progress("stopped");
        Ok(ExitCode::SUCCESS)
    }

    fn open_store(&self) -> anyhow::Result<Option<Arc<dyn Store>>> {
        let Some(path) = &self.store else {
            return Ok(None);
        };
        let store = SqliteStore::open(path);
        let store = store.with_context(|| format!("cannot open {}", path.display()))?;
        Ok(Some(Arc::new(store)))
    }
}

impl Running {
    async fn open(&self) -> Result<Keeper, ClientError> {
        let builder = builder(&self.file.base_url).map_err(|error| ClientError::Argument {
            field: "base_url",
            message: error.to_string(),
        })?;
        let (app, identity) = (self.file.app_id, self.file.keeper.identity());
        Keeper::open(builder, app, identity, self.store.clone()).await
    }

    async fn once(&self) -> anyhow::Result<ExitCode> {
        let keeper = self.open().await?;
        let pass = self.pass(&keeper).await?;
        out(&format!(
            "admitted {}, refused {}, kept {}, ignored {}, left {}",
            pass.admitted, pass.refused, pass.kept, pass.ignored, pass.left
        ));
        Ok(if pass.left == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    /// Keeps until it is told to stop, or fails for a reason that does not pass.
    async fn lasting(&mut self) -> anyhow::Result<()> {
        let mut backoff = Backoff::new();
        let mut stop = self.stop.clone();
        while !stop.is_told() {
            let ended = tokio::select! {
                biased;
                // A request that hangs is not waited for.
                () = stop_late(stop.clone()) => return Ok(()),
                ended = self.connected(&mut backoff) => ended,
            };
            self.metrics.connected(false);
            let Err(error) = ended else {
                return Ok(());
            };
            if !passes(&error) {
                return Err(error).context("the keeper cannot go on");
            }
            let wait = backoff.next();
            progress(&format!(
                "not connected: {error}; trying again in {} s",
                wait.as_secs()
            ));
            tokio::select! {
                () = stop.told() => {}
                () = sleep(wait) => {}
            }
        }
        Ok(())
    }

    /// Keeps while there is a connection. Ends without an error if it is told to stop.
    async fn connected(&self, lost: &mut Backoff) -> Result<(), ClientError> {
        let mut stop = self.stop.clone();
        let opening = async {
            let keeper = self.open().await?;
            let stream = keeper.connect().await?;
            Ok::<_, ClientError>((keeper, stream))
        };
        let (keeper, mut stream) = tokio::select! {
            () = stop.told() => return Ok(()),
            opened = opening => opened?,
        };
        progress(&format!(
            "keeper {} of the app {} runs",
            keeper.id(),
            keeper.app().id()
        ));
        let mut backoff = Backoff::new();
        // The first event calls for the first pass.
        let mut next = Instant::now() + QUIET;
        loop {
            let is_due = tokio::select! {
                biased;
                () = stop.told() => return Ok(()),
                () = sleep_until(next) => true,
                event = self.next_event(&mut stream) => event?,
            };
            if !is_due {
                continue;
            }
            let wait = match self.pass(&keeper).await {
                Ok(pass) if pass.left == 0 => {
                    backoff = Backoff::new();
                    *lost = Backoff::new();
                    QUIET
                }
                Ok(_) => backoff.next(),
                Err(error) if passes(&error) => {
                    progress(&format!("the inbox cannot be read now: {error}"));
                    backoff.next()
                }
                Err(error) => return Err(error),
            };
            next = Instant::now() + wait;
        }
    }

    /// Returns whether the next event calls for a pass. An error ends the connection.
    async fn next_event(&self, stream: &mut PolicyStream) -> Result<bool, ClientError> {
        let Some(event) = stream.next().await else {
            return Err(ClientError::Interrupted("the stream has ended".to_owned()));
        };
        let event = event?;
        match event {
            StreamEvent::Connected => self.metrics.connected(true),
            StreamEvent::Disconnected => self.metrics.connected(false),
            _ => {}
        }
        Ok(Keeper::is_due(&event))
    }

    /// Reads the inbox, up to the item at which it is told to stop.
    async fn pass(&self, keeper: &Keeper) -> Result<KeeperPass, ClientError> {
        let told = |act: &KeeperAct| {
            self.metrics.count(act);
            log(act);
            if self.stop.is_told() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let pass = keeper.pass_telling(told).await?;
        self.metrics.passed(pass.left);
        Ok(pass)
    }
}

/// Ends some time after it was told to stop.
async fn stop_late(mut stop: Stop) {
    stop.told().await;
    sleep(LAST_ITEM).await;
}

/// One line for each item.
fn log(act: &KeeperAct) {
    let line = match act {
        KeeperAct::Admitted { channel, user } => format!("admitted {user} to {channel}"),
        KeeperAct::Refused {
            channel,
            user,
            code,
        } => format!("refused {user} to {channel}: {code}"),
        KeeperAct::Kept { channel, by } => format!("keeps {channel}, given by {by}"),
        KeeperAct::Ignored { sender } => format!("ignored an item of {sender}"),
        KeeperAct::Left { sender, error } => format!("left an item of {sender} for later: {error}"),
        _ => return,
    };
    progress(&line);
}

/// Returns whether an error passes by itself, or by connecting again.
fn passes(error: &ClientError) -> bool {
    error.client_code() == Some(ClientCode::ServerRestored)
        || matches!(
            error.kind(),
            ErrorKind::Conflict
                | ErrorKind::Interrupted
                | ErrorKind::Network
                | ErrorKind::RateLimit
                | ErrorKind::Server
        )
}

impl Backoff {
    fn new() -> Self {
        Self(FIRST_WAIT)
    }

    fn next(&mut self) -> Duration {
        let wait = self.0;
        self.0 = (wait * 2).min(LONGEST_WAIT);
        wait
    }
}
