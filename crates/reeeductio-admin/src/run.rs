//! From the arguments to the exit code.

use std::ffi::OsString;

use clap::Parser as _;

use crate::answer::Answer;
use crate::arguments::{Arguments, Format};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::Report;
use crate::session::Session;
use crate::task::Task;
use crate::usage::Understood;

/// Runs the command with these arguments, the first of which is the program's name, and returns how it
/// ended. Results are on standard output and everything else on standard error by then.
///
/// It must not be called from within an asynchronous runtime. A host that handles interrupts itself, as
/// Python does, should restore the system's way first: nothing here asks it whether there was one.
pub fn main_with<I, T>(arguments: I) -> Exit
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let given: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let arguments = match Arguments::try_parse_from(&given) {
        Ok(arguments) => arguments,
        // Help and the version are errors of this kind, too. A closed output is the reader's wish.
        Err(error) if !error.use_stderr() => {
            let _closed = error.print();
            return Exit::Done;
        }
        Err(error) => {
            let understood = Understood::read(&given);
            let report = Report {
                format: understood.format(),
                verbose: false,
            };
            match report.format {
                Format::Json => report.failure(&understood.failure(&error)),
                Format::Text => drop(error.print()),
            }
            return Exit::Usage;
        }
    };
    let Arguments { options, task } = arguments;
    let mut report = Report {
        format: Format::default(),
        verbose: options.verbose,
    };
    let outcome = Environment::read().and_then(|environment| {
        report.format = options.format(&environment)?;
        let session = Session {
            options,
            environment,
            report,
        };
        run(&session, &task)
    });
    match outcome {
        Ok(answer) => {
            report.answer(&answer);
            Exit::Done
        }
        Err(failure) => {
            report.failure(&failure);
            failure.exit()
        }
    }
}

fn run(session: &Session, task: &Task) -> Result<Answer, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::file("the runtime", &error, "the system lacks resources"))?;
    runtime.block_on(task.run(session))
}
