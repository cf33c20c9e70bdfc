//! A keeper in the background.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::rig::program;

pub struct Background {
    child: Child,
    lines: Receiver<String>,
    /// Its lines so far.
    pub said: Vec<String>,
}

impl Background {
    /// Starts a keeper, and waits until it is connected.
    pub fn start(keeper: &str, more: &[&str]) -> Self {
        let mut started = Self::spawn(keeper, more);
        started.until("keeper U");
        started
    }

    fn spawn(keeper: &str, more: &[&str]) -> Self {
        let mut words = vec!["keeper", "run", keeper];
        words.extend(more);
        let mut child = program(&words).stderr(Stdio::piped()).spawn().unwrap();
        let errors = BufReader::new(child.stderr.take().unwrap());
        let (line, lines) = channel();
        std::thread::spawn(move || {
            for said in errors.lines().map_while(Result::ok) {
                if line.send(said).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            lines,
            said: Vec::new(),
        }
    }

    /// Waits for a line, and returns it.
    pub fn until(&mut self, start: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(20));
            let line = line.unwrap_or_else(|_| panic!("no line {start}: {:?}", self.said));
            self.said.push(line.clone());
            if line.starts_with(start) {
                return line;
            }
        }
    }

    pub fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(told.success());
    }

    /// Has it end by a signal, and returns all that it has said.
    pub fn end(mut self, signal: &str) -> (ExitStatus, Vec<String>) {
        self.signal(signal);
        let status = self.child.wait().unwrap();
        self.said.extend(self.lines.iter());
        (status, std::mem::take(&mut self.said))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}
