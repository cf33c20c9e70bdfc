//! The `reeeductio-admin` command.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage.

use std::process::ExitCode;

fn main() -> ExitCode {
    reeeductio_admin::main_with(std::env::args_os()).into()
}
