//! The tables, and how a database of an earlier release gets to them.

mod several_processes;

pub(crate) use several_processes::recount;

use reeeductio_backend::BackendError;
use rusqlite::Connection;

use crate::failure::failure;

/// Marks the file as ours: "REDU".
const APPLICATION_ID: i64 = 0x5245_4455;

/// A step of the schema: statements, then what only the program can do.
struct Step {
    sql: &'static str,
    fill: fn(&Connection) -> Result<(), BackendError>,
}

/// Step n brings a database from version n to n + 1, in one transaction. Released steps are never edited.
const STEPS: &[Step] = &[
    Step {
        sql: include_str!("schema/0001_initial.sql"),
        fill: |_| Ok(()),
    },
    Step {
        sql: include_str!("schema/0002_several_processes.sql"),
        fill: several_processes::fill,
    },
    Step {
        sql: include_str!("schema/0003_probe.sql"),
        fill: |_| Ok(()),
    },
    Step {
        sql: include_str!("schema/0004_purging.sql"),
        fill: |_| Ok(()),
    },
    Step {
        sql: include_str!("schema/0005_data_events.sql"),
        fill: |_| Ok(()),
    },
    Step {
        sql: include_str!("schema/0006_policies.sql"),
        fill: |_| Ok(()),
    },
    Step {
        sql: include_str!("schema/0007_inboxes.sql"),
        fill: |_| Ok(()),
    },
];

/// The version that this program writes.
pub(crate) const CURRENT: usize = STEPS.len();

/// Brings the database to the current version.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), BackendError> {
    take(connection, STEPS)
}

fn take(connection: &mut Connection, steps: &[Step]) -> Result<(), BackendError> {
    const OPERATION: &str = "prepare the database";
    let found = up_to(connection, steps.len())?;
    for (index, step) in steps.iter().enumerate().skip(found) {
        let transaction = connection.transaction().map_err(failure(OPERATION))?;
        transaction
            .execute_batch(step.sql)
            .map_err(failure(OPERATION))?;
        (step.fill)(&transaction)?;
        transaction
            .pragma_update(
                None,
                "user_version",
                i64::try_from(index + 1).unwrap_or(i64::MAX),
            )
            .map_err(failure(OPERATION))?;
        transaction
            .pragma_update(None, "application_id", APPLICATION_ID)
            .map_err(failure(OPERATION))?;
        transaction.commit().map_err(failure(OPERATION))?;
    }
    Ok(())
}

/// The version of the tables, which is [`CURRENT`] at most; refuses a database of a newer release.
pub(crate) fn known_version(connection: &Connection) -> Result<usize, BackendError> {
    up_to(connection, CURRENT)
}

fn up_to(connection: &Connection, current: usize) -> Result<usize, BackendError> {
    let found = version(connection)?;
    if found > current {
        return Err(BackendError::unavailable(
            "prepare the database",
            format!(
                "the database has version {found}, this program knows up to {current}. Use a newer release."
            ),
        ));
    }
    Ok(found)
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

#[cfg(test)]
mod tests;
