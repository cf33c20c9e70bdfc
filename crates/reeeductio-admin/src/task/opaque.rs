//! `reeeductio-admin opaque`.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::answer::Answer;
use crate::environment;
use crate::failure::Failure;
use crate::given::Given;
use crate::report::warn_of_secret;
use crate::secret::Secret;
use crate::session::Session;
use crate::terminal;

#[derive(Debug, Subcommand)]
pub(crate) enum OpaqueTask {
    /// Let members of the space register passwords, as its owner
    Enable {
        #[command(flatten)]
        given: Given,
    },
    /// Register a password that yields the private key and the root of the space
    Register {
        /// The name to log in with: 1 to 255 of a-z, A-Z, 0-9 and . _ @ + -
        #[arg(short = 'n', long, value_name = "NAME")]
        username: String,
        #[command(flatten)]
        password: Password,
        #[command(flatten)]
        given: Given,
    },
}

#[derive(Args, Debug)]
pub(crate) struct Password {
    /// The password; visible to other users of the machine: prefer the prompt (or the variable
    /// `REEEDUCTIO_PASSWORD`)
    #[arg(short, long)]
    password: Option<Secret>,
    /// Read the password from the first line of standard input
    #[arg(long, conflicts_with = "password")]
    password_stdin: bool,
}

impl OpaqueTask {
    pub(super) async fn run(&self, session: &Session) -> Result<Answer, Failure> {
        match self {
            Self::Enable { given } => enable(session, given).await,
            Self::Register {
                username,
                password,
                given,
            } => register(session, username, password, given).await,
        }
    }
}

async fn enable(session: &Session, given: &Given) -> Result<Answer, Failure> {
    let space = session.caller(given)?.space()?;
    let made = space.passwords().enable().await?;
    let word = |created| {
        if created {
            "created"
        } else {
            "already existed"
        }
    };
    let text = format!(
        "Passwords enabled: {}\n  Server setup: {}\n  Role opaque-user: {}\n  Right to register: {}",
        space.id(),
        word(made.server_setup_created),
        word(made.role_created),
        word(made.capability_created),
    );
    let fields = json!({
        "space_id": space.id(),
        "server_setup_created": made.server_setup_created,
        "role_created": made.role_created,
        "capability_created": made.capability_created,
    });
    Ok(Answer::new(text, &fields))
}

async fn register(
    session: &Session,
    username: &str,
    password: &Password,
    given: &Given,
) -> Result<Answer, Failure> {
    let space = session.caller(given)?.space_with_root()?;
    let password = password.choose(session)?;
    space
        .passwords()
        .register(username, password.expose())
        .await?;
    let user = space.member();
    let text = format!(
        "Password registered: {username}\nUser: {user}\nSpace: {}",
        space.id()
    );
    let fields = json!({ "username": username, "user_id": user, "space_id": space.id() });
    Ok(Answer::new(text, &fields))
}

impl Password {
    fn choose(&self, session: &Session) -> Result<Secret, Failure> {
        let chosen = if let Some(given) = &self.password {
            warn_of_secret("--password", "--password-stdin or the prompt");
            given.clone()
        } else if self.password_stdin {
            terminal::read_line()?
        } else if let Some(set) = &session.environment.password {
            set.clone()
        } else {
            ask()?
        };
        if chosen.expose().is_empty() {
            return Err(Failure::usage("the password", "is empty", "choose one"));
        }
        Ok(chosen)
    }
}

fn ask() -> Result<Secret, Failure> {
    if !terminal::is_attended() {
        return Err(Failure::usage(
            "the password",
            "is missing",
            format!("pass --password-stdin, or set {}", environment::PASSWORD),
        ));
    }
    let password = terminal::ask_secret("Password")?;
    if terminal::ask_secret("The same again")?.expose() == password.expose() {
        return Ok(password);
    }
    Err(Failure::usage(
        "the password",
        "was typed in two ways",
        "type the same twice",
    ))
}
