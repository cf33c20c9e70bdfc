//! The operator's key.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, ensure};
use reeeductio_client::{Identity, random};
use reeeductio_proto::encoding;

use crate::report::out;

/// Makes a key in a new file, and prints the public half.
pub(super) fn make(file: &Path) -> anyhow::Result<()> {
    let identity = Identity::from_seed(&random()?);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut made = options
        .open(file)
        .with_context(|| format!("cannot make {}", file.display()))?;
    let seed = identity.seed();
    made.write_all(encoding::encode(seed.as_slice()).as_bytes())
        .and_then(|()| made.sync_all())
        .with_context(|| format!("cannot write {}", file.display()))?;
    out(&encoding::encode(&identity.public_key()));
    Ok(())
}

/// Reads a key.
pub(super) fn read(file: &Path) -> anyhow::Result<Identity> {
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let seed: Result<[u8; 32], _> = encoding::decode_array(text.trim());
    ensure!(
        seed.is_ok(),
        "{} is no key: 32 bytes in base64 are expected, as `reeeductio restore key` writes them",
        file.display()
    );
    Ok(Identity::from_seed(&seed?))
}
