//! One run of the command: its options, and who acts by them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use reeeductio_client::transport::Timeouts;
use reeeductio_client::{AdminClient, Identity, Key, Native, Space, Transport, random};
use reeeductio_proto::{ErrorCode, SpaceId};

use crate::arguments::Options;
use crate::credentials::{Credentials, Field, Origin, Source, file};
use crate::environment::{self, Environment};
use crate::failure::Failure;
use crate::report::{Report, warn_of_secret, warning};
use crate::secret::Secret;
use crate::terminal;
use crate::traced::Traced;

/// Where servers for development listen.
const DEFAULT_URL: &str = "http://localhost:8000";

/// Where the published guides keep the credentials of a space, in the folder that one works in. Their commands
/// name neither a file nor a key.
const DEFAULT_FILE: &str = "space_creds.json";

/// One run of the command.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) options: Options,
    pub(crate) environment: Environment,
    pub(crate) report: Report,
}

/// The acting member, and the server it acts on.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) credentials: Credentials,
    pub(crate) base_url: String,
    transport: Arc<dyn Transport>,
}

/// A member that acts on the server as a whole.
#[derive(Debug)]
pub(crate) struct Operator {
    pub(crate) caller: Caller,
    pub(crate) client: AdminClient,
    /// The admin space.
    pub(crate) space: SpaceId,
}

impl Session {
    /// Finds the acting member by the command line, the environment, the credentials file, or by asking.
    pub(crate) fn caller(&self, given: impl Into<Source>) -> Result<Caller, Failure> {
        let sources = self.sources(given.into())?;
        let credentials = Credentials::choose(&sources, ask_for_key)?;
        let base_url = sources
            .iter()
            .find_map(|source| source.base_url.clone())
            .unwrap_or_else(|| DEFAULT_URL.to_owned());
        self.report.detail(&format!(
            "private key: {}\nserver: {base_url}\nspace: {}\nmember: {}",
            credentials.origin.name(Field::PrivateKey),
            credentials.space,
            credentials.member,
        ));
        let native =
            Native::new(Timeouts::default()).map_err(reeeductio_client::ClientError::from)?;
        Ok(Caller {
            credentials,
            base_url,
            transport: Arc::new(Traced::new(native, self.report)),
        })
    }

    /// The server that the command line or the environment names.
    pub(crate) fn named_url(&self) -> Option<String> {
        let Self {
            options,
            environment,
            ..
        } = self;
        options
            .base_url
            .clone()
            .or_else(|| environment.base_url.clone())
    }

    /// Goes on only if that is wanted. `consequence` says why that is asked.
    pub(crate) fn confirm(&self, question: &str, consequence: &str) -> Result<(), Failure> {
        if self.options.yes {
            return Ok(());
        }
        if !terminal::is_attended() {
            return Err(Failure::usage(
                "--yes",
                format!("is missing: {consequence}, and nobody is there to be asked"),
                "pass --yes",
            ));
        }
        if terminal::ask(question)? {
            Ok(())
        } else {
            Err(Failure::Declined)
        }
    }

    fn sources(&self, mut given: Source) -> Result<Vec<Source>, Failure> {
        given.base_url.clone_from(&self.options.base_url);
        for (field, secret) in [
            (Field::PrivateKey, &given.private_key),
            (Field::SymmetricRoot, &given.symmetric_root),
        ] {
            if secret.is_some() {
                warn_of_secret(
                    &Origin::CommandLine.name(field),
                    &format!("--credentials-file or {}", Origin::Environment.name(field)),
                );
            }
        }
        let environment = &self.environment;
        let mut sources = vec![
            given,
            Source {
                origin: Origin::Environment,
                private_key: environment.private_key.clone(),
                symmetric_root: environment.symmetric_root.clone(),
                space_id: environment.space_id.clone(),
                member_id: environment.member_id.clone(),
                base_url: environment.base_url.clone(),
            },
        ];
        if let Some(path) = self.credentials_file(&sources) {
            sources.push(file::read(&path)?);
            if file::is_exposed(&path) {
                let path = path.display();
                warning(&format!("others may read {path}; run: chmod 600 {path}"));
            }
        }
        Ok(sources)
    }

