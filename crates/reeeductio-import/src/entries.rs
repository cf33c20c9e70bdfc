//! Data entries: signed by themselves, each one on its own.

use futures_util::StreamExt as _;
use futures_util::stream;
use reeeductio_backend::{BackendError, DataVersion, PutData, PutDataOutcome, Quotas, Records};
use reeeductio_proto::{DataEntry, SpaceId, opaque};

use crate::authority::Authority;
use crate::error::ImportError;
use crate::report::Report;
use crate::row::{self, Fault};
use crate::tables::Tables;

/// Entries on their way to the target at a time, unless they are large.
const BATCH: usize = 256;
/// Characters of their data, together.
const BATCH_SIZE: usize = 16 << 20;
/// How far a signer's clock may have been ahead, in milliseconds (wire.md 5).
const CLOCK_SKEW: i64 = 60_000;

/// Takes over the data entries of a space. `now` is the time, Unix milliseconds.
pub(crate) async fn import(
    tables: &Tables,
    space: &SpaceId,
    authority: &Authority,
    records: &dyn Records,
    now: i64,
    report: &mut Report,
) -> Result<(), ImportError> {
    let columns = row::ENTRY;
    let Some(table) = tables.find("kv_data", columns, &space.to_string(), report)? else {
        return Ok(());
    };
    let mut statement = tables
        .connection()
        .prepare(&format!("SELECT {columns} FROM {table}"))?;
    let mut rows = statement.query([])?;
    let mut batch: Vec<DataEntry> = Vec::new();
    let mut size = 0;
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => break,
            Err(error) => {
                // Entries read before are still worth having.
                store(std::mem::take(&mut batch), space, records, report).await?;
                return Err(error.into());
            }
        };
        report.entries.found += 1;
        let checked =
            row::entry(space, row).and_then(|entry| judge(&entry, authority, now).map(|()| entry));
        match checked {
            Ok(entry) => {
                size += entry.data.len();
                batch.push(entry);
            }
            Err(fault) => {
                let name = row::name(row, &[1]);
                report.left_out(fault.code, format!("{space} {name}: {}", fault.why));
            }
        }
        if batch.len() >= BATCH || size >= BATCH_SIZE {
            store(std::mem::take(&mut batch), space, records, report).await?;
            size = 0;
        }
    }
    store(batch, space, records, report).await
}

fn judge(entry: &DataEntry, authority: &Authority, now: i64) -> Result<(), Fault> {
    let signer = &entry.signed_by;
    if !authority.knew(signer) {
        return Err(Fault {
            code: "entry.stranger",
            why: format!("{signer} was never a member"),
        });
    }
    if entry.signed_at > now.saturating_add(CLOCK_SKEW) {
        return Err(Fault {
            code: "entry.time",
            why: format!("signed at {}, which is yet to come", entry.signed_at),
        });
    }
    // It decides every password login.
    if entry.path.as_str() == opaque::SETUP_PATH && !authority.is_owner(signer) {
        return Err(Fault {
            code: "entry.setup",
            why: format!("{signer} does not own the space"),
        });
    }
    Ok(())
}

enum Fate {
    Imported,
    Present,
    Stale(i64),
    Contended,
}

async fn store(
    batch: Vec<DataEntry>,
    space: &SpaceId,
    records: &dyn Records,
    report: &mut Report,
) -> Result<(), ImportError> {
    let fates: Vec<_> = stream::iter(batch)
        .map(|entry| async move {
            let path = entry.path.clone();
            (path, put(entry, space, records).await)
        })
        .buffered(BATCH)
        .collect()
        .await;
    for (path, fate) in fates {
        match fate? {
            Fate::Imported => report.entries.imported += 1,
            Fate::Present => report.entries.present += 1,
            Fate::Stale(newest) => report.left_out(
                "entry.stale",
                format!("{space} {path}: the target holds, or held, one signed at {newest}"),
            ),
            Fate::Contended => return Err(ImportError::Contended(format!("{space} {path}"))),
        }
    }
    Ok(())
}

async fn put(
    entry: DataEntry,
    space: &SpaceId,
    records: &dyn Records,
) -> Result<Fate, BackendError> {
    let stored = records.data(*space, &entry.path).await?;
    if stored.as_deref() == Some(&entry) {
        return Ok(Fate::Present);
    }
    let put = PutData {
        space: *space,
        entry,
        expected: stored.as_deref().map(|stored| DataVersion {
            signed_at: stored.signed_at,
            signed_by: stored.signed_by,
        }),
        judged: None,
        quotas: Quotas::default(),
    };
    Ok(match records.put_data(put).await? {
        PutDataOutcome::Stored(_) => Fate::Imported,
        PutDataOutcome::Stale { newest } => Fate::Stale(newest),
        PutDataOutcome::JudgementMoved(_)
        | PutDataOutcome::Changed(_)
        | PutDataOutcome::OverQuota(_) => Fate::Contended,
    })
}
