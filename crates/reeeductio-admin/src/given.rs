//! The acting member and its space, as given on the command line.

use clap::Args;

use crate::credentials::{Origin, Source};
use crate::secret::Secret;

/// The key of a member that acts on the server as a whole.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct GivenKey {
    /// The private key, 64 hexadecimal digits or base64; visible to other users of the machine: prefer
    /// the credentials file (or the variable `REEEDUCTIO_PRIVATE_KEY`)
    #[arg(short = 'k', long, visible_alias = "space-key", value_name = "KEY")]
    private_key: Option<Secret>,
}

/// The acting member and its space.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Given {
    #[command(flatten)]
    key: GivenKey,
    /// The root of the space, 64 hexadecimal digits or base64; visible to other users of the machine:
    /// prefer the credentials file (or the variable `REEEDUCTIO_SYMMETRIC_ROOT`)
    #[arg(short = 's', long, value_name = "KEY")]
    symmetric_root: Option<Secret>,
    /// The space, where it is not the one that the key owns (or the variable `REEEDUCTIO_SPACE_ID`)
    #[arg(long, value_name = "ID")]
    space_id: Option<String>,
    /// Member that acts, if it is not the user of the key but a tool (or the variable `REEEDUCTIO_MEMBER_ID`)
    #[arg(long, value_name = "ID")]
    member_id: Option<String>,
}

impl From<&GivenKey> for Source {
    fn from(given: &GivenKey) -> Self {
        Self {
            private_key: given.private_key.clone(),
            ..Self::empty(Origin::CommandLine)
        }
    }
}

impl From<&Given> for Source {
    fn from(given: &Given) -> Self {
        Self {
            symmetric_root: given.symmetric_root.clone(),
            space_id: given.space_id.clone(),
            member_id: given.member_id.clone(),
            ..Self::from(&given.key)
        }
    }
}
