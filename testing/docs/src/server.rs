//! A server that a page starts, in the background until the next one or the end of the page.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;

use anyhow::{Context as _, Result, bail, ensure};

use crate::machine::Machine;

/// Commands that go on until they are stopped, and what they print when they are ready.
const LASTING: &[(&str, &str)] = &[
    ("reeeductio serve", LISTENING),
    ("cargo run --release -- serve", LISTENING),
    ("reeeductio quickstart", INTERRUPTIBLE),
    ("cargo run --release -- quickstart", INTERRUPTIBLE),
];
const LISTENING: &str = "listening on http://";
const INTERRUPTIBLE: &str = "Stop it with Ctrl-C";

/// Returns what a server prints when it is ready, if the command starts one.
pub(crate) fn lasts(command: &str) -> Option<&'static str> {
    let (_, ready) = LASTING
        .iter()
        .find(|(start, _)| command.starts_with(start))?;
    (!command.contains(" --once") && !command.contains(" ||")).then_some(ready)
}

/// How a server is told to stop.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stop {
    /// As by Ctrl-C.
    Interrupt,
    /// As by a service manager.
    Terminate,
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    stop: Stop,
    /// Host and port.
    pub(crate) address: String,
    /// The output until it was ready.
    pub(crate) printed: String,
    /// Takes what it prints from then on.
    rest: Option<JoinHandle<String>>,
}

impl Server {
    /// Runs a script whose last command is a server.
    pub(crate) fn start(
        machine: &Machine<'_>,
        script: &str,
        ready: &str,
        stop: Stop,
    ) -> Result<Self> {
        let (before, last) = script.trim_end().rsplit_once('\n').unwrap_or(("", script));
        // So that the server itself hears when it is told to stop.
        let script = format!("{before}\nexec {last}");
        let mut child = machine.bash(&script).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().context("no output")?;
        let mut server = Self {
            child,
            stop,
            address: String::new(),
            printed: String::new(),
            rest: None,
        };
        server.wait(output, ready)?;
        get(&server.address, "/ready").context("the server is not ready")?;
        Ok(server)
    }

    fn wait(&mut self, output: ChildStdout, ready: &str) -> Result<()> {
        let mut output = BufReader::new(output);
        loop {
            let mut line = String::new();
            if output.read_line(&mut line)? == 0 {
                let status = self.child.wait()?;
                bail!(
                    "{status} before it was ready, having printed\n{}",
                    self.printed
                );
            }
            self.printed.push_str(&line);
            if line.trim_start().starts_with(ready) {
                break;
            }
        }
        let (_, url) = self
            .printed
            .split_once("http://")
            .context("it does not say where it listens")?;
        self.address = url
            .split([',', ' ', '\n'])
            .next()
            .unwrap_or_default()
            .replace("0.0.0.0", "127.0.0.1");
        // Its output must be taken, or it would stop when the pipe is full.
        self.rest = Some(std::thread::spawn(move || {
            let mut rest = Vec::new();
            let _closed = output.read_to_end(&mut rest);
            String::from_utf8_lossy(&rest).into_owned()
        }));
        Ok(())
    }

    /// Tells it to stop; it must do so in order.
    pub(crate) fn stop(mut self) -> Result<()> {
        let signal = match self.stop {
            Stop::Interrupt => "-INT",
            Stop::Terminate => "-TERM",
        };
        let told = Command::new("kill")
            .arg(signal)
            .arg(self.child.id().to_string())
            .status()?;
        ensure!(
            told.success(),
            "the server had ended already:\n{}",
            self.log()
        );
        let status = self.child.wait()?;
        let log = self.log();
        ensure!(
            status.success() && !log.contains("panicked"),
            "the server ended with {status}:\n{log}"
        );
        Ok(())
    }

    fn log(&mut self) -> String {
        let rest = self.rest.take().and_then(|rest| rest.join().ok());
        format!("{}{}", self.printed, rest.unwrap_or_default())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Fetches from a server what it must have.
pub(crate) fn get(address: &str, path: &str) -> Result<String> {
    let mut connection =
        TcpStream::connect(address).with_context(|| format!("nothing listens on {address}"))?;
    write!(
        connection,
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    ensure!(answer.starts_with("HTTP/1.1 200 "), "GET {path}: {answer}");
    Ok(answer)
}
