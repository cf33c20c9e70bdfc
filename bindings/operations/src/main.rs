//! Writes the typed stubs of the packages: `reeeductio-operations python|typescript`.

mod print;

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let text = match std::env::args().nth(1).as_deref() {
        Some("python") => print::python::stub(),
        Some("typescript") => print::typescript::stub(),
        _ => return ExitCode::from(2),
    };
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
