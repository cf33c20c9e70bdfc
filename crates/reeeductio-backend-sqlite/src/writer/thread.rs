//! The loop of the thread that writes.

use std::sync::{Arc, OnceLock};

use reeeductio_backend::{BackendError, BackendErrorKind, CommitSink, Committed};
use tokio::sync::mpsc;

use super::OPERATION;
use super::erase::Erase;
use super::job::Job;
use crate::database::Database;
use crate::newest::Newest;
use crate::statements::Sql;
use crate::wal::Wal;
use crate::write::cache::Cache;
use crate::write::{Batch, Done};

/// Writes in one transaction.
pub(super) const GROUP: usize = 512;

pub(super) type Group = Vec<Box<dyn Job>>;

/// Why a transaction was not committed.
enum Stopped {
    /// By a job that failed halfway.
    ByJob,
    /// By the database.
    Failed(BackendError),
}

pub(super) fn run(
    database: &Database,
    mut wal: Wal,
    had_log: bool,
    mut jobs: mpsc::Receiver<Box<dyn Job>>,
    newest: &Newest,
    sink: &OnceLock<Arc<dyn CommitSink>>,
) {
    let mut cache = Cache::default();
    let mut group = Group::with_capacity(GROUP);
    let mut erase = Erase::default();
    if had_log {
        // A server that was killed may have acknowledged a removal, and not cut it off the log.
        erase.request();
        erase.attempt(database);
    }
    while erase.receive(&mut jobs, &mut group) {
        if group.is_empty() {
            erase.attempt(database);
            continue;
        }
        match commit(database, &mut cache, newest, &mut group) {
            Ok(Done {
                stored,
                left,
                erases,
            }) => {
                newest.keep(&stored);
                let committed: Vec<Committed> =
                    stored.into_iter().map(|stored| stored.committed).collect();
                if let Some(sink) = sink.get()
                    && !committed.is_empty()
                {
                    sink.committed(&committed);
                }
                if let Some(sink) = sink.get()
                    && !left.is_empty()
                {
                    sink.items_left(&left);
                }
                answer(&mut group);
                if erases {
                    erase.request();
                }
                erase.attempt(database);
                // Nobody waits for this but the next group, which it makes faster.
                match wal.reserve() {
                    Ok(true) => {}
                    Ok(false) => empty_log(database),
                    Err(error) => {
                        tracing::warn!(%error, "there is no room ahead in the log; writes are slower");
                    }
                }
            }
            Err(error) => {
                let (kind, message) = (error.kind(), error.to_string());
                for job in group.drain(..) {
                    job.answer(Err(again(kind, &message)));
                }
            }
        }
    }
    // Leaves one file behind instead of a log that the next start has to work through.
    if let Err(error) = database
        .connection()
        .execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize;")
    {
        tracing::warn!(%error, "the log was not moved into the database; the next start does it");
    }
}

/// Answers the group, whose writes are on disk. Each answer from here would wake a thread of the runtime; a task
/// that gives them all costs one such waking together.
fn answer(group: &mut Group) {
    let runtime = group.last().and_then(|job| job.asked_from());
    match runtime {
        Some(runtime) if group.len() > 1 => {
            let done = std::mem::take(group);
            runtime.spawn(async move {
                for job in done {
                    job.answer(Ok(()));
                }
            });
        }
        _ => {
            for job in group.drain(..) {
                job.answer(Ok(()));
            }
        }
    }
}

/// Moves the log into the database long before it is due, so that it is written from its beginning again: on a
/// disk that is nearly full, a log that grows would take the room that moving it needs.
fn empty_log(database: &Database) {
    let moved = database
        .connection()
        .query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(()));
    if let Err(error) = moved {
        tracing::warn!(%error, "the disk is nearly full, and the log was not moved into the database");
    }
}

/// Commits the group in one transaction. If a job fails halfway, it is all done again with each job by itself,
/// so that only the jobs which fail are missing.
fn commit(
    database: &Database,
    cache: &mut Cache,
    newest: &Newest,
    group: &mut Group,
) -> Result<Done, BackendError> {
    match transact(database, cache, newest, group, together) {
        Err(Stopped::ByJob) => {}
        Err(Stopped::Failed(error)) => return Err(error),
        Ok(done) => return Ok(done),
    }
    match transact(database, cache, newest, group, one_by_one) {
        Err(Stopped::ByJob) => Err(BackendError::unavailable(OPERATION, "a write failed twice")),
        Err(Stopped::Failed(error)) => Err(error),
        Ok(done) => Ok(done),
    }
}

fn transact(
    database: &Database,
    cache: &mut Cache,
    newest: &Newest,
    group: &mut Group,
    run: impl FnOnce(&mut Batch<'_>, &mut Group) -> Result<(), Stopped>,
) -> Result<Done, Stopped> {
    let outcome = database
        .execute(Sql::BEGIN, ())
        .map_err(Stopped::Failed)
        .and_then(|_| {
            let mut batch = Batch::new(database, cache, newest);
            run(&mut batch, group)?;
            let done = batch.finish().map_err(Stopped::Failed)?;
            database.execute(Sql::COMMIT, ()).map_err(Stopped::Failed)?;
            Ok(done)
        });
    if outcome.is_err() {
        // It speaks of a transaction that never happened.
        *cache = Cache::default();
        if database.in_transaction()
            && let Err(error) = database.execute(Sql::ROLLBACK, ())
        {
            tracing::error!(%error, "a transaction was not taken back");
        }
    }
    outcome
}

fn together(batch: &mut Batch<'_>, group: &mut Group) -> Result<(), Stopped> {
    for job in group {
        job.run(batch).map_err(|_| Stopped::ByJob)?;
    }
    Ok(())
}

fn one_by_one(batch: &mut Batch<'_>, group: &mut Group) -> Result<(), Stopped> {
    for job in group {
        let outcome = batch.isolate(|batch| job.run(batch));
        if let Err(error) = outcome.map_err(Stopped::Failed)? {
            job.refuse(error);
        }
    }
    Ok(())
}

/// The same error for each of the group.
fn again(kind: BackendErrorKind, message: &str) -> BackendError {
    match kind {
        BackendErrorKind::Corrupt => BackendError::corrupt(OPERATION, message),
        _ => BackendError::unavailable(OPERATION, message),
    }
}
