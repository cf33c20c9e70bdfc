//! The most that this machine could do, measured in the same run: the natural limits of the figures.

mod cpu;
mod disk;
mod network;
mod sqlite;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use crate::figure::Figure;
use crate::rig::announce;

/// Longest that one limit is measured: they vary less than the figures.
const LONGEST: Duration = Duration::from_secs(2);

/// Something that bounds a figure.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Limit {
    /// Ed25519 verifications on one core.
    Verify,
    /// SHA-256 on one core.
    Sha256,
    /// A small write that is on disk before the next.
    Sync,
    /// A large file, written and synced.
    FileWrite,
    /// Rows inserted into SQLite, a group of them per transaction.
    Commit,
    /// Rows read from SQLite, a page at a time.
    Rows,
    /// Small JSON requests on one connection.
    Echo1,
    /// Small JSON requests on 32 connections.
    Echo32,
    /// Bytes over one TCP connection.
    Loopback,
    /// WebSocket frames to 200 connections.
    Frames,
}

impl Limit {
    pub(crate) const ALL: [Self; 10] = [
        Self::Verify,
        Self::Sha256,
        Self::Sync,
        Self::FileWrite,
        Self::Commit,
        Self::Rows,
        Self::Echo1,
        Self::Echo32,
        Self::Loopback,
        Self::Frames,
    ];

    /// In few letters, beside a share of it.
    pub(crate) fn short(self) -> &'static str {
        match self {
            Self::Verify => "Ed25519",
            Self::Sha256 => "SHA-256",
            Self::Sync => "fdatasync",
            Self::FileWrite => "file write",
            Self::Commit => "SQLite insert",
            Self::Rows => "SQLite read",
            Self::Echo1 => "echo, 1",
            Self::Echo32 => "echo, 32",
            Self::Loopback => "TCP",
            Self::Frames => "frames",
        }
    }
}

/// The limits measured so far: each is measured when it is first asked for.
#[derive(Debug)]
pub(crate) struct Limits {
    /// Where files are written, best on the disk that the server uses.
    folder: PathBuf,
    time: Duration,
    known: BTreeMap<Limit, Figure>,
}

impl Limits {
    pub(crate) fn new(folder: PathBuf, time: Duration) -> Self {
        Self {
            folder,
            time: time.min(LONGEST),
            known: BTreeMap::new(),
        }
    }

    /// In the limit's own unit.
    pub(crate) async fn value(&mut self, limit: Limit) -> Result<f64> {
        if let Some(known) = self.known.get(&limit) {
            return Ok(known.value);
        }
        announce(&format!("this machine's limit \"{}\"", limit.short()));
        let time = self.time;
        let figure = match limit {
            Limit::Verify => cpu::verify(time)?,
            Limit::Sha256 => cpu::hash(time)?,
            Limit::Sync => disk::sync(&self.folder, time)?,
            Limit::FileWrite => disk::write(&self.folder, time)?,
            Limit::Commit => sqlite::commit(&self.folder, time)?,
            Limit::Rows => sqlite::rows(&self.folder, time)?,
            Limit::Echo1 => network::echo("echo_1", 1, time).await?,
            Limit::Echo32 => network::echo("echo_32", 32, time).await?,
            Limit::Loopback => network::loopback(time).await?,
            Limit::Frames => network::frames(time).await?,
        };
        let value = figure.value;
        self.known.insert(limit, figure);
        Ok(value)
    }

    pub(crate) fn into_figures(self) -> Vec<Figure> {
        self.known.into_values().collect()
    }
}
