//! How often tools were used.

use async_trait::async_trait;
use reeeductio_proto::{MemberId, SpaceId};

use crate::BackendError;

/// Counts one use of a tool together with the write it was used for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ToolUse {
    /// The tool.
    pub tool: MemberId,
    /// The write is refused when the tool was used this often already.
    pub limit: Option<u64>,
}

/// How often tools were used.
#[async_trait]
pub trait Tools {
    /// How often a tool was used.
    async fn tool_uses(&self, space: SpaceId, tool: MemberId) -> Result<u64, BackendError>;

    /// Makes a tool count as used at least so often: for taking over what another server counted.
    async fn raise_tool_uses(
        &self,
        space: SpaceId,
        tool: MemberId,
        at_least: u64,
    ) -> Result<(), BackendError>;
}
