//! Blobs as files: `{id}` and, beside it, `{id}.meta` with the references.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use reeeductio_proto::BlobId;
use serde::Deserialize;

use super::{BlobImport, RawReference};
use crate::error::ImportError;
use crate::run::shown;

#[derive(Deserialize)]
struct Meta {
    references: BTreeMap<String, RawReference>,
}

/// Takes over the blobs in `folder`, if there is one.
pub(crate) async fn import(folder: &Path, blobs: &mut BlobImport<'_>) -> Result<(), ImportError> {
    if !folder.is_dir() {
        return Ok(());
    }
    for file in fs::read_dir(folder).map_err(ImportError::file(folder))? {
        let file = file.map_err(ImportError::file(folder))?;
        let name = file.file_name();
        let text = name.to_str().unwrap_or_default();
        let (id, is_meta) = match text.strip_suffix(".meta") {
            Some(id) => (id, true),
            None => (text, false),
        };
        let Ok(id) = BlobId::parse(id) else {
            blobs.report.left_out("blob.id", shown(&name));
            continue;
        };
        let meta = folder.join(format!("{id}.meta"));
        if is_meta {
            match read_meta(&meta)? {
                Ok(references) => {
                    let bytes = folder.join(id.to_string());
                    blobs.put(id, references, || open(&bytes)).await?;
                }
                Err(why) => blobs.report.left_out("blob.meta", format!("{id}: {why}")),
            }
        } else if !meta.exists() {
            blobs.put(id, Vec::new(), || Ok(None)).await?;
        }
    }
    Ok(())
}

fn read_meta(path: &Path) -> Result<Result<Vec<RawReference>, serde_json::Error>, ImportError> {
    let text = fs::read(path).map_err(ImportError::file(path))?;
    Ok(serde_json::from_slice::<Meta>(&text).map(|meta| meta.references.into_values().collect()))
}

fn open<'a>(path: &Path) -> Result<Option<Box<dyn Read + 'a>>, ImportError> {
    match File::open(path) {
        Ok(file) => Ok(Some(Box::new(file))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ImportError::file(path)(error)),
    }
}
