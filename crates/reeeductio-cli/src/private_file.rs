//! Files that hold keys: JSON that only its owner may read, on the disk before anything rests on it.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use reeeductio_client::Identity;
use reeeductio_proto::encoding;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

/// Bytes that are read of a file: more than one has.
const MOST: u64 = 65_536;
/// Version of the files that are written and read.
const VERSION: u32 = 1;

/// Content of a file that holds keys.
pub(crate) trait Content: DeserializeOwned + Serialize {
    /// Value of the field `kind`.
    const KIND: &'static str;
}

/// The fields of every file.
#[derive(Deserialize, Serialize)]
struct Envelope<T> {
    kind: String,
    version: u32,
    #[serde(flatten)]
    content: T,
}

#[derive(Deserialize)]
struct Head {
    kind: String,
    version: u32,
}

/// A seed of an identity, as files write it: base64.
#[derive(Clone)]
pub(crate) struct Seed(Zeroizing<[u8; 32]>);

impl Seed {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self(Zeroizing::new(seed))
    }

    pub(crate) fn identity(&self) -> Identity {
        Identity::from_seed(&self.0)
    }
}

impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Zeroizing::new(encoding::encode(self.0.as_slice())))
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        let seed = encoding::decode_array(&text);
        // The text is not repeated.
        seed.map(Self::new)
            .map_err(|_| serde::de::Error::custom("a seed is 32 bytes in base64"))
    }
}

/// Reads a file; `None` if it is not there.
pub(crate) fn read<T: Content>(path: &Path) -> Result<Option<T>> {
    let shown = path.display();
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot open {shown}")),
    };
    warn_if_shared(path, &file);
    let mut bytes = Zeroizing::new(Vec::with_capacity(1_024));
    let read = file.take(MOST).read_to_end(&mut bytes);
    read.with_context(|| format!("cannot read {shown}"))?;
    let head = serde_json::from_slice::<Head>(&bytes).ok();
    match head.filter(|head| head.kind == T::KIND) {
        None => bail!("{shown} is no file of {}", T::KIND),
        Some(Head { version, .. }) if version != VERSION => {
            bail!("{shown} has version {version}; a newer release may read it")
        }
        Some(_) => {}
    }
    let envelope: Envelope<T> = serde_json::from_slice(&bytes)
        .with_context(|| format!("{shown} is no file of {}", T::KIND))?;
    Ok(Some(envelope.content))
}

/// Makes a new file. Fails if there is one, and leaves it as it is.
pub(crate) fn make<T: Content>(path: &Path, content: T) -> Result<()> {
    write_new(path, content).with_context(|| format!("cannot make {}", path.display()))
}

/// Replaces a file at once: after a crash there is the one or the other.
pub(crate) fn replace<T: Content>(path: &Path, content: T) -> Result<()> {
    let mut name = OsString::from(path);
    name.push(".new");
    let new = PathBuf::from(name);
    let replaced = remove_if_there(&new)
        .and_then(|()| write_new(&new, content))
        .and_then(|()| Ok(fs::rename(&new, path)?))
        .and_then(|()| sync_folder(path));
    replaced.with_context(|| format!("cannot replace {}", path.display()))
}

fn write_new<T: Content>(path: &Path, content: T) -> Result<()> {
    let envelope = Envelope {
        kind: T::KIND.to_owned(),
        version: VERSION,
        content,
    };
    let mut json = Zeroizing::new(serde_json::to_vec_pretty(&envelope)?);
    json.push(b'\n');
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file.write_all(&json).and_then(|()| file.sync_all());
    if let Err(error) = written {
        // A part of it is of no use, and would be in the way of the next try.
        let _failed = fs::remove_file(path);
        return Err(error.into());
    }
    sync_folder(path)
}

fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Without this a crash of the machine may lose the name of a file that is on the disk.
fn sync_folder(path: &Path) -> Result<()> {
    if cfg!(unix) {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

/// Says that others on this machine may read the keys.
#[cfg(unix)]
fn warn_if_shared(path: &Path, file: &File) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = file.metadata().map(|found| found.permissions().mode());
    if mode.is_ok_and(|mode| mode & 0o077 != 0) {
        crate::report::progress(&format!(
            "warning: others on this machine may read {0}: chmod 600 {0}",
            path.display()
        ));
    }
}

#[cfg(not(unix))]
fn warn_if_shared(_path: &Path, _file: &File) {}
