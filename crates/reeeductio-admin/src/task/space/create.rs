//! `reeeductio-admin space create`.

use std::path::PathBuf;

use clap::Args;
use reeeductio_client::{Identity, Key};
use reeeductio_proto::{ErrorCode, SpaceId};
use serde_json::json;

use super::{new_file, new_space, written};
use crate::answer::Answer;
use crate::credentials::file::{self, OwnerCredentials};
use crate::credentials::{Credentials, Field, Origin, Source};
use crate::failure::Failure;
use crate::given::GivenKey;
use crate::report::{warn_of_secret, warning};
use crate::secret::{Secret, to_hex};
use crate::session::{Caller, Session};

#[derive(Args, Debug)]
pub(crate) struct Create {
    #[command(flatten)]
    given: GivenKey,
    /// The credentials file of the space to be registered, as `space generate -o` writes it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["symmetric_root", "out"])]
    space: Option<PathBuf>,
    /// The root of a new space, 64 hexadecimal digits or base64; default: a random one
    #[arg(short = 's', long, value_name = "KEY")]
    symmetric_root: Option<Secret>,
    /// Write the credentials of a new space to this new file, which only you can read, instead of printing
    /// them
    #[arg(short = 'o', long, value_name = "FILE", value_parser = new_file)]
    out: Option<PathBuf>,
}

impl Create {
    pub(super) async fn run(&self, session: &Session) -> Result<Answer, Failure> {
        let root = self.root()?;
        let caller = session.caller(&self.given)?;
        let named = self.space.as_deref().map(owner).transpose()?;
        let admin = match caller.admin()?.space_id().await {
            Ok(admin) => admin,
            Err(error) if is_no_admin(error.code()) => {
                let owner = named.unwrap_or_else(|| caller.credentials.identity.clone());
                return by_first_use(&caller, &owner).await;
            }
            Err(error) => return Err(error.into()),
        };
        if let Some(owner) = named {
            register(&caller, admin, &owner).await?;
            return Ok(existing("Space registered:", &owner, &caller.base_url));
        }
        let (owner, random_root) = new_space()?;
        let url = Some(caller.base_url.clone());
        let credentials = OwnerCredentials::new(&owner, &root.unwrap_or(random_root), url);
        if let Some(path) = &self.out {
            // First, so that there is no space on the server whose keys are nowhere.
            credentials.write(path)?;
            register(&caller, admin, &owner).await.inspect_err(|_| {
                let path = path.display();
                warning(&format!(
                    "the keys of the space are in {path}: go on with --space {path}"
                ));
            })?;
            return Ok(written(
                "Space registered:",
                &owner,
                Some(&caller.base_url),
                path,
            ));
        }
        register(&caller, admin, &owner).await?;
        Ok(printed(&owner, &credentials, &caller.base_url))
    }

    fn root(&self) -> Result<Option<Key>, Failure> {
        let Some(root) = &self.symmetric_root else {
            return Ok(None);
        };
        let name = Origin::CommandLine.name(Field::SymmetricRoot);
        warn_of_secret(&name, "`space generate -o FILE` and --space FILE");
        let root = root.key().map_err(|error| {
            Failure::usage(
                &name,
                format!("is wrong: {error}"),
                "correct it, or leave it out",
            )
        })?;
        Ok(Some(root))
    }
}

/// The owner of the space whose credentials are in a file.
fn owner(path: &std::path::Path) -> Result<Identity, Failure> {
    let source: Source = file::read(path)?;
    // A file always holds a key: nobody is asked.
    let credentials = Credentials::choose(&[source], || Err(Failure::Declined))?;
    if credentials.space == credentials.identity.space_id() {
        return Ok(credentials.identity);
    }
    Err(Failure::usage(
        "--space",
        format!(
            "names the credentials of a member of {}, not of its owner",
            credentials.space
        ),
        "name the file of the space's owner",
    ))
}

/// Returns whether the caller has no part in an admin space.
fn is_no_admin(code: Option<ErrorCode>) -> bool {
    matches!(
        code,
        Some(ErrorCode::AdminNotConfigured | ErrorCode::MemberUnknown)
    )
}

async fn register(caller: &Caller, admin: SpaceId, owner: &Identity) -> Result<(), Failure> {
    caller
        .space_of(admin, &caller.credentials.identity)?
        .registrations()
        .create(owner)
        .await?;
    Ok(())
}

/// Where every space exists from its first use, signing in is that.
async fn by_first_use(caller: &Caller, owner: &Identity) -> Result<Answer, Failure> {
    caller
        .space_of(owner.space_id(), owner)?
        .session()
        .sign_in()
        .await?;
    Ok(existing(
        "Space ready, from its first use:",
        owner,
        &caller.base_url,
    ))
}

/// Returns the answer for keys that the caller knows.
fn existing(heading: &str, owner: &Identity, base_url: &str) -> Answer {
    let text = format!(
        "{heading}\n\nSpace ID:        {}\nUser ID:         {}\nServer:          {base_url}",
        owner.space_id(),
        owner.user_id(),
    );
    let fields = json!({
        "space_id": owner.space_id(),
        "user_id": owner.user_id(),
        "public_key_hex": *to_hex(&owner.public_key()),
        "base_url": base_url,
    });
    Answer::new(text, &fields)
}

/// Returns the answer for keys that are nowhere else.
fn printed(owner: &Identity, credentials: &OwnerCredentials, base_url: &str) -> Answer {
    let text = format!(
        "Space registered:\n\nSpace ID:        {}\nUser ID:         {}\nPrivate Key:     {}\n\
         Symmetric Root:  {}\nServer:          {base_url}\n\nKeep the keys: nobody can make them again.",
        owner.space_id(),
        owner.user_id(),
        credentials.private_key(),
        credentials.symmetric_root(),
    );
    Answer::new(text, credentials)
}
