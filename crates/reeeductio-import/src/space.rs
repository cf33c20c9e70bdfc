//! One space: its state, its topics, its data entries, its tools.

use std::path::Path;

use reeeductio_backend::Records;
use reeeductio_proto::{SpaceId, TopicId};
use rusqlite::Connection;

use crate::authority::{Authority, Trusted};
use crate::branch::{self, member};
use crate::chain::Chain;
use crate::entries;
use crate::error::ImportError;
use crate::links;
use crate::report::Report;
use crate::row;
use crate::tables::Tables;
use crate::tools;

/// Takes over the space whose databases are in `from`. Returns who was ever a member of it.
pub(crate) async fn import(
    space: SpaceId,
    from: &Path,
    scratch: &Path,
    records: &dyn Records,
    now: i64,
    report: &mut Report,
    progress: &mut dyn FnMut(&str),
) -> Result<Authority, ImportError> {
    let name = space.to_string();
    let tables = Tables::open(from, scratch, &name, report)?;
    let mut authority = Authority::new(space);
    if let Some(table) = tables.find("messages", row::MESSAGE, &name, report)? {
        links::collect(&tables, &table, &space, report, progress)?;
        let mut trusted = Trusted::nobody_but_the_owner_of(space);
        for topic in links::topics(tables.connection())? {
            // It was read from a message, so it is one.
            let Ok(topic) = TopicId::parse(&topic) else {
                continue;
            };
            let branch = branch::choose(tables.connection(), &space, &topic, &trusted, report)?;
            let chain = Chain {
                tables: &tables,
                table: &table,
                space,
                topic,
                length: branch.length,
            };
            let done = async {
                if chain.topic.is_state() {
                    trusted = branch.trusted;
                    chain.replay(&mut authority, report)?;
                }
                chain.append(records, report, progress).await
            };
            match done.await {
                Err(error) if error.is_damage() => {
                    let what = format!("{space} {}: {error}", chain.topic);
                    report.left_out("database.corrupt", what);
                }
                done => done?,
            }
        }
        remark_senders(tables.connection(), &space, &authority, report)?;
    }
    let rest = async {
        entries::import(&tables, &space, &authority, records, now, report).await?;
        tools::import(&tables, &space, &authority, records, report).await
    };
    match rest.await {
        Err(error) if error.is_damage() => {
            report.left_out("database.corrupt", format!("{space} data: {error}"));
        }
        rest => rest?,
    }
    Ok(authority)
}

/// Senders the published server took for members and we never did: a verifying client will not accept
/// their messages.
fn remark_senders(
    connection: &Connection,
    space: &SpaceId,
    authority: &Authority,
    report: &mut Report,
) -> Result<(), ImportError> {
    let mut statement = connection.prepare(
        "SELECT sender, COUNT(*) FROM links WHERE place IS NOT NULL GROUP BY sender ORDER BY sender",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let Some(sender) = member(&row.get::<_, Vec<u8>>(0)?) else {
            continue;
        };
        if !authority.knew(&sender) {
            let count: i64 = row.get(1)?;
            report.remark(
                "member.without_authority",
                format!(
                    "{space} {sender}: {count} messages, though nobody with authority admitted it"
                ),
            );
        }
    }
    Ok(())
}
