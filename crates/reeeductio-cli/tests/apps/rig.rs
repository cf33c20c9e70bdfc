//! A server in this process, and the program beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use reeeductio_client::{Channel, Client, ClientError};
use reeeductio_testkit::TestServer;
use serde_json::Value;
use tempfile::TempDir;

pub const PASSWORD: &str = "seven tall giraffes by the lake";
pub const PATIENCE: Duration = Duration::from_secs(15);

pub struct Rig {
    pub server: TestServer,
    pub folder: TempDir,
}

/// The program, with nothing of this process's environment that it reads.
pub fn program(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reeeductio"));
    command
        .args(words)
        .env_remove("REEEDUCTIO_PASSWORD")
        .stdin(Stdio::null());
    command
}

pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

pub fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Runs the program, which must end with this code.
pub fn run(code: i32, words: &[&str]) -> Output {
    ended(code, program(words).output().unwrap())
}

pub fn ended(code: i32, output: Output) -> Output {
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{said}");
    output
}

/// A field of a file with keys.
pub fn field(path: &str, name: &str) -> String {
    let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    file[name].as_str().unwrap().to_owned()
}

/// Has a file say that what it is of was not made to the end.
pub fn cut_short(path: &str) {
    let mut file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    file["is_complete"] = Value::Bool(false);
    fs::write(path, file.to_string()).unwrap();
}

#[cfg(unix)]
pub fn assert_private(path: impl AsRef<Path>) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

impl Rig {
    /// A server, and nothing on it.
    pub async fn start() -> Self {
        Self::of(TestServer::start().await)
    }

    pub fn of(server: TestServer) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { server, folder }
    }

    /// With an app whose owner's file is `app`.
    pub async fn with_app() -> Self {
        let rig = Self::start().await;
        rig.create_app(0, &[]);
        rig
    }

    /// With an app, and a keeper that does not run.
    pub async fn with_keeper() -> Self {
        let rig = Self::with_app().await;
        rig.init_keeper();
        rig
    }

    pub fn path(&self, name: &str) -> String {
        let path: PathBuf = self.folder.path().join(name);
        path.display().to_string()
    }

    pub fn create_app(&self, code: i32, more: &[&str]) -> Output {
        let (url, app) = (self.server.url(), self.path("app"));
        let mut words = vec![
            "app",
            "create",
            "Chat",
            "--base-url",
            &url,
            "--output",
            &app,
        ];
        words.extend(more);
        run(code, &words)
    }

    pub fn init_keeper(&self) -> Output {
        let (app, keeper) = (self.path("app"), self.path("keeper"));
        run(0, &["keeper", "init", "--app", &app, "--output", &keeper])
    }

    /// A client of the app, on a new device.
    pub fn client(&self) -> Client {
        let key = field(&self.path("app"), "app_key");
        let builder = Client::builder(&self.server.url(), &key).unwrap();
        builder.open().unwrap()
    }

    /// A client of a new user.
    pub async fn user(&self, name: &str) -> Client {
        let client = self.client();
        client.auth().register(name, PASSWORD).await.unwrap();
        client
    }
}

pub async fn join(client: &Client, name: &str) -> Result<Channel, ClientError> {
    client.channels().join(name, PATIENCE).await
}

/// The status of a keeper.
pub fn status(code: i32, keeper: &str) -> Value {
    json(&run(code, &["keeper", "status", keeper, "--json"]))
}

/// Asks to be let into a channel, and goes away.
pub async fn ask(client: &Client, name: &str) {
    let asked = client.channels().join(name, Duration::from_millis(1)).await;
    assert_eq!(asked.unwrap_err().code_text(), "channel.timeout");
}
