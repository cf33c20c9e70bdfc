//! The password of a user, which is never an argument.

use std::io::IsTerminal as _;

use anyhow::{Context as _, bail};
use zeroize::Zeroizing;

/// The variable with the password.
const VARIABLE: &str = "REEEDUCTIO_PASSWORD";

/// Takes the password from the first line of standard input, the environment, or a prompt.
pub(crate) fn obtain(username: &str, from_input: bool) -> anyhow::Result<Zeroizing<String>> {
    if from_input {
        let mut line = Zeroizing::new(String::new());
        std::io::stdin()
            .read_line(&mut line)
            .context("cannot read standard input")?;
        return Ok(Zeroizing::new(
            line.trim_end_matches(['\r', '\n']).to_owned(),
        ));
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where this program reads a password from its environment"
    )]
    let given = std::env::var(VARIABLE).map(Zeroizing::new);
    if let Ok(given) = given
        && !given.is_empty()
    {
        return Ok(given);
    }
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        bail!(
            "there is no terminal to ask for the password: pass --password-stdin, or set {VARIABLE}"
        );
    }
    let asked = rpassword::prompt_password(format!("Password of {username}: "));
    Ok(Zeroizing::new(asked.context("cannot ask at the terminal")?))
}
