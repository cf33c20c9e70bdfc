//! Putting right what a check finds damaged, from a backup.

mod blobs;

use std::path::{Path, PathBuf};

use futures_util::TryStreamExt as _;
use reeeductio_backend::{BackendError, Blobs as _, Mend, MendBy, Repair};
use reeeductio_proto::SpaceId;
use serde::Serialize;

use crate::verify::{Report, check_blobs, check_records};
use crate::wiring;
use crate::wiring::binding::{self, Idle};

const OPERATION: &str = "repair";

/// Options of a repair.
#[derive(Clone, Debug, Default)]
pub struct RepairOptions {
    /// The backup. Without one nothing is put back.
    pub from: Option<PathBuf>,
    /// Where the blobs are, if not in the data directory.
    pub blobs: Option<PathBuf>,
    /// Removes bytes that no blob refers to, however young.
    pub leftovers: bool,
    /// Says what would be done and changes nothing.
    pub dry_run: bool,
}

/// Report of a repair; in a dry run, of what it would do.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RepairReport {
    /// Nothing was changed.
    pub dry_run: bool,
    /// A part of the database could not be read: what is newer there than the backup is lost, and cannot be named.
    pub newer_lost: bool,
    /// Damaged and missing records.
    pub records: Vec<Mended>,
    /// Damaged and missing blobs.
    pub blobs: Vec<Mended>,
    /// Objects and unfinished uploads that nothing refers to, removed.
    pub leftovers: u64,
    /// Bytes they took.
    pub leftover_bytes: u64,
    /// Findings in the backup itself. Only what is intact there was taken.
    pub backup_damage: u64,
    /// Where the damaged database is kept, if it was replaced.
    pub kept: Option<String>,
    /// Findings of a check afterwards; `None` in a dry run.
    pub after: Option<Report>,
}

/// A record or blob and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct Mended {
    /// Which one.
    pub what: String,
    /// The spaces it concerns.
    pub spaces: Vec<SpaceId>,
    /// `derived` from other records, `put_back` from the backup, or `lost`: the backup does not have it.
    pub by: &'static str,
}

/// Repairs a data directory that no server is using. Only what is damaged or missing is touched, and only what
/// the backup has intact, by checksum or hash, is put in its place. An interrupted repair can be repeated.
pub async fn repair(
    directory: &Path,
    options: &RepairOptions,
    mut progress: impl FnMut(&str),
) -> Result<RepairReport, BackendError> {
    if options.from.is_none() && !options.leftovers {
        return Err(BackendError::unavailable(
            OPERATION,
            "there is nothing to do. Name a backup with --from, or ask for --leftovers.",
        ));
    }
    let mut report = RepairReport {
        dry_run: options.dry_run,
        ..RepairReport::default()
    };
    let blob_directory = options
        .blobs
        .clone()
        .unwrap_or_else(|| directory.join("blobs"));
    // Held to the end: no server starts meanwhile.
    let _lock;
    if let Some(from) = &options.from {
        let mut records = wiring::repair(directory, from)?;
        refuse_other_server(from, &blob_directory)?;
        let _folder;
        if !options.dry_run {
            _folder = binding::take(&blob_directory)?;
        }
        progress("backup");
        report.backup_damage = damage_of(from)?;
        repair_records(records.as_mut(), &mut report, &mut progress)?;
        progress("blobs");
        let backup = blobs::Backup {
            records: wiring::inspector(from)?,
            objects: wiring::objects(from, None)?,
        };
        let objects = if blob_directory.exists() {
            wiring::objects(directory, Some(&blob_directory))?
        } else {
            wiring::no_objects()
        };
        let mut repaired = Err(BackendError::corrupt(OPERATION, "not read yet"));
        if !(options.dry_run && report.newer_lost) {
            let current = wiring::inspector(directory)?;
            repaired = blobs::repair(current.as_ref(), &objects, &backup, &mut report).await;
        }
        if options.dry_run && repaired.is_err() {
            // The database will be one of the backup's records, at least.
            report.blobs.clear();
            repaired = blobs::repair(backup.records.as_ref(), &objects, &backup, &mut report).await;
        }
        repaired?;
        _lock = Held::Repair(records);
    } else {
        _lock = Held::Lock(wiring::lock(directory)?);
    }
    if options.leftovers && options.dry_run && report.newer_lost {
        // There is no database yet that could tell.
        return Ok(report);
    }
    if options.leftovers {
        progress("leftovers");
        remove_leftovers(directory, &blob_directory, &mut report).await?;
    }
    if !options.dry_run {
        let records = wiring::inspector(directory)?;
        let mut after = Report::default();
        check_records(records.as_ref(), &mut after, &mut progress)?;
        let objects = wiring::objects(directory, Some(&blob_directory))?;
        check_blobs(records.as_ref(), &objects, &mut after).await?;
        report.after = Some(after);
    }
    Ok(report)
}

