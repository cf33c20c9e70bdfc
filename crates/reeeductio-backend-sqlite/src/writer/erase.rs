//! Erasing from the log what was removed for good.
//!
//! The database file has it no more once the log is moved into it; the log itself keeps the bytes until they are
//! overwritten. So after such a transaction the log is moved and cut off: at once, or [`INTERVAL`] after the last
//! time. A query that reads an older state holds this back until it ends.

use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use reeeductio_backend::BackendError;
use tokio::sync::mpsc;

use super::job::Job;
use super::thread::{GROUP, Group};
use crate::connection::PATIENCE;
use crate::database::Database;
use crate::failure::failure;

/// From one time to the next.
const INTERVAL: Duration = Duration::from_secs(1);

/// When the log is cut off.
#[derive(Debug, Default)]
pub(super) struct Erase {
    last: Option<Instant>,
    due: Option<Instant>,
}

impl Erase {
    /// The log has something that was removed for good.
    pub(super) fn request(&mut self) {
        let next = self.last.map(|last| last + INTERVAL);
        self.due.get_or_insert(next.unwrap_or_else(now));
    }

    /// Cuts the log off if it is time.
    pub(super) fn attempt(&mut self, database: &Database) {
        let now = now();
        if self.due.is_none_or(|due| due > now) {
            return;
        }
        self.last = Some(now);
        self.due = match cut_log(database) {
            Ok(true) => None,
            Ok(false) => Some(now + INTERVAL),
            Err(error) => {
                tracing::warn!(%error, "the log keeps what was removed; it is tried again");
                Some(now + INTERVAL)
            }
        };
    }

    /// Waits for jobs, and meanwhile until the log is to be cut off. Returns `false` once no more can come.
    pub(super) fn receive(
        &self,
        jobs: &mut mpsc::Receiver<Box<dyn Job>>,
        group: &mut Group,
    ) -> bool {
        let Some(due) = self.due else {
            return jobs.blocking_recv_many(group, GROUP) > 0;
        };
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        loop {
            match jobs.poll_recv_many(&mut Context::from_waker(&waker), group, GROUP) {
                Poll::Ready(count) => return count > 0,
                Poll::Pending => {}
            }
            let left = due.saturating_duration_since(now());
            if left.is_zero() {
                return true;
            }
            thread::park_timeout(left);
        }
    }
}

/// Moves the log into the database and makes it empty. Returns `false` if a query reads an older state; does not wait.
fn cut_log(database: &Database) -> Result<bool, BackendError> {
    let failed = failure("erase what was removed from the log");
    let connection = database.connection();
    connection.busy_timeout(Duration::ZERO).map_err(&failed)?;
    let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| {
        row.get::<_, bool>(0)
    });
    connection.busy_timeout(PATIENCE).map_err(&failed)?;
    Ok(!busy.map_err(&failed)?)
}

#[expect(
    clippy::disallowed_methods,
    reason = "paces writes to the disk; nothing that is stored depends on it"
)]
fn now() -> Instant {
    Instant::now()
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DATABASE;
    use crate::connection::{open_reader, open_writer};

    #[test]
    fn a_query_that_reads_an_older_state_holds_the_log_until_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(DATABASE);
        let database = Database::new(open_writer(&path).unwrap());
        let run = |sql: &str| database.connection().execute_batch(sql).unwrap();
        run("CREATE TABLE t (n TEXT) STRICT; INSERT INTO t VALUES ('removed for good')");
        let log = || std::fs::read(crate::wal::log_of(&path)).unwrap();
        let reader = open_reader(&path).unwrap();
        reader.execute_batch("BEGIN; SELECT * FROM t").unwrap();
        run("DELETE FROM t");
        let mut erase = Erase::default();
        erase.request();
        erase.attempt(&database);
        assert!(log().windows(16).any(|bytes| bytes == b"removed for good"));
        assert!(erase.due.is_some(), "it is tried again");
        reader.execute_batch("ROLLBACK").unwrap();
        assert!(cut_log(&database).unwrap());
        assert_eq!(log(), b"");
        let file = std::fs::read(&path).unwrap();
        assert!(!file.windows(16).any(|bytes| bytes == b"removed for good"));
    }

    #[test]
    fn the_log_is_cut_off_at_once_and_then_not_for_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::new(open_writer(&folder.path().join(DATABASE)).unwrap());
        let mut erase = Erase::default();
        erase.request();
        erase.attempt(&database);
        assert_eq!(erase.due, None);
        erase.request();
        let due = erase.due;
        assert!(due.is_some_and(|due| due > now()));
        erase.request();
        erase.attempt(&database);
        assert_eq!(erase.due, due);
    }
}
