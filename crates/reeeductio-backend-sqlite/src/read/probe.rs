//! Reading for the sake of it.

use reeeductio_backend::BackendError;

use crate::database::Database;
use crate::failure::failure;
use crate::statements::Sql;

/// Reads the row that is changed to see whether the disk takes a write.
pub(crate) fn probe(database: &Database) -> Result<(), BackendError> {
    let failed = failure("read from the database");
    database
        .first(Sql::PROBED, (), |row| row.get::<_, i64>(0).map_err(&failed))
        .map(drop)
}
