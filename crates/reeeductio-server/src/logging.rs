//! Log output.

mod rotation;

use std::io;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

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
    let filter = EnvFilter::try_new(&config.level).map_err(|error| ConfigError::Key {
        key: "logging.level".to_owned(),
        message: error.to_string(),
    })?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(writer);
    // A library user may have a subscriber of its own; then that one is used.
    let _already = match config.format {
        LogFormat::Json => subscriber.json().try_init(),
        LogFormat::Text => subscriber.try_init(),
    };
    Ok(())
}
