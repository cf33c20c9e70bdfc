//! The whole import, space by space, then the blobs.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use reeeductio_backend::{Blobs, Records};
use reeeductio_proto::SpaceId;

use crate::blobs;
use crate::error::ImportError;
use crate::members::Members;
use crate::report::Report;
use crate::space;

/// Where the published server kept its data. Nothing there is changed.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its working directory, which holds `spaces`.
    pub directory: PathBuf,
    /// Its blobs, if not in `blobs` there.
    pub blobs: Option<PathBuf>,
}

impl Source {
    /// Refuses what is no directory of the published server, and a data directory `data` inside it.
    /// Nothing is made or changed.
    pub fn check(&self, data: &Path) -> Result<(), ImportError> {
        if !self.spaces().is_dir() && !self.blobs().is_dir() {
            return Err(ImportError::NotADirectory(self.directory.clone()));
        }
        let data = standing(data)?;
        for own in [self.directory.clone(), self.blobs()] {
            if own.is_dir() && data.starts_with(standing(&own)?) {
                return Err(ImportError::Inside(data));
            }
        }
        Ok(())
    }

    fn spaces(&self) -> PathBuf {
        self.directory.join("spaces")
    }

    fn blobs(&self) -> PathBuf {
        self.blobs
            .clone()
            .unwrap_or_else(|| self.directory.join("blobs"))
    }
}

/// Where the path, or the part of it that is there, really is.
fn standing(path: &Path) -> Result<PathBuf, ImportError> {
    let absolute = std::path::absolute(path).map_err(ImportError::file(path))?;
    let there = absolute
        .ancestors()
        .find(|ancestor| ancestor.exists())
        .unwrap_or(&absolute);
    fs::canonicalize(there).map_err(ImportError::file(there))
}

/// Where everything goes. Nothing else may write to it meanwhile.
pub struct Target {
    /// Everything but blob bytes.
    pub records: Arc<dyn Records>,
    /// Blob bytes.
    pub blobs: Arc<dyn Blobs>,
    /// A folder for working copies, made and removed by the import. It needs room for a copy of the
    /// largest space's databases.
    pub scratch: PathBuf,
    /// The time, Unix milliseconds.
    pub now: i64,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target")
            .field("scratch", &self.scratch)
            .finish_non_exhaustive()
    }
}

/// Takes over everything that verifies from a source that [`Source::check`] has accepted. Items that the target holds
/// already are passed over, so a second run changes nothing and an interrupted one is finished by another.
pub async fn import(
    source: &Source,
    target: &Target,
    mut progress: impl FnMut(&str),
) -> Result<Report, ImportError> {
    remove(&target.scratch)?;
    fs::create_dir_all(&target.scratch).map_err(ImportError::file(&target.scratch))?;
    let mut report = Report::default();
    let members = Members::start(&target.scratch.join("members.db"))?;
    for (id, directory) in find(&source.spaces(), &mut report)? {
        progress(&format!("space {id}"));
        report.spaces += 1;
        let authority = space::import(
            id,
            &directory,
            &target.scratch.join("space"),
            target.records.as_ref(),
            target.now,
            &mut report,
            &mut progress,
        )
        .await?;
        members.keep(&id, &authority)?;
    }
    progress("blobs");
    let database = source.directory.join("blobs.db");
    let mut import = blobs::BlobImport {
        target,
        members: &members,
        report: &mut report,
        progress: &mut progress,
    };
    blobs::folder::import(&source.blobs(), &mut import).await?;
    blobs::database::import(&database, &mut import).await?;
    drop(members);
    remove(&target.scratch)?;
    Ok(report)
}

/// The spaces, in the order of their ids.
fn find(spaces: &Path, report: &mut Report) -> Result<Vec<(SpaceId, PathBuf)>, ImportError> {
    let mut found = Vec::new();
    if !spaces.is_dir() {
        return Ok(found);
    }
    for entry in fs::read_dir(spaces).map_err(ImportError::file(spaces))? {
        let entry = entry.map_err(ImportError::file(spaces))?;
        let name = entry.file_name();
        let id = name
            .to_str()
            .and_then(|name| name.strip_prefix("ch_"))
            .and_then(|id| SpaceId::parse(id).ok());
        match id {
            Some(id) => found.push((id, entry.path())),
            None => report.left_out("space.id", shown(&name)),
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// A name as it may stand in a report.
pub(crate) fn shown(name: &OsStr) -> String {
    format!("{:?}", name.to_string_lossy())
}

fn remove(scratch: &Path) -> Result<(), ImportError> {
    if scratch.exists() {
        fs::remove_dir_all(scratch).map_err(ImportError::file(scratch))?;
    }
    Ok(())
}
