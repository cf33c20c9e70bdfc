//! The credentials file.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use reeeductio_client::{Identity, Key};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Origin, Source};
use crate::failure::Failure;
use crate::secret::{Secret, to_hex, write_exposed};

/// Everything the owner of a space needs, as the published command prints it and the published guides
/// keep it.
#[derive(Serialize)]
pub(crate) struct OwnerCredentials {
    space_id: String,
    user_id: String,
    #[serde(serialize_with = "write_exposed")]
    private_key_hex: Zeroizing<String>,
    public_key_hex: String,
    #[serde(serialize_with = "write_exposed")]
    symmetric_root_hex: Zeroizing<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) base_url: Option<String>,
}

/// Fields of a credentials file, by the names that Python, TypeScript and the published command use.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields {
    #[serde(alias = "privateKeyHex")]
    private_key_hex: Option<Secret>,
    #[serde(alias = "symmetricRootHex")]
    symmetric_root_hex: Option<Secret>,
    #[serde(alias = "spaceId")]
    space_id: Option<String>,
    #[serde(alias = "userId", alias = "memberId", alias = "member_id")]
    user_id: Option<String>,
    #[serde(alias = "baseUrl")]
    base_url: Option<String>,
}

impl OwnerCredentials {
    /// The credentials of the space that a key owns.
    pub(crate) fn new(owner: &Identity, root: &Key, base_url: Option<String>) -> Self {
        Self {
            space_id: owner.space_id().to_string(),
            user_id: owner.user_id().to_string(),
            private_key_hex: to_hex(&owner.seed()),
            public_key_hex: to_hex(&owner.public_key()).to_string(),
            symmetric_root_hex: to_hex(root.expose()),
            base_url,
        }
    }

    /// The private key.
    pub(crate) fn private_key(&self) -> &str {
        &self.private_key_hex
    }

    /// The root of the space.
    pub(crate) fn symmetric_root(&self) -> &str {
        &self.symmetric_root_hex
    }

    /// Writes a new file that only its owner can read. A file that is there is never written over: there
    /// may be keys in it.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Failure> {
        let failed = |error: std::io::Error| {
            let fix = match error.kind() {
                std::io::ErrorKind::AlreadyExists => {
                    "name a new file: this one is left as it is, for there may be keys in it"
                }
                _ => "name a file in a folder that you can write to",
            };
            Failure::file(path.display().to_string(), &error, fix)
        };
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let json = Zeroizing::new(serde_json::to_string_pretty(self).unwrap_or_default());
        let mut file = options.open(path).map_err(failed)?;
        file.write_all(json.as_bytes())
            .and_then(|()| file.write_all(b"\n"))
            .and_then(|()| file.sync_all())
            .map_err(failed)
    }
}

/// Reads a credentials file: a JSON object, or lines of `Label: value`.
pub(crate) fn read(path: &Path) -> Result<Source, Failure> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|error| {
            Failure::file(
                &name,
                &error,
                "check --credentials-file and who may read the file",
            )
        })?;
    let fields = if text.trim_start().starts_with('{') {
        // The text of the error may repeat what is in the file.
        serde_json::from_str(&text).map_err(|error| {
            Failure::usage(
                &name,
                format!("is not a credentials file: line {} cannot be read", error.line()),
                "each of its fields is a text and is there once; `space generate -o` writes such a file",
            )
        })?
    } else {
        labelled(&text)
    };
    let Fields {
        private_key_hex,
        symmetric_root_hex,
        space_id,
        user_id,
        base_url,
    } = fields;
    if private_key_hex.is_none() {
        return Err(Failure::usage(
            format!("private_key_hex in {name}"),
            "is missing",
            "add it; `space generate -o` writes such a file",
        ));
    }
    Ok(Source {
        origin: Origin::File(path.to_owned()),
        private_key: private_key_hex,
        symmetric_root: symmetric_root_hex,
        space_id,
        member_id: user_id,
        base_url,
    })
}

/// The form in which the published command prints credentials.
fn labelled(text: &str) -> Fields {
    let mut fields = Fields::default();
    for (label, value) in text.lines().filter_map(|line| line.split_once(':')) {
        let value = value.trim().to_owned();
        match label.trim() {
            "Private Key" => fields.private_key_hex = Some(Secret::new(value)),
            "Symmetric Root" => fields.symmetric_root_hex = Some(Secret::new(value)),
            "Server" => fields.base_url = Some(value),
            "Space ID" => fields.space_id = Some(value),
            "User ID" => fields.user_id = Some(value),
            _ => {}
        }
    }
    fields
}

/// Returns whether others than the file's owner may read it.
#[cfg(unix)]
pub(crate) fn is_exposed(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o077 != 0)
}

/// Returns whether others than the file's owner may read it: not known here.
#[cfg(not(unix))]
pub(crate) fn is_exposed(_path: &Path) -> bool {
    false
}
