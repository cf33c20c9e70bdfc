//! A server in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A server in a process of its own, killed when dropped.
#[derive(Debug)]
pub struct ServerProcess {
    child: Child,
    url: String,
}

impl ServerProcess {
    /// Runs `binary serve --dev` on a free port and waits until it listens.
    pub fn start(binary: &Path, data: &Path) -> Self {
        Self::start_with(binary, data, &[])
    }

    /// The same, with these environment variables.
    pub fn start_with(binary: &Path, data: &Path, variables: &[(&str, &str)]) -> Self {
        let mut child = Command::new(binary)
            .args(["serve", "--dev", "--data"])
            .arg(data)
            .env("SERVER__PORT", "0")
            .env("LOGGING__LEVEL", "error")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let out = child.stdout.take().unwrap();
        let first = BufReader::new(out)
            .lines()
            .next()
            .expect("the server ended")
            .unwrap();
        let url = first
            .strip_prefix("listening on ")
            .expect("an address")
            .to_owned();
        Self { child, url }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the id of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it without warning, like a power cut for everything but the disk.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}