/// Guard that keeps servers out.
#[expect(dead_code, reason = "kept for what its drop does")]
enum Held {
    Lock(wiring::Lock),
    Repair(Box<dyn Repair>),
}

/// How much is damaged in the records of the backup. Its blobs are each checked when they are taken.
fn damage_of(backup: &Path) -> Result<u64, BackendError> {
    let mut report = Report::default();
    check_records(
        wiring::inspector(backup)?.as_ref(),
        &mut report,
        &mut |_| {},
    )?;
    Ok(report.damage.len() as u64)
}

fn repair_records(
    records: &mut dyn Repair,
    report: &mut RepairReport,
    progress: &mut dyn FnMut(&str),
) -> Result<(), BackendError> {
    progress("records");
    let plan = records.plan()?;
    report.records = plan.iter().map(mended).collect();
    report.newer_lost = records.is_unreadable();
    if (plan.is_empty() && !report.newer_lost) || report.dry_run {
        return Ok(());
    }
    progress("writing the database anew");
    let built = records.build()?;
    if !(built.check_storage()?.is_empty() && built.damaged_records()?.is_empty()) {
        return Err(BackendError::corrupt(
            OPERATION,
            "what was written anew does not pass its check; the database in use is as it was. Check the disk.",
        ));
    }
    drop(built);
    report.kept = Some(records.replace()?).filter(|kept| !kept.is_empty());
    Ok(())
}

fn mended(mend: &Mend) -> Mended {
    Mended {
        what: mend.record.to_string(),
        spaces: mend.record.space.into_iter().collect(),
        by: match mend.by {
            MendBy::Derived => "derived",
            MendBy::Lost => "lost",
            MendBy::PutBack => "put_back",
        },
    }
}

/// Refuses a backup of another server than the one that the blobs belong to: a database that cannot be read does not
/// tell.
fn refuse_other_server(backup: &Path, blobs: &Path) -> Result<(), BackendError> {
    match binding::ids(backup, blobs)? {
        (Some(known), Some(found)) if known != found => Err(BackendError::unavailable(
            OPERATION,
            format!(
                "the backup is of another server than the blobs in {}. Name a backup that was made of this one.",
                blobs.display()
            ),
        )),
        _ => Ok(()),
    }
}

/// Removes what nothing refers to. No server is running, so nothing of it is about to be.
async fn remove_leftovers(
    directory: &Path,
    blob_directory: &Path,
    report: &mut RepairReport,
) -> Result<(), BackendError> {
    let records = wiring::inspector(directory)?;
    if !(records.check_storage()?.is_empty() && records.damaged_records()?.is_empty()) {
        return Err(BackendError::unavailable(
            OPERATION,
            "the records are damaged, so what they do not speak of may still belong to a blob. Repair them first.",
        ));
    }
    let binding = if report.dry_run {
        None
    } else {
        Some(Idle::take(directory, blob_directory)?)
    };
    let objects = wiring::objects(directory, Some(blob_directory))?;
    let mut listed = objects.list();
    while let Some(object) = listed.try_next().await? {
        if records.refers_to(&object.name)? {
            continue;
        }
        if !report.dry_run {
            objects.delete(&object.name).await?;
        }
        report.leftovers += 1;
        report.leftover_bytes += object.size;
    }
    drop(listed);
    if !report.dry_run {
        let unfinished = objects.discard_unfinished(i64::MAX).await?;
        report.leftovers += unfinished.objects;
        report.leftover_bytes += unfinished.bytes;
    }
    binding.map_or(Ok(()), |binding| binding.release())
}
