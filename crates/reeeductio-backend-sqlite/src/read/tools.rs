//! How often tools were used.

use reeeductio_backend::BackendError;
use reeeductio_proto::{MemberId, SpaceId};
use rusqlite::params;

use crate::database::Database;
use crate::failure::failure;
use crate::row::{check, checksum_of_tool_uses};
use crate::statements::Sql;

pub(crate) fn tool_uses(
    database: &Database,
    space: &SpaceId,
    tool: &MemberId,
) -> Result<u64, BackendError> {
    let failed = failure("read a tool's uses");
    let uses: Option<u64> = database.first(
        Sql::TOOL_USES,
        params![space.as_bytes(), tool.to_bytes()],
        |row| {
            let uses: i64 = row.get(0).map_err(&failed)?;
            let stored = row.get(1).map_err(&failed)?;
            let key = || format!("{space} {tool}");
            let computed = checksum_of_tool_uses(space, tool, uses);
            check("tool_uses", key, stored, computed)?;
            Ok::<_, BackendError>(uses.cast_unsigned())
        },
    )?;
    Ok(uses.unwrap_or(0))
}
