//! The bodies of `auth/` entries.

use serde::Deserialize;
use serde_json::Value;

use super::judge::StateRefusal;
use super::path::AuthPath;
use crate::capability::Capability;
use crate::encoding;
use crate::error_code::ErrorCode;

/// How far a tool may be used.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ToolLimits {
    /// Successful posts and uploads; `None` for any number.
    pub use_limit: Option<u64>,
    /// Unix milliseconds; `None` for ever.
    pub expires_at: Option<i64>,
}

/// A checked body.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Body {
    /// Of a user or a role, or of a path without a meaning.
    Plain,
    Tool(ToolLimits),
    Right(Capability),
    Grant {
        /// Unix milliseconds.
        expires_at: Option<i64>,
    },
}

#[derive(Deserialize)]
struct ToolBody {
    tool_id: Option<String>,
    public_key: Option<String>,
    use_limit: Option<u64>,
    expires_at: Option<i64>,
}

#[derive(Deserialize)]
struct UserBody {
    user_id: Option<String>,
    public_key: Option<String>,
}

#[derive(Deserialize)]
struct RoleBody {
    role_id: Option<String>,
}

#[derive(Deserialize)]
struct GrantBody {
    user_id: String,
    role_id: String,
    expires_at: Option<i64>,
}

#[derive(Deserialize)]
struct TokensBody {}

impl Body {
    /// Reads the body an entry at this path must have.
    pub(super) fn read(path: &AuthPath<'_>, data: &str) -> Result<Self, StateRefusal> {
        let json = encoding::decode(data).map_err(|error| invalid(format!("data: {error}")))?;
        match path {
            AuthPath::Definition(member) if member.kind() == crate::MemberKind::Tool => {
                let body: ToolBody = read(&json, "a tool")?;
                same("tool_id", body.tool_id.as_deref(), member)?;
                same("public_key", body.public_key.as_deref(), member)?;
                Ok(Self::Tool(ToolLimits {
                    use_limit: body.use_limit.filter(|limit| *limit != 0),
                    expires_at: body.expires_at.filter(|at| *at != 0),
                }))
            }
            AuthPath::Definition(member) => {
                let body: UserBody = read(&json, "a user")?;
                same("user_id", body.user_id.as_deref(), member)?;
                same("public_key", body.public_key.as_deref(), member)?;
                Ok(Self::Plain)
            }
            AuthPath::Role(role) => {
                let body: RoleBody = read(&json, "a role")?;
                same("role_id", body.role_id.as_deref(), role)?;
                Ok(Self::Plain)
            }
            AuthPath::Grant { user, role, .. } => {
                let body: GrantBody = read(&json, "a role grant")?;
                same("user_id", Some(&body.user_id), user)?;
                same("role_id", Some(&body.role_id), role)?;
                Ok(Self::Grant {
                    expires_at: body.expires_at.filter(|at| *at != 0),
                })
            }
            AuthPath::MemberRight { .. } | AuthPath::RoleRight { .. } => {
                Capability::from_json(&json)
                    .map(Self::Right)
                    .map_err(|error| invalid(error.to_string()))
            }
            AuthPath::WrongId => Err(invalid(
                "path: users are named by U… ids and tools by T… ids".to_owned(),
            )),
            AuthPath::Tokens(_) => {
                let _body: TokensBody = read(&json, "ended tokens")?;
                Ok(Self::Plain)
            }
            AuthPath::Other => Ok(Self::Plain),
        }
    }
}

fn read<'de, T: Deserialize<'de>>(json: &'de [u8], what: &str) -> Result<T, StateRefusal> {
    let wrong = |error: serde_json::Error| {
        invalid(format!(
            "data: the entry of {what} is a JSON object: {error}"
        ))
    };
    // A struct would also be read from an array; only an object is meant.
    if !matches!(
        serde_json::from_slice(json).map_err(wrong)?,
        Value::Object(_)
    ) {
        return Err(invalid(format!(
            "data: the entry of {what} is a JSON object"
        )));
    }
    serde_json::from_slice(json).map_err(wrong)
}

/// Where a body names what the path names, they must agree.
fn same(
    field: &str,
    found: Option<&str>,
    expected: &(impl std::fmt::Display + ?Sized),
) -> Result<(), StateRefusal> {
    let expected = expected.to_string();
    match found {
        Some(found) if found != expected => Err(invalid(format!(
            "{field}: the path says {expected}, the data says otherwise"
        ))),
        _ => Ok(()),
    }
}

fn invalid(message: String) -> StateRefusal {
    StateRefusal::new(ErrorCode::AuthInvalidEntry, message)
}
