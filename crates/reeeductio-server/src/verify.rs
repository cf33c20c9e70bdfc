//! Checking a data directory: everything that was stored, against everything that can be known of it.

mod blobs;
mod space;

use std::path::Path;

use reeeductio_backend::{BackendError, Blobs as _};
use serde::Serialize;

use crate::wiring;

/// What a check of a data directory found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Spaces that hold anything.
    pub spaces: u64,
    /// Messages whose hash, signature, link and time are right.
    pub messages: u64,
    /// Data entries whose signature is right.
    pub entries: u64,
    /// Blobs whose bytes have the id they are stored under.
    pub blobs: u64,
    /// What is not as it was written.
    pub damage: Vec<Finding>,
    /// What is not needed: bytes of uploads that were interrupted.
    pub leftovers: Vec<Finding>,
    /// What is in a chain as it was signed and does not count, as its author had no authority for it
    /// (docs/adr/0004). The server never stores such; an import keeps it for the chain's sake.
    pub ineffective: Vec<Finding>,
}

/// Something a check found.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What kind, stable: `chain.broken`, `row.corrupt`, …
    pub code: &'static str,
    /// Where, and what.
    pub what: String,
}

impl Report {
    fn damaged(&mut self, code: &'static str, what: impl Into<String>) {
        let what = what.into();
        self.damage.push(Finding { code, what });
    }
}

/// Checks the data directory; `progress` hears what is being looked at. A server may be running: then
/// what it writes meanwhile may be reported as leftovers, never as damage.
pub async fn verify(
    directory: &Path,
    blob_directory: Option<&Path>,
    mut progress: impl FnMut(&str),
) -> Result<Report, BackendError> {
    let inspector = wiring::inspector(directory)?;
    let objects = wiring::objects(directory, blob_directory)?;
    let mut report = Report::default();
    progress("database file");
    for damage in inspector.check_file()? {
        report.damaged("database.corrupt", damage.0);
    }
    // Listed before the records, so that an upload that finishes in between is no leftover.
    let stored = objects.list().await?;
    for id in inspector.spaces()? {
        progress(&format!("space {id}"));
        report.spaces += 1;
        space::check(&inspector, &id, &mut report);
    }
    progress("blobs");
    blobs::check(&inspector, &objects, &stored, &mut report).await;
    Ok(report)
}
