//! The arguments, and everything in the order in which it is measured.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::{Parser, ValueEnum};
use reeeductio_client::Identity;
use tokio::task::LocalSet;

use crate::limits::Limit;
use crate::outcome::Outcome;
use crate::process::Meter;
use crate::report::{out, progress, table};
use crate::rig::Rig;
use crate::{
    append, blobs, callback, contended, data, fanout, growth, history, idle, lanes, latest, logins,
    proofs, role, state,
};

/// Measures a server of the base protocol, beside the limits of this machine.
#[derive(Debug, Parser)]
#[command(name = "reeeductio-bench", version)]
pub(crate) struct Bench {
    /// The server: http://HOST:PORT. Spaces must exist from their first use, or name --admin-key
    #[arg(long, value_name = "URL")]
    url: String,
    /// Measure only these, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "WORK")]
    only: Vec<Work>,
    /// Seconds per measurement
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Half a second per measurement and less of everything: to see that it works, not how fast
    #[arg(long, conflicts_with = "seconds")]
    quick: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    /// Write the JSON document to a file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Process id of the server, for its processor time and memory; default: whoever listens on the port
    #[arg(long, value_name = "PID", value_delimiter = ',')]
    server_pid: Vec<u32>,
    /// Folder on the disk that the server uses, to measure that disk; default: the temporary files
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// File with the private key, 64 hexadecimal digits, of the admin space's owner, to register spaces
    #[arg(long, value_name = "FILE")]
    admin_key: Option<PathBuf>,
}

/// A workload to measure.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Work {
    /// Memory of a server with nothing to do, and of each stream
    Idle,
    /// Writers on topics of their own: 1 and 32
    Append,
    /// 8 and 50 writers on one topic
    Contended,
    /// Sealed messages: 1 and 50 lanes of one topic, and 32 writers on own topics
    Lanes,
    /// From a post to another member's callback
    Callback,
    /// Reading a topic in pages
    History,
    /// Reading the newest message
    Latest,
    /// Appending and reading as a topic grows
    Growth,
    /// Reading by a role in a space with much state
    Role,
    /// Setting and getting state
    State,
    /// Setting and getting data entries
    Data,
    /// One writer, 200 and 1,000 subscribers
    Fanout,
    /// Putting and getting blobs of 1 and 16 MiB
    Blobs,
    /// Signing in
    Logins,
    /// Checkpoints and proofs of a space with a million events: takes minutes and more than a gigabyte of the server's disk
    Proofs,
    /// Every limit of this machine
    Machine,
}

impl Bench {
    pub(crate) async fn run(&self) -> Result<()> {
        LocalSet::new().run_until(self.measure()).await
    }

    async fn measure(&self) -> Result<()> {
        let authority = authority(&self.url)?;
        let meter = if self.server_pid.is_empty() {
            Meter::find(&authority)
        } else {
            Meter::of(self.server_pid.clone())
        };
        let time = if self.quick {
            Duration::from_millis(500)
        } else {
            Duration::from_secs(self.seconds)
        };
        let admin = self.admin_key.as_deref().map(read_key).transpose()?;
        let folder = self.data.clone().unwrap_or_else(std::env::temp_dir);
        let mut outcome = Outcome::begin(&self.url, time, self.quick, &meter);
        let mut rig = Rig::new(authority, meter, time, self.quick, admin, folder);
        // Memory first: what the others leave behind would count as the streams'.
        for work in Work::value_variants() {
            if self.only.is_empty() || self.only.contains(work) {
                work.measure(&mut rig).await?;
            }
        }
        outcome.end(rig);
        let json = serde_json::to_string_pretty(&outcome)?;
        if let Some(file) = &self.output {
            fs::write(file, format!("{json}\n"))
                .with_context(|| format!("cannot write {}", file.display()))?;
            progress(&format!("wrote {}", file.display()));
        }
        if self.json {
            out(&json);
        } else {
            table(&outcome.table());
        }
        Ok(())
    }
}

impl Work {
    async fn measure(self, rig: &mut Rig) -> Result<()> {
        match self {
            Self::Idle => idle::run(rig).await,
            Self::Append => append::run(rig).await,
            Self::Contended => contended::run(rig).await,
            Self::Lanes => lanes::run(rig).await,
            // The client's futures are large.
            Self::Callback => Box::pin(callback::run(rig)).await,
            Self::History => history::run(rig).await,
            Self::Latest => latest::run(rig).await,
            Self::Growth => growth::run(rig).await,
            Self::Role => role::run(rig).await,
            Self::State => state::run(rig).await,
            Self::Data => data::run(rig).await,
            Self::Fanout => fanout::run(rig).await,
            Self::Blobs => blobs::run(rig).await,
            Self::Logins => logins::run(rig).await,
            Self::Proofs => proofs::run(rig).await,
            Self::Machine => {
                for limit in Limit::ALL {
                    rig.limit(limit).await?;
                }
                Ok(())
            }
        }
    }
}

/// Host and port of a URL.
fn authority(url: &str) -> Result<String> {
    let rest = url
        .strip_prefix("http://")
        .context("--url must begin with http://: TLS is not what is measured here")?;
    let authority = rest.trim_end_matches('/');
    ensure!(
        !authority.is_empty() && !authority.contains('/'),
        "--url must be http://HOST:PORT without a path"
    );
    let has_port = authority
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    Ok(if has_port {
        authority.to_owned()
    } else {
        format!("{authority}:80")
    })
}

fn read_key(file: &Path) -> Result<Identity> {
    let wrong = || format!("{}: 64 hexadecimal digits are expected", file.display());
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let text = zeroize::Zeroizing::new(text);
    let digits = text.trim();
    ensure!(digits.len() == 64 && digits.is_ascii(), wrong());
    let mut seed = zeroize::Zeroizing::new([0; 32]);
    for (byte, pair) in seed.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        let pair = std::str::from_utf8(pair)?;
        *byte = u8::from_str_radix(pair, 16).with_context(wrong)?;
    }
    Ok(Identity::from_seed(&seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_gives_host_and_port() {
        let check = |url: &str| authority(url).ok();
        assert_eq!(check("http://localhost:8000/").unwrap(), "localhost:8000");
        assert_eq!(check("http://example.org").unwrap(), "example.org:80");
        assert_eq!(check("http://[::1]:9").unwrap(), "[::1]:9");
        assert_eq!(check("https://localhost:8000"), None);
        assert_eq!(check("http://localhost/api"), None);
        assert_eq!(check("http://"), None);
    }

    #[test]
    fn a_key_file_holds_64_digits() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        fs::write(&file, format!("{}\n", "0a".repeat(32))).unwrap();
        assert_eq!(*read_key(&file).unwrap().seed(), [10; 32]);
        for wrong in ["", "0a", &"zz".repeat(32), &"é".repeat(32)] {
            fs::write(&file, wrong).unwrap();
            assert!(read_key(&file).is_err(), "{wrong}");
        }
    }
}
