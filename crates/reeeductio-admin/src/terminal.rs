//! Questions, which are asked only where somebody is there to answer.

use std::io::{IsTerminal as _, Write as _};

use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::secret::Secret;

/// Returns whether somebody sits at a terminal.
pub(crate) fn is_attended() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks for a text that is not shown while it is typed.
pub(crate) fn ask_secret(what: &str) -> Result<Secret, Failure> {
    rpassword::prompt_password(format!("{what}: "))
        .map(Secret::new)
        .map_err(|error| {
            Failure::file("the terminal", &error, "pass it in another way: see --help")
        })
}

/// Reads a secret that another program hands over.
pub(crate) fn read_line() -> Result<Secret, Failure> {
    let mut line = Zeroizing::new(String::new());
    std::io::stdin().read_line(&mut line).map_err(|error| {
        Failure::file(
            "standard input",
            &error,
            "write the password and a line break to it",
        )
    })?;
    Ok(Secret::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Asks a question whose answer is no unless it is yes.
pub(crate) fn ask(question: &str) -> Result<bool, Failure> {
    let failed = |error: std::io::Error| {
        Failure::file(
            "the terminal",
            &error,
            "pass --yes to go on without being asked",
        )
    };
    let mut to = std::io::stderr();
    write!(to, "{question} [y/N] ")
        .and_then(|()| to.flush())
        .map_err(failed)?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(failed)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
