//! The machine, in a few words: figures mean nothing without it.

use std::fs;

use serde::Serialize;

/// The machine that figures were taken on.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) cores: usize,
    pub(crate) processor: Option<String>,
    pub(crate) memory_mib: Option<u64>,
    pub(crate) system: String,
}

impl Machine {
    /// This one.
    pub(crate) fn this() -> Self {
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            processor: field("/proc/cpuinfo", "model name"),
            memory_mib: field("/proc/meminfo", "MemTotal")
                .and_then(|memory| memory.split(' ').next()?.parse::<u64>().ok())
                .map(|kibibytes| kibibytes / 1024),
            system: fs::read_to_string("/proc/sys/kernel/osrelease").map_or_else(
                |_| std::env::consts::OS.to_owned(),
                |release| format!("{} {}", std::env::consts::OS, release.trim()),
            ),
        }
    }

    /// In one line.
    pub(crate) fn line(&self) -> String {
        let processor = self.processor.as_deref().unwrap_or("unknown processor");
        let memory = self
            .memory_mib
            .map_or_else(String::new, |mib| format!(", {mib} MiB"));
        format!("{} cores, {processor}{memory}, {}", self.cores, self.system)
    }
}

/// The first line `name : value` of a file.
fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
