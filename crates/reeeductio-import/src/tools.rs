//! How often tools were used.

use reeeductio_backend::Records;
use reeeductio_proto::{MemberId, MemberKind, SpaceId};

use crate::authority::Authority;
use crate::error::ImportError;
use crate::report::Report;
use crate::row;
use crate::tables::Tables;

const COLUMNS: &str = "space_id, tool_id, use_count";

/// Raises the target's counters to those of the source.
pub(crate) async fn import(
    tables: &Tables,
    space: &SpaceId,
    authority: &Authority,
    records: &dyn Records,
    report: &mut Report,
) -> Result<(), ImportError> {
    let Some(table) = tables.find("tool_usage", COLUMNS, &space.to_string(), report)? else {
        return Ok(());
    };
    let mut statement = tables
        .connection()
        .prepare(&format!("SELECT {COLUMNS} FROM {table}"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        report.tools.found += 1;
        let name = row::name(row, &[0, 1]);
        let of_space = row
            .get::<_, String>(0)
            .is_ok_and(|id| id == space.to_string());
        let tool = row.get::<_, String>(1).ok();
        let tool = tool
            .and_then(|tool| MemberId::parse(&tool).ok())
            .filter(|tool| tool.kind() == MemberKind::Tool);
        let uses = row
            .get::<_, i64>(2)
            .ok()
            .and_then(|uses| u64::try_from(uses).ok());
        let (true, Some(tool), Some(uses)) = (of_space, tool, uses) else {
            report.left_out("tool.malformed", format!("{space} {name}"));
            continue;
        };
        if !authority.knew(&tool) {
            // The published server counted before it looked at permissions (wire.md 14.2).
            report.remark(
                "tool.stranger",
                format!("{space} {tool}: never a tool of the space"),
            );
        } else if records.tool_uses(*space, tool).await? >= uses {
            report.tools.present += 1;
        } else {
            records.raise_tool_uses(*space, tool, uses).await?;
            report.tools.imported += 1;
        }
    }
    Ok(())
}
