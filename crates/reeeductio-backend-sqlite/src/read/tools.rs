//! How often tools were used.

use reeeductio_backend::BackendError;
use reeeductio_proto::{MemberId, SpaceId};
use rusqlite::{Connection, params};

use super::one;
use crate::failure::failure;
use crate::row::{check, checksum_of_tool_uses};

pub(crate) fn tool_uses(
    connection: &Connection,
    space: &SpaceId,
    tool: &MemberId,
) -> Result<u64, BackendError> {
    let failed = failure("read a tool's uses");
    let uses = one(
        connection,
        "SELECT uses, checksum FROM tool_uses WHERE space_id = ?1 AND tool_id = ?2",
        params![space.as_bytes(), tool.to_bytes()],
        |row| {
            let uses: i64 = row.get(0).map_err(&failed)?;
            let stored = row.get(1).map_err(&failed)?;
            let key = || format!("{space} {tool}");
            let computed = checksum_of_tool_uses(space, tool, uses);
            check("tool_uses", key, stored, computed)?;
            Ok(uses.cast_unsigned())
        },
    )?;
    Ok(uses.unwrap_or(0))
}
