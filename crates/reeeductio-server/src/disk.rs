//! How much room the disks have on which the server stores.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use reeeductio_proto::ErrorCode;

use crate::answer::Failure;
use crate::config::Config;

/// Free bytes that are kept if the operator does not say how many, and at most this part of the disk.
const RESERVE: u64 = 64 << 20;
const RESERVE_PART: u64 = 20;
/// Milliseconds for which a look at the disks serves further writes.
const FRESH: i64 = 500;

/// The room of a disk.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DiskSpace {
    /// Bytes that the server may still write.
    pub free: u64,
    /// Bytes of the whole disk.
    pub size: u64,
}

type Measure = dyn Fn(&Path) -> io::Result<DiskSpace> + Send + Sync;

/// The folders on whose disks the server stores.
#[derive(Clone)]
pub struct Disks {
    folders: Vec<(&'static str, PathBuf)>,
    measure: Arc<Measure>,
    /// `limits.min_free_bytes`.
    reserve: Option<u64>,
    seen: Arc<Seen>,
}

/// The last look.
#[derive(Debug)]
struct Seen {
    /// Steady milliseconds.
    at: AtomicI64,
    full: AtomicBool,
}

/// A disk as it is now.
#[derive(Debug)]
pub(crate) struct Disk {
    /// `data` or `blobs`.
    pub(crate) name: &'static str,
    pub(crate) space: io::Result<DiskSpace>,
    /// Free bytes below which nothing is written.
    pub(crate) reserve: u64,
}

impl Disk {
    pub(crate) fn is_full(&self) -> bool {
        matches!(self.space, Ok(space) if space.free < self.reserve)
    }
}

impl Disks {
    /// The disks of the folders that `config` names.
    pub fn of(config: &Config) -> Self {
        Self::measured(config, measure)
    }

    /// The same, their room told by `measure`: for storage that is not in folders of this machine.
    pub fn measured(
        config: &Config,
        measure: impl Fn(&Path) -> io::Result<DiskSpace> + Send + Sync + 'static,
    ) -> Self {
        let mut folders = vec![("data", config.data_dir.clone())];
        folders.push(("blobs", config.blob_dir()));
        Self {
            folders,
            ..Self::none(config.limits.min_free_bytes, measure)
        }
    }

    /// No disks: always room.
    pub(crate) fn unknown() -> Self {
        Self::none(None, measure)
    }

    fn none(
        reserve: Option<u64>,
        measure: impl Fn(&Path) -> io::Result<DiskSpace> + Send + Sync + 'static,
    ) -> Self {
        Self {
            folders: Vec::new(),
            measure: Arc::new(measure),
            reserve,
            seen: Arc::new(Seen {
                at: AtomicI64::new(i64::MIN),
                full: AtomicBool::new(false),
            }),
        }
    }

    /// Looks at every disk.
    pub(crate) fn look(&self) -> Vec<Disk> {
        let look = |(name, folder): &(&'static str, PathBuf)| {
            let space = (self.measure)(folder);
            let size = space.as_ref().map_or(0, |space| space.size);
            Disk {
                name,
                reserve: self
                    .reserve
                    .unwrap_or_else(|| RESERVE.min(size / RESERVE_PART)),
                space,
            }
        };
        self.folders.iter().map(look).collect()
    }

    /// Fails with `storage.full` while a disk has less room than is kept. `now` is steady, in
    /// milliseconds; a look serves all writes of half a second.
    pub(crate) fn room(&self, now: i64) -> Result<(), Failure> {
        let at = self.seen.at.load(Ordering::Acquire);
        if at == i64::MIN || now.saturating_sub(at) >= FRESH {
            let full = self.look().iter().any(Disk::is_full);
            self.seen.full.store(full, Ordering::Release);
            self.seen.at.store(now, Ordering::Release);
        }
        if self.seen.full.load(Ordering::Acquire) {
            return Err(full());
        }
        Ok(())
    }

    /// Fails with `storage.full` unless `bytes` more can be written.
    pub(crate) fn room_for(&self, bytes: u64) -> Result<(), Failure> {
        let lacks = |disk: &Disk| match disk.space {
            Ok(space) => space.free < disk.reserve.saturating_add(bytes),
            Err(_) => false,
        };
        if self.look().iter().any(lacks) {
            return Err(full());
        }
        Ok(())
    }
}

impl fmt::Debug for Disks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disks")
            .field("folders", &self.folders)
            .field("reserve", &self.reserve)
            .finish_non_exhaustive()
    }
}

fn full() -> Failure {
    Failure::new(
        ErrorCode::StorageFull,
        "The server's disk is full. Its operator must free space or move to a larger disk.",
    )
}

#[cfg(unix)]
fn measure(folder: &Path) -> io::Result<DiskSpace> {
    // A folder that does not exist yet will be on the disk of the nearest one that does.
    let there = folder.ancestors().find(|path| path.exists());
    let there = match there {
        Some(path) if !path.as_os_str().is_empty() => path,
        _ => Path::new("."),
    };
    let found = rustix::fs::statvfs(there)?;
    Ok(DiskSpace {
        free: found.f_bavail.saturating_mul(found.f_frsize),
        size: found.f_blocks.saturating_mul(found.f_frsize),
    })
}

#[cfg(not(unix))]
fn measure(_folder: &Path) -> io::Result<DiskSpace> {
    Err(io::ErrorKind::Unsupported.into())
}
