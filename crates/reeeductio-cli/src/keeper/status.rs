//! `reeeductio keeper status`.

use std::process::ExitCode;

use clap::Args;
use reeeductio_client::{ErrorCode, ErrorKind, Keeper, now};
use serde_json::json;

use super::file::{KeeperFile, KeeperFileArgument};
use crate::report::out;
use crate::server_url::builder;

/// Milliseconds after which a request should have been answered.
const LATE: i64 = 60_000;

#[derive(Args, Debug)]
pub(super) struct Status {
    #[command(flatten)]
    keeper: KeeperFileArgument,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// The state of a keeper's inbox.
#[derive(Default)]
struct Waiting {
    is_keeper: bool,
    items: u64,
    /// Milliseconds since the oldest item arrived.
    oldest: Option<i64>,
}

impl Status {
    pub(super) async fn run(&self) -> anyhow::Result<ExitCode> {
        let file = self.keeper.read()?;
        let waiting = waiting(&file).await?;
        let is_late = waiting.oldest.is_some_and(|age| age > LATE);
        let is_well = waiting.is_keeper && !is_late;
        let seconds = waiting.oldest.map(|age| age / 1_000);
        let identity = file.keeper.identity();
        let (id, tool) = (identity.user_id(), identity.tool_id());
        if self.json {
            let status = json!({
                "app_id": file.app_id,
                "keeper": id,
                "tool": tool,
                "is_keeper": waiting.is_keeper,
                "waiting": waiting.items,
                "oldest_seconds": seconds,
                "is_well": is_well,
            });
            out(&format!("{status:#}"));
        } else {
            out(&format!("app      {}", file.app_id));
            let word = if waiting.is_keeper {
                ""
            } else {
                ", which is not the app's keeper"
            };
            out(&format!("keeper   {id}{word}"));
            out(&format!("tool     {tool}"));
            let age = seconds.map_or(String::new(), |seconds| {
                format!(", the oldest for {seconds} seconds")
            });
            out(&format!("waiting  {}{age}", waiting.items));
        }
        Ok(if is_well {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(3)
        })
    }
}

async fn waiting(file: &KeeperFile) -> anyhow::Result<Waiting> {
    let identity = file.keeper.identity();
    let opened = Keeper::open(builder(&file.base_url)?, file.app_id, identity, None).await;
    let keeper = match opened {
        Err(error) if error.code() == Some(ErrorCode::MemberUnknown) => {
            return Ok(Waiting::default());
        }
        other => other?,
    };
    let mut waiting = Waiting {
        is_keeper: keeper.is_named().await?,
        ..Waiting::default()
    };
    let mut items = keeper.app().inbox().items();
    loop {
        match items.next_page().await {
            Ok(Some(page)) => {
                for item in page {
                    waiting.items += 1;
                    // The first is the oldest. The clock of the server may be ahead.
                    let age = now().saturating_sub(item.received_at).max(0);
                    waiting.oldest.get_or_insert(age);
                }
            }
            Ok(None) => return Ok(waiting),
            // One that was removed has no inbox.
            Err(error) if !waiting.is_keeper && error.kind() == ErrorKind::Authentication => {
                return Ok(waiting);
            }
            Err(error) => return Err(error.into()),
        }
    }
}
