//! `serve`, as a command: shared by both binaries.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use crate::check::Report;
use crate::config::environment::texts;
use crate::config::{Config, ConfigError, NO_SPACES};
use crate::logging;
use crate::serve::{StartError, serve};

/// Runs the server.
#[derive(Args, Clone, Debug)]
pub struct ServeArgs {
    /// Configuration file: .yaml, .yml or .json
    #[arg(long, value_name = "FILE", env = "CONFIG_FILE")]
    config: Option<PathBuf>,
    /// Folder for everything the server stores
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Port to listen on; 0 takes a free one. Default: `server.port` of the configuration, otherwise 8000
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// For trying things out: any space exists from its first use, only this machine can connect, and there are no
    /// rate limits
    #[arg(long)]
    dev: bool,
    /// Check the configuration, the folders, the database and the free space, and exit: with 0 if the server can start
    #[arg(long)]
    check: bool,
    /// With --check: print one JSON document
    #[arg(long, requires = "check")]
    json: bool,
}

impl ServeArgs {
    /// The configuration these arguments, the file and the environment give.
    #[expect(
        clippy::disallowed_methods,
        reason = "the environment is read here and nowhere else"
    )]
    pub fn config(&self) -> Result<Config, ConfigError> {
        let variables = texts(std::env::vars_os())?;
        let mut config = Config::load(self.config.as_deref(), variables)?;
        if let Some(data) = &self.data {
            config.data_dir.clone_from(data);
        }
        if let Some(port) = self.port {
            config.server.port = port;
        }
        if self.dev {
            config.set_dev();
        }
        Ok(config)
    }

    /// Serves until the process is told to stop, or only checks whether it could.
    pub async fn run(&self) -> Result<(), StartError> {
        if self.check {
            return self.report();
        }
        let config = self.config()?;
        logging::start(&config.logging)?;
        if !config.can_have_spaces() {
            tracing::warn!("{NO_SPACES}");
        }
        let data = config.data_dir.clone();
        let server = serve(config).await?;
        let announce = async {
            tracing::info!(data = %data.display(), "listening on http://{}", server.address());
            // For the program that started this one, whatever the log level: a closed output is not our problem.
            let _closed = writeln!(
                std::io::stdout(),
                "listening on http://{}",
                server.address()
            );
            std::future::pending::<()>().await;
        };
        // In this order: a program that reads the line may tell the server to stop at once.
        tokio::select! {
            biased;
            () = stop_signal() => {}
            () = announce => {}
        }
        tracing::info!("stopping");
        server.stop().await?;
        Ok(())
    }
}

impl ServeArgs {
    /// Prints what the checks found; fails if the server cannot start.
    fn report(&self) -> Result<(), StartError> {
        let report = Report::of(&self.config());
        let text = if self.json {
            serde_json::to_string_pretty(&report).unwrap_or_default()
        } else {
            report.text()
        };
        // The exit code says it as well.
        let _closed = writeln!(std::io::stdout(), "{text}");
        match report.failed() {
            0 => Ok(()),
            failed => Err(StartError::Check(failed)),
        }
    }
}

/// Completes when the process is asked to stop.
async fn stop_signal() {
    let interrupt = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "cannot listen for Ctrl-C");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::error!(%error, "cannot listen for SIGTERM");
                std::future::pending::<()>().await;
            }
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
