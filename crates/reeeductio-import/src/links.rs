//! Reading every message once: what verifies is noted with its link, the rest is reported.

use reeeductio_proto::{Message, SpaceId};
use rusqlite::{Connection, Row, params};

use crate::authority::defined_by;
use crate::error::ImportError;
use crate::report::Report;
use crate::row;
use crate::tables::Tables;

/// Messages between two words about progress.
const STRIDE: u64 = 10_000;

/// Checks every message of `table` and fills `links` with those that verify by themselves.
pub(crate) fn collect(
    tables: &Tables,
    table: &str,
    space: &SpaceId,
    report: &mut Report,
    progress: &mut dyn FnMut(&str),
) -> Result<(), ImportError> {
    let connection = tables.connection();
    connection.execute_batch("BEGIN")?;
    let read = read_all(connection, table, space, report, progress);
    connection.execute_batch("COMMIT")?;
    match read {
        // Links read before the damage are still worth having.
        Err(error) if error.is_damage() => {
            report.left_out("database.corrupt", format!("{space} messages: {error}"));
            Ok(())
        }
        read => read,
    }
}

fn read_all(
    connection: &Connection,
    table: &str,
    space: &SpaceId,
    report: &mut Report,
    progress: &mut dyn FnMut(&str),
) -> Result<(), ImportError> {
    let columns = row::MESSAGE;
    let mut statement = connection.prepare(&format!("SELECT {columns}, rowid FROM {table}"))?;
    let mut rows = statement.query([])?;
    let mut seen: u64 = 0;
    while let Some(row) = rows.next()? {
        report.messages.found += 1;
        seen += 1;
        if seen.is_multiple_of(STRIDE) {
            progress(&format!("space {space}: {seen} messages checked"));
        }
        let checked = row::message(space, row)
            .and_then(|(message, time)| row::verify(space, &message).map(|()| (message, time)));
        match checked {
            Ok((message, time)) => {
                remark(space, &message, time, report);
                note(connection, row, &message)?;
            }
            Err(fault) => {
                let name = row::name(row, &[1, 2]);
                report.left_out(fault.code, format!("{space} {name}: {}", fault.why));
            }
        }
    }
    Ok(())
}

fn remark(space: &SpaceId, message: &Message, time: Option<i64>, report: &mut Report) {
    let shown = || format!("{space} {} {}", message.topic_id, message.message_hash);
    if time.is_none() {
        report.remark(
            "message.time",
            format!(
                "{}: its time was none; it got the one after its predecessor's",
                shown()
            ),
        );
    }
    if message.topic_id.is_state()
        && let Err(error) = reeeductio_proto::StatePath::parse(&message.kind)
    {
        report.remark(
            "state.path",
            format!(
                "{} {:?}: in the history only, nothing is read at this path: {error}",
                shown(),
                message.kind
            ),
        );
    }
}

fn note(connection: &Connection, row: &Row<'_>, message: &Message) -> Result<(), ImportError> {
    let id: i64 = row.get("rowid")?;
    let defines = if message.topic_id.is_state() {
        defined_by(&message.kind)
    } else {
        None
    };
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO links (id, topic, hash, prev, sender, defines) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            id,
            message.topic_id.as_str(),
            message.message_hash.hash(),
            message.prev_hash.as_ref().map(|hash| hash.hash().as_slice()),
            message.sender.to_bytes(),
            defines.map(|member| member.to_bytes()),
        ])?;
    Ok(())
}

/// The topics of which anything verifies: `state` first, for what is in it decides about the others.
pub(crate) fn topics(connection: &Connection) -> Result<Vec<String>, ImportError> {
    let mut statement =
        connection.prepare("SELECT DISTINCT topic FROM links ORDER BY topic <> 'state', topic")?;
    let topics = statement.query_map([], |row| row.get(0))?;
    Ok(topics.collect::<Result<_, _>>()?)
}
