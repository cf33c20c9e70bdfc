//! Checking a data directory: everything that was stored, against everything that can be known of it.

mod blobs;
mod finding;
mod space;

use std::path::Path;

use reeeductio_backend::{BackendError, BackendErrorKind, Blobs, Inspect};
use serde::Serialize;

use crate::wiring;

pub(crate) use blobs::hash;
pub use finding::Finding;

/// Report of a check of a data directory.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Spaces that hold anything.
    pub spaces: u64,
    /// Messages whose hash, signature, link and time are right.
    pub messages: u64,
    /// Data entries whose signature is right.
    pub entries: u64,
    /// Inbox items whose signature is right.
    pub items: u64,
    /// Blobs whose bytes have the id they are stored under.
    pub blobs: u64,
    /// Data that is not as it was written.
    pub damage: Vec<Finding>,
    /// Data that is not needed: bytes of uploads that were interrupted.
    pub leftovers: Vec<Finding>,
    /// State that is in a chain as it was signed and does not count, as its author had no authority
    /// for it (docs/adr/0004). The server never stores such; an import keeps it for the chain's sake.
    pub ineffective: Vec<Finding>,
}

/// Checks the data directory; `progress` is told what is being looked at. A server may be running:
/// then what it writes meanwhile may be reported as leftovers, never as damage.
pub async fn verify(
    directory: &Path,
    blob_directory: Option<&Path>,
    mut progress: impl FnMut(&str),
) -> Result<Report, BackendError> {
    let mut report = Report::default();
    let file = wiring::database(directory);
    let Some(records) = unless_corrupt(wiring::inspector(directory), &mut report, &file)? else {
        return Ok(report);
    };
    let objects = wiring::objects(directory, blob_directory)?;
    check_records(records.as_ref(), &mut report, &mut progress)?;
    progress("blobs");
    check_blobs(records.as_ref(), &objects, &mut report).await?;
    Ok(report)
}

/// Checks everything but the blobs' bytes.
pub(crate) fn check_records(
    records: &dyn Inspect,
    report: &mut Report,
    progress: &mut dyn FnMut(&str),
) -> Result<(), BackendError> {
    progress("database file");
    let file = records.location();
    for line in unless_corrupt(records.check_storage(), report, &file)?.unwrap_or_default() {
        report
            .damage
            .push(Finding::new("database.corrupt", line).in_file(&file));
    }
    let damaged = unless_corrupt(records.damaged_records(), report, &file)?;
    for record in damaged.unwrap_or_default() {
        report.damage.push(
            Finding::new("row.corrupt", record.to_string())
                .in_spaces(record.space.as_slice())
                .in_file(&file),
        );
    }
    let spaces = unless_corrupt(records.spaces(), report, &file)?;
    for id in spaces.unwrap_or_default() {
        progress(&format!("space {id}"));
        report.spaces += 1;
        space::check(records, &id, report)?;
    }
    Ok(())
}

/// Checks the bytes of every recorded blob, and what is stored beside them.
pub(crate) async fn check_blobs(
    records: &dyn Inspect,
    objects: &impl Blobs,
    report: &mut Report,
) -> Result<(), BackendError> {
    let file = records.location();
    let checked = blobs::check(records, objects, report).await;
    unless_corrupt(checked, report, &file)?;
    let listed = blobs::leftovers(records, objects, report).await;
    unless_corrupt(listed, report, &file)?;
    Ok(())
}

/// Damage that keeps a list from being read is a finding like any other.
fn unless_corrupt<T>(
    result: Result<T, BackendError>,
    report: &mut Report,
    file: &str,
) -> Result<Option<T>, BackendError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == BackendErrorKind::Corrupt => {
            let finding = Finding::new("database.corrupt", error.to_string()).in_file(file);
            report.damage.push(finding);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
