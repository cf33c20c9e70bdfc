//! The tables, and how a database of an earlier release gets to them.

use reeeductio_backend::BackendError;
use rusqlite::{Connection, Transaction};

use crate::failure::failure;

/// Marks the file as ours: "REDU".
const APPLICATION_ID: i64 = 0x5245_4455;

/// Brings a database from one version to the next, in one transaction.
enum Step {
    /// Statements.
    Sql(&'static str),
    /// Code, for what statements cannot do: a row whose columns change needs another checksum.
    #[expect(dead_code, reason = "the next step that changes rows needs it")]
    Code(fn(&Transaction<'_>) -> Result<(), BackendError>),
}

/// Step n brings a database from version n to n + 1. Released steps are never edited.
const STEPS: &[Step] = &[
    Step::Sql(include_str!("schema/0001_initial.sql")),
    Step::Sql(include_str!("schema/0002_auth_by_time.sql")),
];

/// Brings the database to the current version.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), BackendError> {
    steps(connection, STEPS)
}

fn steps(connection: &mut Connection, steps: &[Step]) -> Result<(), BackendError> {
    const OPERATION: &str = "prepare the database";
    let found = version(connection)?;
    let current = steps.len();
    if found > current {
        return Err(BackendError::unavailable(
            OPERATION,
            format!(
                "the database has version {found}, this program knows up to {current}. Use a newer release."
            ),
        ));
    }
    for (index, step) in steps.iter().enumerate().skip(found) {
        let transaction = connection.transaction().map_err(failure(OPERATION))?;
        match step {
            Step::Sql(text) => transaction
                .execute_batch(text)
                .map_err(failure(OPERATION))?,
            Step::Code(code) => code(&transaction)?,
        }
        let version = i64::try_from(index + 1).unwrap_or(i64::MAX);
        transaction
            .pragma_update(None, "user_version", version)
            .and_then(|()| transaction.pragma_update(None, "application_id", APPLICATION_ID))
            .map_err(failure(OPERATION))?;
        transaction.commit().map_err(failure(OPERATION))?;
    }
    Ok(())
}

/// The version of the tables in the database; refuses a database of another program.
pub(crate) fn version(connection: &Connection) -> Result<usize, BackendError> {
    const OPERATION: &str = "read the database's version";
    let pragma = |name: &str| {
        connection
            .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            .map_err(failure(OPERATION))
    };
    let (version, application) = (pragma("user_version")?, pragma("application_id")?);
    if version != 0 && application != APPLICATION_ID {
        return Err(BackendError::corrupt(
            OPERATION,
            "the file is a database of another program",
        ));
    }
    usize::try_from(version)
        .map_err(|_| BackendError::corrupt(OPERATION, format!("version {version} cannot be")))
}
