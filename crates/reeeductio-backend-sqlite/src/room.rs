//! Space that is left on the disk.

use std::io;
use std::path::Path;

/// Bytes that may still be written to the file system of `path`; the most there can be where it does not tell.
#[cfg(unix)]
pub(crate) fn room(path: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(path)?;
    if found.f_blocks == 0 {
        return Ok(u64::MAX);
    }
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(not(unix))]
pub(crate) fn room(_path: &Path) -> io::Result<u64> {
    Ok(u64::MAX)
}
