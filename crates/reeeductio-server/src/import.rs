//! Taking over the data directory of the published server (wire.md 13).

use std::path::Path;

pub use reeeductio_import::{Finding, ImportError, Report, Source, Tally};

use crate::wiring;

/// Takes over what verifies into the data directory `data`, which is made if need be and which no server
/// may be using. A second run changes nothing; an interrupted one is finished by another.
pub async fn import(
    source: &Source,
    data: &Path,
    progress: impl FnMut(&str),
) -> Result<Report, ImportError> {
    source.check(data)?;
    let target = wiring::import_target(data)?;
    let done = reeeductio_import::import(source, &target, progress).await;
    let closed = target.records.close().await;
    let report = done?;
    closed?;
    Ok(report)
}
