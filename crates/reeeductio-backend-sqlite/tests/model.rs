//! SQLite answers random histories like memory does.
#![allow(missing_docs, clippy::unwrap_used, clippy::allow_attributes)]

use reeeductio_backend::conformance::model::{Plan, examine, follow};
use reeeductio_backend_sqlite::SqliteRecords;
use tokio::runtime::Builder;

#[test]
fn random_histories_are_answered_as_memory_answers_them() {
    let runtime = Builder::new_current_thread().build().unwrap();
    #[expect(
        clippy::disallowed_methods,
        reason = "how long to look is the developer's choice"
    )]
    let plan = Plan::read(|name| std::env::var(name).ok());
    examine(plan, |history| {
        let folder = tempfile::tempdir().unwrap();
        let open = async || SqliteRecords::open(folder.path()).unwrap();
        runtime.block_on(follow(history, open))
    });
}
