//! The variables of the environment: nothing else here reads them.

use std::path::PathBuf;

use crate::failure::Failure;
use crate::secret::Secret;

/// The server.
pub(crate) const BASE_URL: &str = "REEEDUCTIO_BASE_URL";
/// The credentials file.
pub(crate) const CREDENTIALS_FILE: &str = "REEEDUCTIO_CREDENTIALS_FILE";
/// `text` or `json`.
pub(crate) const OUTPUT: &str = "REEEDUCTIO_OUTPUT";
/// The private key of who acts.
pub(crate) const PRIVATE_KEY: &str = "REEEDUCTIO_PRIVATE_KEY";
/// The root of the space.
pub(crate) const SYMMETRIC_ROOT: &str = "REEEDUCTIO_SYMMETRIC_ROOT";
/// The space.
pub(crate) const SPACE_ID: &str = "REEEDUCTIO_SPACE_ID";
/// The acting member, where it is not the user of the key.
pub(crate) const MEMBER_ID: &str = "REEEDUCTIO_MEMBER_ID";
/// The password to be registered.
pub(crate) const PASSWORD: &str = "REEEDUCTIO_PASSWORD";

/// Every variable, with what it is for.
pub(crate) const ALL: &[(&str, &str)] = &[
    (BASE_URL, "`--base-url`"),
    (CREDENTIALS_FILE, "`--credentials-file`"),
    (OUTPUT, "`--output`"),
    (PRIVATE_KEY, "`--private-key`, without the warning"),
    (SYMMETRIC_ROOT, "`--symmetric-root`, without the warning"),
    (SPACE_ID, "`--space-id`"),
    (MEMBER_ID, "`--member-id`"),
    (
        PASSWORD,
        "`--password` of `opaque register`, without the warning",
    ),
    ("NO_COLOR", "no colours, also on a terminal"),
];

/// Values from the environment. Empty variables count as unset.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    pub(crate) base_url: Option<String>,
    pub(crate) credentials_file: Option<PathBuf>,
    pub(crate) output: Option<String>,
    pub(crate) private_key: Option<Secret>,
    pub(crate) symmetric_root: Option<Secret>,
    pub(crate) space_id: Option<String>,
    pub(crate) member_id: Option<String>,
    pub(crate) password: Option<Secret>,
}

impl Environment {
    /// Reads the variables.
    pub(crate) fn read() -> Result<Self, Failure> {
        Ok(Self {
            base_url: text(BASE_URL)?,
            credentials_file: text(CREDENTIALS_FILE)?.map(PathBuf::from),
            output: text(OUTPUT)?,
            private_key: text(PRIVATE_KEY)?.map(Secret::new),
            symmetric_root: text(SYMMETRIC_ROOT)?.map(Secret::new),
            space_id: text(SPACE_ID)?,
            member_id: text(MEMBER_ID)?,
            password: text(PASSWORD)?.map(Secret::new),
        })
    }
}

/// Returns whether colours are not wanted.
pub(crate) fn no_color() -> bool {
    variable("NO_COLOR").is_some()
}

fn text(name: &str) -> Result<Option<String>, Failure> {
    let Some(value) = variable(name) else {
        return Ok(None);
    };
    value.into_string().map(Some).map_err(|_| {
        Failure::usage(
            name,
            "is not Unicode text",
            format!("set {name} to what it is for, or unset it"),
        )
    })
}

fn variable(name: &str) -> Option<std::ffi::OsString> {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where the command reads its environment"
    )]
    let value = std::env::var_os(name);
    value.filter(|value| !value.is_empty())
}
