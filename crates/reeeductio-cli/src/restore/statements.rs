//! The statements of a restore, as a file that goes to the operator's machine and back.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use reeeductio_proto::{Checkpoint, Origin, Signature, SpaceId, encoding, restore_statement};
use serde::{Deserialize, Serialize};

use super::key;
use crate::report::out;

/// Name and version of the file's format.
const FORMAT: &str = "reeeductio.restore.v1";
/// Bytes of a file that is read.
const LONGEST: u64 = 64 << 20;

/// The statements as `begin` writes them, `sign` signs them and `finish` reads them.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Statements {
    format: String,
    /// The server's name in its checkpoints.
    pub(super) host: String,
    pub(super) restores: Vec<Statement>,
}

/// The restore of a space.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Statement {
    pub(super) space: String,
    /// 16 hexadecimal digits.
    pub(super) old_incarnation: String,
    /// Events that survived.
    pub(super) size: u64,
    /// Root of their tree, base64.
    pub(super) root: String,
    /// 16 hexadecimal digits.
    pub(super) incarnation: String,
    /// The key that the settings of the space name, base64; without one, members take the restore for a rollback.
    pub(super) operator_key: Option<String>,
    /// Base64.
    pub(super) signature: Option<String>,
}

impl Statements {
    pub(super) fn new(host: &str, restores: Vec<Statement>) -> Self {
        Self {
            format: FORMAT.to_owned(),
            host: host.to_owned(),
            restores,
        }
    }

    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        let shown = file.display();
        let length = fs::metadata(file)
            .with_context(|| format!("cannot read {shown}"))?
            .len();
        ensure!(length <= LONGEST, "{shown} is longer than statements are");
        let text = fs::read(file).with_context(|| format!("cannot read {shown}"))?;
        let read: Self = serde_json::from_slice(&text)
            .with_context(|| format!("{shown} has no statements of a restore"))?;
        ensure!(
            read.format == FORMAT,
            "{shown} has the format {}, this release reads {FORMAT}",
            read.format
        );
        Ok(read)
    }

    /// Writes the file in one step, so that a crash leaves the old one or the new one.
    pub(super) fn write(&self, file: &Path) -> anyhow::Result<()> {
        let shown = file.display();
        let staged = file.with_extension("new");
        let text = serde_json::to_string_pretty(self)?;
        fs::write(&staged, text)
            .and_then(|()| fs::File::open(&staged)?.sync_all())
            .and_then(|()| fs::rename(&staged, file))
            .with_context(|| format!("cannot write {shown}"))
    }
}

impl Statement {
    pub(super) fn space(&self) -> anyhow::Result<SpaceId> {
        SpaceId::parse(&self.space).with_context(|| format!("{} is no space", self.space))
    }

    /// The name of the new history.
    pub(super) fn new_incarnation(&self) -> anyhow::Result<[u8; 8]> {
        incarnation(&self.incarnation)
    }

    /// The bytes that are signed.
    pub(super) fn bytes(&self, host: &str) -> anyhow::Result<Vec<u8>> {
        let origin = Origin::new(host, self.space()?, incarnation(&self.old_incarnation)?);
        let survived = Checkpoint {
            origin: origin.with_context(|| format!("{host} is no name of a server"))?,
            size: self.size,
            root: encoding::decode_array(&self.root).context("root")?,
        };
        Ok(restore_statement(&survived, self.new_incarnation()?))
    }

    pub(super) fn signature(&self) -> anyhow::Result<Option<Signature>> {
        let signature = self.signature.as_deref().map(Signature::parse);
        signature.transpose().context("signature")
    }
}

/// 16 hexadecimal digits, as checkpoints have them.
pub(super) fn hex(incarnation: [u8; 8]) -> String {
    format!("{:016x}", u64::from_be_bytes(incarnation))
}

fn incarnation(text: &str) -> anyhow::Result<[u8; 8]> {
    let number = u64::from_str_radix(text, 16).ok();
    let number = number.filter(|number| hex(number.to_be_bytes()) == text);
    let number =
        number.with_context(|| format!("{text} is no incarnation: 16 hexadecimal digits"))?;
    Ok(number.to_be_bytes())
}

/// Signs the statements for spaces that name this key; says which name another.
pub(super) fn sign(file: &Path, key_file: &Path) -> anyhow::Result<()> {
    let identity = key::read(key_file)?;
    let public = encoding::encode(&identity.public_key());
    let mut statements = Statements::read(file)?;
    let (mut signed, mut others) = (0, 0);
    for statement in &mut statements.restores {
        if statement.operator_key.as_deref() == Some(&public) {
            let bytes = statement.bytes(&statements.host)?;
            statement.signature = Some(identity.sign(&bytes).to_string());
            signed += 1;
        } else {
            others += 1;
        }
    }
    if signed == 0 && others > 0 {
        bail!(
            "none of the {others} spaces names this key as its operator's, in space/settings: {public}"
        );
    }
    statements.write(file)?;
    out(&format!("{signed} statements are signed"));
    if others > 0 {
        out(&format!(
            "{others} spaces name another key or none: their members will take the restore for a rollback"
        ));
    }
    Ok(())
}
