//! `reeeductio bench`: the base protocol, measured against any server, beside this machine's limits.
//!
//! The client shares the machine with the server, so it is lean: plain HTTP/1.1 on kept connections,
//! and messages that are signed before the clock starts wherever their chain allows it.

mod connection;
mod figure;
mod limits;
mod member;
mod work;

use anyhow::Context as _;
use clap::Args;

use crate::report::{out, progress};
use figure::Figures;

#[derive(Args, Debug)]
pub(crate) struct Bench {
    /// The server: http://HOST:PORT, where any space exists from its first use
    #[arg(long, value_name = "URL")]
    url: String,
    /// Seconds per measurement
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Bench {
    pub(crate) async fn run(&self) -> anyhow::Result<()> {
        let authority = self
            .url
            .strip_prefix("http://")
            .context("--url must begin with http://")?
            .trim_end_matches('/');
        let run = work::Run {
            authority: authority.to_owned(),
            seconds: self.seconds,
        };
        let mut figures = Figures::default();
        progress("measuring this machine");
        limits::measure(&mut figures, self.seconds).await?;
        progress("measuring the server");
        run.all(&mut figures).await?;
        if self.json {
            out(&serde_json::to_string_pretty(&figures)?);
        } else {
            out(&figures.table());
        }
        Ok(())
    }
}
