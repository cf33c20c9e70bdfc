//! `reeeductio-admin space`.

mod create;
mod remove;
mod stored;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use reeeductio_client::{Identity, Key, random};
use reeeductio_proto::{MemberId, SpaceId};
use serde_json::json;
use zeroize::Zeroizing;

use crate::answer::Answer;
use crate::credentials::file::OwnerCredentials;
use crate::failure::Failure;
use crate::given::{Given, GivenKey};
use crate::secret::to_hex;
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum SpaceTask {
    /// Register a space on the server
    ///
    /// With the credentials of the server's admin space, or of one of its members who may register spaces:
    /// a new space, or the one of --space. Otherwise the credentials' own space, or the one of --space, on a
    /// server where spaces exist from their first use.
    Create(create::Create),
    /// Make the credentials of a new space; no server hears of it
    Generate {
        /// Write them to this new file, which only you can read, instead of printing them
        #[arg(short = 'o', long, value_name = "FILE", value_parser = new_file)]
        out: Option<PathBuf>,
    },
    /// Say which space and which ids belong to a private key
    Info {
        #[command(flatten)]
        given: GivenKey,
    },
    /// List the spaces of the server, with what each stores
    ///
    /// For who operates the server: spaces that are registered, and others that hold anything.
    List {
        #[command(flatten)]
        given: GivenKey,
    },
    /// Remove for good what a space holds that is not registered
    ///
    /// Nobody can bring it back. If it is interrupted, run it again. It is refused while members can use the space:
    /// `space remove` it first. A server that serves every space purges none.
    Purge {
        /// The space's id, S…
        #[arg(value_parser = SpaceId::parse)]
        space: SpaceId,
        #[command(flatten)]
        given: GivenKey,
    },
    /// Take a space's registration back, so that nobody can use it
    ///
    /// Its content stays: `space create --space FILE` brings it back, and `space purge` removes it for good.
    Remove {
        /// The space's id, S…
        #[arg(value_parser = SpaceId::parse)]
        space: SpaceId,
        #[command(flatten)]
        given: GivenKey,
    },
    /// End the tokens that everybody in the space has now, yours included; whoever has a key can sign in again
    RevokeTokens {
        #[command(flatten)]
        given: Given,
    },
    /// Say what a space stores
    Usage {
        /// The space's id, S…
        #[arg(value_parser = SpaceId::parse)]
        space: SpaceId,
        /// Count what this member has stored only, U… or T…
        #[arg(long, value_name = "ID", value_parser = MemberId::parse)]
        member: Option<MemberId>,
        #[command(flatten)]
        given: GivenKey,
    },
}

impl SpaceTask {
    pub(super) async fn run(&self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::Create(create) => create.run(session).await,
            Self::Generate { out } => generate(session, out.as_deref()),
            Self::Info { given } => info(session, given),
            Self::List { given } => stored::list(session, given).await,
            Self::Purge { space, given } => remove::purge(session, *space, given).await,
            Self::Remove { space, given } => remove::remove(session, *space, given).await,
            Self::Usage {
                space,
                member,
                given,
            } => stored::usage(session, *space, *member, given).await,
            Self::RevokeTokens { given } => {
                let space = session.caller(given)?.space()?;
                session.confirm(
                    &format!("End all tokens of space {}?", space.id()),
                    "everybody must sign in again",
                )?;
                let posted = space.members().revoke_all_tokens().await?;
                Ok(Answer::posted(
                    "All tokens ended",
                    json!({}),
                    space.id(),
                    posted,
                ))
            }
        }
    }
}

/// The key of a new space, and its root.
fn new_space() -> Result<(Identity, Key), Failure> {
    let owner = Identity::from_seed(&Zeroizing::new(random()?));
    Ok((owner, Key::new(random()?)))
}

/// A file to write to. In the published command, `-o` takes a format in another place.
fn new_file(text: &str) -> Result<PathBuf, String> {
    match text {
        "json" | "text" => Err(format!(
            "-o names a file here; write --output {text}, or ./{text} for a file of that name"
        )),
        _ => Ok(PathBuf::from(text)),
    }
}

fn generate(session: &Session, out: Option<&Path>) -> Result<Answer, Failure> {
    let (owner, root) = new_space()?;
    if let Some(path) = out {
        OwnerCredentials::new(&owner, &root, session.named_url()).write(path)?;
        return Ok(written("Credentials of a new space:", &owner, None, path));
    }
    let credentials = OwnerCredentials::new(&owner, &root, None);
    let text = format!(
        "Credentials of a new space:\n\nSpace ID:        {}\nUser ID:         {}\nPrivate Key:     {}\n\
         Symmetric Root:  {}\n\nKeep them: nobody can make them again. `space create` registers the space.",
        owner.space_id(),
        owner.user_id(),
        credentials.private_key(),
        credentials.symmetric_root(),
    );
    Ok(Answer::new(text, &credentials))
}

/// Returns the answer for keys that are in a file.
fn written(heading: &str, owner: &Identity, base_url: Option<&str>, path: &Path) -> Answer {
    let server = base_url
        .map(|url| format!("\nServer:          {url}"))
        .unwrap_or_default();
    let text = format!(
        "{heading}\n\nSpace ID:        {}\nUser ID:         {}{server}\nCredentials in:  {}\n\n\
         Keep the file: nobody can make the keys in it again.",
        owner.space_id(),
        owner.user_id(),
        path.display(),
    );
    let mut fields = json!({
        "space_id": owner.space_id(),
        "user_id": owner.user_id(),
        "public_key_hex": *to_hex(&owner.public_key()),
        "credentials_file": path.display().to_string(),
    });
    if let (Some(fields), Some(url)) = (fields.as_object_mut(), base_url) {
        fields.insert("base_url".to_owned(), url.into());
    }
    Answer::new(text, &fields)
}

fn info(session: &Session, given: &GivenKey) -> Result<Answer, Failure> {
    let keys = session.caller(given)?.credentials.identity;
    let text = format!(
        "Space ID:  {}\nUser ID:   {}\nTool ID:   {}",
        keys.space_id(),
        keys.user_id(),
        keys.tool_id()
    );
    let fields = json!({
        "space_id": keys.space_id(),
        "user_id": keys.user_id(),
        "tool_id": keys.tool_id(),
        "public_key_hex": *to_hex(&keys.public_key()),
    });
    Ok(Answer::new(text, &fields))
}
