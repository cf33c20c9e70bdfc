//! A log file that is put aside when it has grown.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use parking_lot::{Mutex, MutexGuard};
use tracing_subscriber::fmt::MakeWriter;

/// A log file that is put aside when it has grown: `name.1` is the newest of those, `name.N` the oldest.
#[derive(Debug)]
pub(super) struct RotatingFile(Mutex<Open>);

#[derive(Debug)]
pub(super) struct Open {
    path: PathBuf,
    file: File,
    size: u64,
    max_size: u64,
    kept: u32,
}

impl RotatingFile {
    pub(super) fn open(path: &Path, max_size: u64, kept: u32) -> io::Result<Self> {
        let file = append(path)?;
        Ok(Self(Mutex::new(Open {
            path: path.to_owned(),
            size: file.metadata()?.len(),
            file,
            max_size,
            kept,
        })))
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

impl Open {
    fn aside(&self, number: u32) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        name.into()
    }

    fn rotate(&mut self) -> io::Result<()> {
        for number in (1..self.kept).rev() {
            let from = self.aside(number);
            if from.exists() {
                std::fs::rename(from, self.aside(number + 1))?;
            }
        }
        if self.kept > 0 {
            std::fs::rename(&self.path, self.aside(1))?;
        } else {
            std::fs::remove_file(&self.path)?;
        }
        self.file = append(&self.path)?;
        self.size = 0;
        Ok(())
    }
}

/// One line at a time.
#[derive(Debug)]
pub(super) struct Line<'a>(MutexGuard<'a, Open>);

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let open = &mut *self.0;
        if open.max_size > 0 && open.size > 0 && open.size + bytes.len() as u64 > open.max_size {
            open.rotate()?;
        }
        open.size += bytes.len() as u64;
        open.file.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.file.flush()
    }
}

impl<'a> MakeWriter<'a> for RotatingFile {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(self.0.lock())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_log_is_put_aside_and_the_oldest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let log = RotatingFile::open(&path, 10, 2).unwrap();
        for line in ["aaaaaaaa\n", "bbbbbbbb\n", "cccccccc\n", "dddddddd\n"] {
            log.make_writer().write_all(line.as_bytes()).unwrap();
        }
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("log"), "dddddddd\n");
        assert_eq!(read("log.1"), "cccccccc\n");
        assert_eq!(read("log.2"), "bbbbbbbb\n");
        assert!(!folder.path().join("log.3").exists());
    }
}
