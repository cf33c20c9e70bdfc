//! Copying a data directory, also while a server writes to it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use reeeductio_backend::{
    BackendError, BackendErrorKind, BlobPage, Copied, CopyObjects, Inspect, RecordedBlob,
    RecordsCopy,
};
use reeeductio_proto::BlobId;
use serde::Serialize;

use crate::wiring::{self, binding};

/// Records looked at at once.
const PAGE: usize = 1000;

const OPERATION: &str = "back up";

/// How a data directory is copied.
#[derive(Clone, Debug)]
pub struct BackupOptions {
    /// Where the blobs are, if not in the data directory.
    pub blobs: Option<PathBuf>,
    /// Makes the copy's blobs hard links: that takes neither time nor space, and damage to one is damage to
    /// the other.
    pub link: bool,
    /// The copy is given up when a running server had to keep more than so many bytes of newer changes.
    pub backlog: u64,
}

/// Part that is being copied, and how much of it is done.
#[derive(Clone, Copy, Debug)]
pub enum BackupStep {
    /// The blobs.
    Blobs(Copied),
    /// The database.
    Database(Copied),
}

/// Contents of a finished backup.
#[derive(Clone, Debug, Default, Serialize)]
pub struct BackupReport {
    /// Bytes of the database.
    pub database_bytes: u64,
    /// Blobs copied.
    pub blobs: u64,
    /// Bytes of these blobs.
    pub blob_bytes: u64,
    /// Blobs that were deleted while the backup ran; the copy does not have them either.
    pub deleted_meanwhile: Vec<BlobId>,
}

/// Copies the data directory `from` to the new or empty directory `to`: first the database, at one point
/// in time, then every blob it speaks of. Only the owner of the process can read the copy. When it fails,
/// `to` is left empty.
pub fn backup(
    from: &Path,
    to: &Path,
    options: &BackupOptions,
    mut progress: impl FnMut(BackupStep),
) -> Result<BackupReport, BackendError> {
    let used = match fs::read_dir(to) {
        Ok(mut existing) => existing.next().is_some(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(failed(to, &error)),
    };
    if used {
        return Err(BackendError::unavailable(
            OPERATION,
            format!("{} is not empty. Name a new directory.", to.display()),
        ));
    }
    prepare(to).map_err(|error| failed(to, &error))?;
    let made = copy(from, to, options, &mut progress);
    if made.is_err()
        && let Err(error) = clear(to)
    {
        tracing::warn!(%error, "what was copied of the backup is still in {}", to.display());
    }
    made
}

fn copy(
    from: &Path,
    to: &Path,
    options: &BackupOptions,
    progress: &mut dyn FnMut(BackupStep),
) -> Result<BackupReport, BackendError> {
    let source = wiring::inspector(from)?;
    let objects = wiring::objects(from, options.blobs.as_deref())?;
    let mut report = BackupReport::default();
    let mut records = source.copy_to(to, options.backlog, &mut |copied| {
        report.database_bytes = copied.total;
        progress(BackupStep::Database(copied));
    })?;
    for secret in wiring::SECRET_FILES {
        copy_private(&from.join(secret), &to.join(secret)).map_err(|error| failed(to, &error))?;
    }
    let blobs = to.join("blobs");
    wiring::make_private(&blobs).map_err(|error| failed(&blobs, &error))?;
    let mut copying = Copying {
        source: source.as_ref(),
        objects: &objects,
        to: &blobs,
        link: options.link,
        report: &mut report,
    };
    copying.blobs(records.as_mut(), progress)?;
    sync_folders(&blobs).map_err(|error| failed(&blobs, &error))?;
    records.finish()?;
    binding::mark_copy(to, &blobs)?;
    Ok(report)
}

/// The blobs, on their way.
struct Copying<'a> {
    source: &'a dyn Inspect,
    objects: &'a dyn CopyObjects,
    to: &'a Path,
    link: bool,
    report: &'a mut BackupReport,
}

impl Copying<'_> {
    fn blobs(
        &mut self,
        records: &mut dyn RecordsCopy,
        progress: &mut dyn FnMut(BackupStep),
    ) -> Result<(), BackendError> {
        let mut total = 0;
        each_page(records, |_, page| {
            total += page.iter().map(|stored| stored.record.size).sum::<u64>();
            Ok(())
        })?;
        let mut done = 0;
        each_page(records, |records, page| {
            let mut gone = Vec::new();
            for stored in page {
                if !self.blob(stored)? {
                    gone.push(stored.clone());
                }
                done += stored.record.size;
                progress(BackupStep::Blobs(Copied { done, total }));
            }
            records.leave_out(&gone)?;
            self.report
                .deleted_meanwhile
                .extend(gone.iter().map(|stored| stored.blob));
            Ok(())
        })
    }

    /// Copies a blob; says whether it belongs to the copy.
    fn blob(&mut self, stored: &RecordedBlob) -> Result<bool, BackendError> {
        let object = &stored.record.object;
        if let Some(bytes) = self.objects.copy_object(object, self.to, self.link)? {
            self.report.blobs += 1;
            self.report.blob_bytes += bytes;
            return Ok(true);
        }
        // A record goes before its object does: where there is still one, the object is lost, and the check
        // of the copy says so.
        let now = self.source.blob(&stored.space, &stored.blob)?;
        Ok(now.is_some_and(|now| now.record.object == *object))
    }
}

/// Visits the blobs of a copy by pages. Ends where the list itself is damaged; the check of the copy says so.
fn each_page(
    records: &mut dyn RecordsCopy,
    mut visit: impl FnMut(&mut dyn RecordsCopy, &[RecordedBlob]) -> Result<(), BackendError>,
) -> Result<(), BackendError> {
    let mut after = String::new();
    loop {
        let BlobPage { blobs, next } = match records.blobs(&after, PAGE) {
            Err(error) if error.kind() == BackendErrorKind::Corrupt => return Ok(()),
            page => page?,
        };
        visit(records, &blobs)?;
        match next {
            Some(next) => after = next,
            None => return Ok(()),
        }
    }
}

/// Makes the directory, or takes one that is there, and shuts it for everybody else.
fn prepare(to: &Path) -> io::Result<()> {
    if !to.exists() {
        return wiring::make_private(to);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Where that cannot be, as on a disk without permissions, the files inside are still made private.
        if let Err(error) = fs::set_permissions(to, fs::Permissions::from_mode(0o700)) {
            tracing::warn!(%error, "others may be able to look into {}", to.display());
        }
    }
    Ok(())
}

fn copy_private(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = match File::open(from) {
        Ok(source) => source,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut target = options.open(to)?;
    io::copy(&mut source, &mut target)?;
    target.sync_all()
}

fn sync_folders(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_folders(&entry.path())?;
        }
    }
    File::open(folder)?.sync_all()
}

fn clear(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn failed(path: &Path, error: &io::Error) -> BackendError {
    BackendError::unavailable(OPERATION, format!("{}: {error}", path.display()))
}
