//! A proxy that runs beside a test.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;

use anyhow::{Context as _, Result, bail, ensure};

use crate::machine::Machine;

/// A running proxy.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    printed: String,
    /// Takes what it prints once it is ready.
    rest: Option<JoinHandle<String>>,
}

impl Process {
    /// Starts a command and waits until it prints that it listens.
    pub(super) fn start(machine: &Machine<'_>, command: &str, ready: &str) -> Result<Self> {
        let mut child = machine
            .bash(&format!("exec {command}"))
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().context("no output")?;
        let mut process = Self {
            child,
            printed: String::new(),
            rest: None,
        };
        process.wait(output, ready)?;
        Ok(process)
    }

    fn wait(&mut self, output: ChildStdout, ready: &str) -> Result<()> {
        let mut output = BufReader::new(output);
        let mut line = String::new();
        while !line.contains(ready) {
            line.clear();
            if output.read_line(&mut line)? == 0 {
                let status = self.child.wait()?;
                bail!(
                    "{status} before it was ready, having printed\n{}",
                    self.printed
                );
            }
            self.printed.push_str(&line);
        }
        // Its output must be taken, or it would stop when the pipe is full.
        self.rest = Some(std::thread::spawn(move || {
            let mut rest = Vec::new();
            let _closed = output.read_to_end(&mut rest);
            String::from_utf8_lossy(&rest).into_owned()
        }));
        Ok(())
    }

    /// Tells it to stop, and returns all that it printed.
    pub(super) fn stop(mut self) -> Result<String> {
        let told = Command::new("kill")
            .arg(self.child.id().to_string())
            .status()?;
        self.child.wait()?;
        let rest = self.rest.take().and_then(|rest| rest.join().ok());
        let printed = format!("{}{}", self.printed, rest.unwrap_or_default());
        ensure!(told.success(), "it had ended already:\n{printed}");
        Ok(printed)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}
