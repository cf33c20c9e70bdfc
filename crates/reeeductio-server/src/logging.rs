//! Log output.

mod rotation;

use std::io;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{fmt, registry};

use crate::config::{ConfigError, LogFormat, LoggingConfig};
use rotation::RotatingFile;

/// Sends log lines where the configuration says, for the whole process. A second call changes nothing.
pub(crate) fn start(config: &LoggingConfig) -> Result<(), ConfigError> {
    let writer = match &config.file {
        None => BoxMakeWriter::new(io::stderr),
        Some(path) => {
            let file = RotatingFile::open(path, config.max_bytes, config.backup_count).map_err(
                |error| ConfigError::Key {
                    key: "logging.file".to_owned(),
                    message: format!("{}: {error}", path.display()),
                },
            )?;
            BoxMakeWriter::new(file)
        }
    };
    start_with(config, writer)
}

fn start_with(
    config: &LoggingConfig,
    writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static,
) -> Result<(), ConfigError> {
    let filter: Targets =
        config
            .level
            .parse()
            .map_err(
                |error: tracing_subscriber::filter::ParseError| ConfigError::Key {
                    key: "logging.level".to_owned(),
                    message: error.to_string(),
                },
            )?;
    let lines = fmt::layer().with_ansi(false).with_writer(writer);
    let subscriber = registry().with(filter);
    // A library user may have a subscriber of its own; then that one is used.
    let _already = match config.format {
        LogFormat::Json => subscriber.with(lines.json()).try_init(),
        LogFormat::Text => subscriber.with(lines).try_init(),
    };
    Ok(())
}
