//! Counting what tools do.

use reeeductio_backend::{BackendError, ToolUse};
use reeeductio_proto::{MemberId, SpaceId};
use rusqlite::params;

use super::Batch;
use crate::read;
use crate::row::checksum_of_tool_uses;
use crate::statements::Sql;

impl Batch<'_> {
    /// Returns whether the tool has so many uses left.
    pub(super) fn tool_may(
        &self,
        space: &SpaceId,
        tool_use: Option<ToolUse>,
        uses: u64,
    ) -> Result<bool, BackendError> {
        match tool_use {
            Some(ToolUse {
                tool,
                limit: Some(limit),
            }) => {
                let used = read::tools::tool_uses(self.database, space, &tool)?;
                Ok(used.saturating_add(uses) <= limit)
            }
            _ => Ok(true),
        }
    }

    pub(super) fn count_tool_use(
        &mut self,
        space: &SpaceId,
        tool_use: Option<ToolUse>,
        more: u64,
    ) -> Result<(), BackendError> {
        let Some(ToolUse { tool, .. }) = tool_use else {
            return Ok(());
        };
        let uses = read::tools::tool_uses(self.database, space, &tool)? + more;
        self.set_tool_uses(space, &tool, uses)
    }

    pub(crate) fn raise_tool_uses(
        &mut self,
        space: &SpaceId,
        tool: &MemberId,
        at_least: u64,
    ) -> Result<(), BackendError> {
        if read::tools::tool_uses(self.database, space, tool)? >= at_least {
            return Ok(());
        }
        self.set_tool_uses(space, tool, at_least)
    }

    fn set_tool_uses(
        &mut self,
        space: &SpaceId,
        tool: &MemberId,
        uses: u64,
    ) -> Result<(), BackendError> {
        let number = uses.cast_signed();
        self.execute(
            Sql::SET_TOOL_USES,
            params![
                space.as_bytes(),
                tool.to_bytes(),
                number,
                checksum_of_tool_uses(space, tool, number),
            ],
        )?;
        Ok(())
    }
}
