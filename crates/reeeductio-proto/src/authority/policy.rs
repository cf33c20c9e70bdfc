//! The policy of a space, and its settings (`spec/protocol.md`, "Policy").

use serde::{Deserialize, Serialize};

use super::body;
use super::refusal::StateRefusal;
use crate::checkpoint::is_host;
use crate::encoding;
use crate::error_code::ErrorCode;
use crate::sealed::SUITE;
use crate::signature::PublicKey;

/// The version of policies that this release reads.
const VERSION: u64 = 1;
/// Most days for which messages can be kept by a setting: a century.
const RETENTION: u32 = 36_525;

/// The rules of a space that its first message fixes for ever.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Policy {
    /// The version of the rules, 1.
    pub version: u64,
    /// Whether newcomers read what was written before them.
    pub history: History,
    /// The suites that members may use.
    pub suites: Vec<u8>,
    /// How plaintexts are padded.
    pub padding: Padding,
}

/// Whether newcomers read what was written before them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum History {
    /// Each epoch carries the root before it, so newcomers read everything.
    Static,
    /// Newcomers read from the beginning of the epoch in which they join.
    Rotate,
}

/// How plaintexts are padded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Padding {
    /// By PADMÉ, to at least 192 bytes.
    Padme,
}

/// The rules of a space that its owner may change.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Settings {
    /// Whether strangers are shown the space; `None` if the owner has not said.
    pub visibility: Option<Visibility>,
    /// Whether messages can be edited and deleted.
    pub mutable: bool,
    /// Days after which the server removes payloads; `None` for never.
    pub retention_days: Option<u32>,
    /// The server that orders the space.
    pub server: Option<LogServer>,
    /// The key that signs restores. It is not on the server.
    pub operator_key: Option<[u8; 32]>,
}

/// Whether strangers are shown the space.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// They are.
    Public,
    /// They are not.
    Private,
}

/// A server, and the key by which it signs checkpoints.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogServer {
    /// A name, with a port if needed.
    pub host: String,
    /// An Ed25519 key.
    pub log_key: [u8; 32],
}

/// `space/policy`. Values that a later version may add are read as text.
#[derive(Deserialize, Serialize)]
struct PolicyBody {
    version: u64,
    home: String,
    history: String,
    suites: Vec<u64>,
    padding: String,
}

/// `space/settings`.
#[derive(Deserialize, Serialize)]
struct SettingsBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    visibility: Option<Visibility>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mutable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retention_days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<ServerBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator_key: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct ServerBody {
    host: String,
    log_key: String,
}

impl Policy {
    /// Its place in the state.
    pub const PATH: &str = "space/policy";

    /// The policy that this release writes.
    pub fn new(history: History) -> Self {
        Self {
            version: VERSION,
            history,
            suites: vec![SUITE],
            padding: Padding::Padme,
        }
    }

    /// Reads the entry. The version is looked at before anything else, because it decides about the rest.
    pub(super) fn read(data: &str) -> Result<Self, StateRefusal> {
        #[derive(Deserialize)]
        struct Version {
            version: u64,
        }
        let json = body::decode_limited(data)?;
        let Version { version } = body::read(&json, "a policy")?;
        known("version", version == VERSION)?;
        let body: PolicyBody = body::read(&json, "a policy")?;
        known("home", body.home == "server")?;
        let history = match body.history.as_str() {
            "static" => History::Static,
            "rotate" => History::Rotate,
            _ => return Err(unknown("history")),
        };
        known(
            "suites",
            body.suites.iter().all(|suite| *suite == u64::from(SUITE)),
        )?;
        if body.suites.len() != 1 {
            return Err(StateRefusal::entry(
                "suites",
                "a policy lists at least one suite, and each once",
            ));
        }
        known("padding", body.padding == "padme")?;
        Ok(Self::new(history))
    }

    pub(crate) fn body(&self) -> impl Serialize + use<> {
        PolicyBody {
            version: self.version,
            home: "server".to_owned(),
            history: match self.history {
                History::Static => "static".to_owned(),
                History::Rotate => "rotate".to_owned(),
            },
            suites: self.suites.iter().copied().map(u64::from).collect(),
            padding: match self.padding {
                Padding::Padme => "padme".to_owned(),
            },
        }
    }
}

impl Settings {
    /// Their place in the state.
    pub const PATH: &str = "space/settings";

    /// Reads the `data` of an entry, base64.
    pub fn read(data: &str) -> Result<Self, StateRefusal> {
        let body: SettingsBody = body::read(&body::decode_limited(data)?, "settings")?;
        if body
            .retention_days
            .is_some_and(|days| !(1..=RETENTION).contains(&days))
        {
            return Err(StateRefusal::entry(
                "retention_days",
                "1 to 36,525 days are allowed; leave it out to keep everything",
            ));
        }
        let server = body.server.map(|server| {
            if !is_host(&server.host) {
                return Err(StateRefusal::entry(
                    "server",
                    "a host has 1 to 253 printable ASCII characters without / and +",
                ));
            }
            Ok(LogServer {
                log_key: key("server", &server.log_key)?,
                host: server.host,
            })
        });
        let operator_key = body.operator_key.as_deref();
        Ok(Self {
            visibility: body.visibility,
            mutable: body.mutable.unwrap_or(false),
            retention_days: body.retention_days,
            server: server.transpose()?,
            operator_key: operator_key
                .map(|text| key("operator_key", text))
                .transpose()?,
        })
    }

    pub(crate) fn body(&self) -> impl Serialize + use<> {
        SettingsBody {
            visibility: self.visibility,
            mutable: Some(self.mutable),
            retention_days: self.retention_days,
            server: self.server.as_ref().map(|server| ServerBody {
                host: server.host.clone(),
                log_key: encoding::encode(&server.log_key),
            }),
            operator_key: self.operator_key.map(|key| encoding::encode(&key)),
        }
    }
}

/// A key that can verify something: with any other, every signature would be refused later.
fn key(field: &'static str, text: &str) -> Result<[u8; 32], StateRefusal> {
    let bytes = body::bytes(field, text)?;
    PublicKey::parse(&bytes).map_err(|error| StateRefusal::entry(field, error.to_string()))?;
    Ok(bytes)
}

fn known(field: &'static str, is_known: bool) -> Result<(), StateRefusal> {
    if is_known {
        Ok(())
    } else {
        Err(unknown(field))
    }
}

fn unknown(field: &'static str) -> StateRefusal {
    StateRefusal::of_field(
        ErrorCode::FormatUnknown,
        field,
        "this release does not know the value; a later one may",
    )
}