    /// The file that is named. Where none is, and no key is given either, the one that the guides write: a file
    /// that merely lies there says nothing about another key.
    fn credentials_file(&self, given: &[Source]) -> Option<PathBuf> {
        let Self {
            options,
            environment,
            ..
        } = self;
        let named = options
            .credentials_file
            .as_ref()
            .or(environment.credentials_file.as_ref());
        if named.is_some() {
            return named.cloned();
        }
        let key_is_given = given.iter().any(|source| source.private_key.is_some());
        let found = Path::new(DEFAULT_FILE);
        (!key_is_given && found.is_file()).then(|| found.to_owned())
    }
}

impl Caller {
    /// The caller in its space, for what is not sealed: which members there are, and what they may do.
    pub(crate) fn space(&self) -> Result<Space, Failure> {
        let root = match &self.credentials.symmetric_root {
            Some(root) => root.clone(),
            None => Key::new(random()?),
        };
        self.space_under(&root)
    }

    /// The caller in its space, whose root is asked for if nothing says it.
    pub(crate) fn space_with_root(&self) -> Result<Space, Failure> {
        if let Some(root) = &self.credentials.symmetric_root {
            return self.space_under(root);
        }
        if !terminal::is_attended() {
            return Err(Failure::usage(
                "the symmetric root",
                "is missing",
                format!(
                    "add symmetric_root_hex to the credentials file, or set {}",
                    environment::SYMMETRIC_ROOT
                ),
            ));
        }
        let root = terminal::ask_secret("Symmetric root")?;
        let root = root.key().map_err(|error| {
            Failure::usage(
                "the symmetric root",
                format!("is wrong: {error}"),
                "type it again",
            )
        })?;
        self.space_under(&root)
    }

    fn space_under(&self, root: &Key) -> Result<Space, Failure> {
        let Credentials {
            space,
            member,
            identity,
            ..
        } = &self.credentials;
        let transport = Arc::clone(&self.transport);
        let identity = identity.clone();
        Ok(Space::builder(&self.base_url)
            .transport(transport)
            .open(*space, *member, identity, root)?)
    }

    /// The caller as a user of another space, in which nothing is sealed.
    pub(crate) fn space_of(&self, space: SpaceId, identity: &Identity) -> Result<Space, Failure> {
        let transport = Arc::clone(&self.transport);
        let member = identity.user_id();
        let root = Key::new(random()?);
        Ok(Space::builder(&self.base_url).transport(transport).open(
            space,
            member,
            identity.clone(),
            &root,
        )?)
    }

    /// The caller as who operates the server, if it is a member of the admin space.
    pub(crate) async fn operator(self) -> Result<Operator, Failure> {
        let client = self.admin()?;
        let space = client.space_id().await.map_err(|error| {
            if error.code() != Some(ErrorCode::MemberUnknown) {
                return error.into();
            }
            Failure::refused(
                ErrorCode::MemberUnknown,
                format!(
                    "{} is not a member of the admin space of {}",
                    self.credentials.identity.user_id(),
                    self.base_url
                ),
                "use the credentials of the admin space, or of a user of it who has the right (docs/admin.md)",
            )
        })?;
        Ok(Operator {
            caller: self,
            client,
            space,
        })
    }

    /// The caller as who operates the server.
    pub(crate) fn admin(&self) -> Result<AdminClient, Failure> {
        let transport = Arc::clone(&self.transport);
        let identity = self.credentials.identity.clone();
        Ok(AdminClient::over(transport, identity, &self.base_url)?)
    }
}

fn ask_for_key() -> Result<Secret, Failure> {
    if terminal::is_attended() {
        return terminal::ask_secret("Private key");
    }
    Err(Failure::usage(
        "the private key",
        "is missing",
        format!(
            "name a credentials file with --credentials-file or {}, or set {}",
            environment::CREDENTIALS_FILE,
            environment::PRIVATE_KEY
        ),
    ))
}
