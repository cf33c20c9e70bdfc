//! Writing so that it is on disk.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::figure::Figure;
use crate::measure::repeat_blocking;

/// Bytes of a large file.
const LARGE: usize = 16 << 20;

/// Appending 256 bytes to a file, each on disk before the next.
pub(super) fn sync(folder: &Path, time: Duration) -> Result<Figure> {
    let mut file = scratch(folder)?;
    let run = repeat_blocking(time, || {
        file.write_all(&[7; 256])?;
        file.sync_data()?;
        Ok(1)
    })?;
    Ok(Figure::rate(
        "sync",
        "256 bytes written with fdatasync",
        "writes/s",
        1.0,
        &run,
    ))
}

/// Writing files as large as the largest blob of the measurements, each on disk before the next. They stay until
/// the end, as blobs do: space and memory that were just given back are faster.
pub(super) fn write(folder: &Path, time: Duration) -> Result<Figure> {
    let bytes = vec![7; LARGE];
    let mut files = Vec::new();
    let run = repeat_blocking(time, || {
        let mut file = scratch(folder)?;
        file.write_all(&bytes)?;
        file.sync_data()?;
        files.push(file);
        Ok(1)
    })?;
    Ok(Figure::rate(
        "file_write",
        "new files of 16 MiB written with fdatasync",
        "MiB/s",
        16.0,
        &run,
    ))
}

fn scratch(folder: &Path) -> Result<std::fs::File> {
    tempfile::tempfile_in(folder).with_context(|| format!("cannot write in {}", folder.display()))
}
