//! The command as a process, with nothing of this machine's environment.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use reeeductio_client::Identity;
use reeeductio_testkit::TestServer;
use serde_json::Value;
use tempfile::TempDir;

/// Output of a run of the command, and its exit code.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Outcome {
    /// The result, which must be there and nothing beside it.
    pub(crate) fn done(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{}", self.out);
        self.out
    }

    /// The result as JSON.
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.done()).unwrap()
    }

    /// Returns the error output; the run must have this exit code.
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{}", self.err);
        self.err
    }
}

/// Runs of the command in a folder of their own, with some variables set.
#[derive(Debug)]
pub(crate) struct Admin {
    folder: TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Admin {
    /// With this server in the environment.
    pub(crate) fn at(url: &str) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            variables: vec![("REEEDUCTIO_BASE_URL", url.to_owned())],
        }
    }

    /// With the credentials of the owner of `seed`'s space in the environment, too.
    pub(crate) fn owner(url: &str, seed: u8) -> Self {
        let mut admin = Self::at(url);
        let path = admin.write("owner.json", &python_credentials(seed));
        admin.set("REEEDUCTIO_CREDENTIALS_FILE", path.to_str().unwrap());
        admin
    }

    /// Sets a variable.
    pub(crate) fn set(&mut self, name: &'static str, value: &str) {
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, value.to_owned()));
    }

    /// Writes a file that only this user can read.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        set_mode(&path, 0o600);
        path
    }

    /// A file in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the command with these words.
    pub(crate) fn run(&self, words: &[&str]) -> Outcome {
        self.run_with_input(words, "")
    }

    /// Runs it with a text on standard input.
    pub(crate) fn run_with_input(&self, words: &[&str], input: &str) -> Outcome {
        let mut child = Command::new(env!("CARGO_BIN_EXE_reeeductio-admin"))
            .args(words)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Commands that read nothing may have ended already.
        let _closed = child.stdin.take().unwrap().write_all(input.as_bytes());
        let done = child.wait_with_output().unwrap();
        Outcome {
            code: done.status.code().unwrap(),
            out: String::from_utf8(done.stdout).unwrap(),
            err: String::from_utf8(done.stderr).unwrap(),
        }
    }
}

/// Keys for tests.
pub(crate) fn keys(seed: u8) -> Identity {
    Identity::from_seed(&[seed; 32])
}

/// 32 bytes in hexadecimal digits.
pub(crate) fn hex(byte: u8) -> String {
    format!("{byte:02x}").repeat(32)
}

/// The credentials file of the published Python guide.
pub(crate) fn python_credentials(seed: u8) -> String {
    serde_json::json!({
        "space_id": keys(seed).space_id(),
        "user_id": keys(seed).user_id(),
        "private_key_hex": hex(seed),
        "symmetric_root_hex": hex(9),
    })
    .to_string()
}

/// A server with an admin space, owned by `seed`'s key, on which no space exists unregistered.
pub(crate) async fn closed_server(seed: u8) -> TestServer {
    TestServer::start_with(|config| {
        config.admin.auto_create_spaces = Some(false);
        config.admin.space_id = Some(keys(seed).space_id().to_string());
    })
    .await
}

#[cfg(unix)]
pub(crate) fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
pub(crate) fn set_mode(_path: &Path, _mode: u32) {}
